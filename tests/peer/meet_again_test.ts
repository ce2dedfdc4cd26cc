import { assert, assertEquals } from "@std/assert";
import { connect, type Connection, host, join, type PeerEvent } from "../../src/peer/mod.ts";
import type { Dependence } from "../simulated/nat.ts";
import { type Machine, World } from "../simulated/peer_platform.ts";

const SERVER = "server.test";
const ROAMING_MS = 6_000;
const RESTART_MS = 5_000;

type Nat = Record<"mapping" | "filtering", Dependence>;

/** Kinds of NAT by mapping and filtering. */
const NATS: Readonly<Record<string, Nat>> = {
  "full cone": { mapping: "endpoint-independent", filtering: "endpoint-independent" },
  "restricted": { mapping: "endpoint-independent", filtering: "address-dependent" },
  "port restricted": {
    mapping: "endpoint-independent",
    filtering: "address-and-port-dependent",
  },
  "symmetric": {
    mapping: "address-and-port-dependent",
    filtering: "address-and-port-dependent",
  },
};

/** A side that maps anew needs one that lets a stranger's port in. */
function canMeet(a: string, b: string): boolean {
  const isStrict = (name: string) => name === "port restricted" || name === "symmetric";
  return !(a === "symmetric" && isStrict(b) || b === "symmetric" && isStrict(a));
}

/** Both sides say something again and again, and note when they last heard something. */
class Talk {
  readonly heardMs = [-Infinity, -Infinity];
  #isOver = false;

  constructor(readonly world: World, readonly connections: readonly [Connection, Connection]) {
    for (const [side, connection] of connections.entries()) {
      this.#listen(connection, side);
      this.#speak(connection);
    }
  }

  /** Lets time pass until both hear each other again. @returns how long that took */
  async untilHeard(withinMs: number): Promise<number> {
    const startMs = this.world.clock.nowMs();
    const sentMs = startMs + 100;
    while (this.heardMs.some((heardMs) => heardMs < sentMs)) {
      await this.world.run(50);
      const elapsedMs = this.world.clock.nowMs() - startMs;
      assert(elapsedMs <= withinMs, `not within ${withinMs} ms`);
    }
    return this.world.clock.nowMs() - startMs;
  }

  end(): void {
    this.#isOver = true;
  }

  async #listen(connection: Connection, side: number): Promise<void> {
    for await (const _ of connection) this.heardMs[side] = this.world.clock.nowMs();
  }

  #speak(connection: Connection): void {
    if (this.#isOver) return;
    connection.send(Uint8Array.of(1)).catch(() => {});
    this.world.clock.schedule(100, () => this.#speak(connection));
  }
}

function note(events: string[]): (event: PeerEvent) => void {
  return ({ kind }) => void events.push(kind);
}

async function pairOf(world: World, a: Machine, b: Machine, events: string[]) {
  const onEvent = note(events);
  return await world.until(Promise.all([
    connect({ server: SERVER, localPeerPort: 1, remote: "198.51.100.2/2", platform: a, onEvent }),
    connect({ server: SERVER, localPeerPort: 2, remote: "198.51.100.1/1", platform: b, onEvent }),
  ]));
}

for (const [aName, aNat] of Object.entries(NATS)) {
  for (const [bName, bNat] of Object.entries(NATS)) {
    if (!canMeet(aName, bName)) continue;
    Deno.test(`a NAT that maps anew is survived within 6 s: ${aName}, ${bName}`, async () => {
      for (let seed = 1; seed <= 5; seed++) {
        const world = new World({ seed });
        const nat = world.nat(aNat);
        const a = world.machineBehind(nat, "192.168.1.2");
        const b = world.machineBehind(world.nat(bNat), "10.0.0.2");
        const events: string[] = [];
        const talk = new Talk(world, await pairOf(world, a, b, events));
        await world.run(3_000);
        nat.restart();
        await talk.untilHeard(ROAMING_MS);
        talk.end();
        assert(!events.includes("restarted"), `seed ${seed}: ${events}`);
      }
    });
  }
}

Deno.test("a joiner that roams to another network goes on with the same connection", async () => {
  for (let seed = 1; seed <= 5; seed++) {
    const world = new World({ seed });
    const hosting = await world.until(
      host({ server: SERVER, localPeerPort: 1, platform: world.publicMachine("192.0.2.1") }),
    );
    await world.run(1_000);
    const laptop = world.publicMachine("192.0.2.2");
    const events: string[] = [];
    const toHost = await world.until(join({
      server: SERVER,
      localPeerPort: 2,
      remote: "192.0.2.1/1",
      platform: laptop,
      onEvent: note(events),
    }));
    const { value } = await world.until(hosting[Symbol.asyncIterator]().next());
    const talk = new Talk(world, [toHost, value!]);
    await world.run(3_000);
    laptop.moveTo("198.51.100.77");
    await talk.untilHeard(ROAMING_MS);
    talk.end();
    assertEquals(toHost.restartCount, 0);
    assert(events.includes("renewed"), events.join());
  }
});

Deno.test("a host that was killed and started again is back in 5 s for who waits", async () => {
  const world = new World();
  const machine = world.publicMachine("192.0.2.1");
  const options = { server: SERVER, localPeerPort: 1, platform: machine, token: "kept" };
  const first = await world.until(host(options));
  await world.run(1_000);
  const events: string[] = [];
  const toHost = await world.until(join({
    server: SERVER,
    localPeerPort: 2,
    remote: "192.0.2.1/1",
    platform: world.publicMachine("192.0.2.2"),
    wait: "on",
    onEvent: note(events),
  }));
  const { value: toClient } = await world.until(first[Symbol.asyncIterator]().next());
  const talk = new Talk(world, [toHost, toClient!]);
  await world.run(2_000);
  // Killed: nothing of it is said any more by UDP. The system closes its TCP connections.
  machine.sockets.clear();
  first.close();
  const second = await world.until(host(options));
  const startMs = world.clock.nowMs();
  const accepted = second[Symbol.asyncIterator]().next();
  const { value: again } = await world.until(accepted);
  assert(world.clock.nowMs() - startMs <= RESTART_MS, `${world.clock.nowMs() - startMs} ms`);
  talk.end();
  const talkAgain = new Talk(world, [toHost, again!]);
  await talkAgain.untilHeard(1_000);
  talkAgain.end();
  assertEquals([toHost.restartCount, events.includes("restarted")], [1, true]);
});
