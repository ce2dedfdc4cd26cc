import { assert, assertEquals } from "@std/assert";
import { host, join, PeerError } from "../../src/peer/mod.ts";
import { DEPENDENCES } from "../simulated/nat.ts";
import { World } from "../simulated/peer_platform.ts";

const SERVER = "server.test";
const HOSTS = 5;
const CLIENTS_PER_HOST = 4;

/** What became of one client: the path that it got, or the code of its error. */
interface Outcome {
  readonly name: string;
  readonly result: string;
  readonly canMeet: boolean;
}

/** Hosts and clients behind random NATs on a bad network; everyone starts within ten seconds. */
async function runCrowd(seed: number): Promise<Outcome[]> {
  const world = new World({ seed });
  const { prng } = world;
  world.internet.faults = { minDelayMs: 10, maxDelayMs: 200, loss: 0.05, duplication: 0.05 };
  const randomNat = () => {
    const behaviour = { mapping: prng.pick(DEPENDENCES), filtering: prng.pick(DEPENDENCES) };
    return { behaviour, nat: world.nat(behaviour) };
  };
  const pending: Promise<Outcome>[] = [];
  for (let h = 0; h < HOSTS; h++) {
    const near = randomNat();
    const platform = world.machineBehind(near.nat);
    const address = near.nat.publicAddress(platform.address, "udp");
    const hosting = await world.until(host({ server: SERVER, localPeerPort: h, platform }));
    (async () => {
      for await (const connection of hosting) {
        (async () => {
          for await (const datagram of connection) await connection.send(datagram);
        })();
      }
    })();
    await world.run(2_000);
    for (let c = 0; c < CLIENTS_PER_HOST; c++) {
      const far = randomNat();
      const name = `host ${h}, client ${c}`;
      const canMeet = reaches(near.behaviour, far.behaviour) ||
        reaches(far.behaviour, near.behaviour);
      const remote = `${address}/${h}`;
      const client = world.machineBehind(far.nat, "10.0.0.9");
      pending.push(
        join({ server: SERVER, localPeerPort: 100, remote, platform: client }).then(
          ({ path }) => ({ name, canMeet, result: `${path.kind} ${path.endpoint.port}` }),
          (error) => ({ name, canMeet, result: error instanceof PeerError ? error.code : "bug" }),
        ),
      );
      await world.run(prng.between(0, 100));
    }
  }
  return await world.until(Promise.all(pending));
}

type Behaviour = Record<"mapping" | "filtering", typeof DEPENDENCES[number]>;

/**
 * Whether a packet from `a` to the endpoint that the server saw of `b` gets in, and the answer gets
 * back. A NAT that maps anew has another endpoint towards `a` than the server saw: its filter knows
 * nothing of `a` at the first, and its answer comes from the second.
 */
function reaches(a: Behaviour, b: Behaviour): boolean {
  const mapsAlike = (nat: Behaviour) => nat.mapping === "endpoint-independent";
  const isStrict = (nat: Behaviour) => nat.filtering === "address-and-port-dependent";
  const getsIn = b.filtering === "endpoint-independent" ||
    mapsAlike(b) && (!isStrict(b) || mapsAlike(a));
  return getsIn && (!isStrict(a) || mapsAlike(b));
}

Deno.test("in a crowd on a bad network, all who can meet do, and the others are told why not", async () => {
  let met = 0;
  for (let seed = 1; seed <= 20; seed++) {
    for (const { name, result, canMeet } of await runCrowd(seed)) {
      const expected = canMeet ? result.startsWith("public") : result === "punch_failed";
      assert(expected, `seed ${seed}, ${name}: ${result}`);
      if (canMeet) met++;
    }
  }
  assert(met > 100 && met < 20 * HOSTS * CLIENTS_PER_HOST);
});

Deno.test("the library does the same again when nothing else differs", async () => {
  assertEquals(await runCrowd(7), await runCrowd(7));
});
