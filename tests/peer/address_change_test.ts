import { assert, assertEquals } from "@std/assert";
import { ADDRESS_CHECK_MS } from "../../src/peer/limits.ts";
import { connect, type Host, join, type PeerEvent } from "../../src/peer/mod.ts";
import type { Machine, World } from "../simulated/peer_platform.ts";
import { assertReachable, hostScene, SERVER } from "./host_scene.ts";

const ROAMING_MS = 6_000;

/** The addresses that a machine's sockets are bound to. */
function boundTo({ sockets }: Machine): string[] {
  return [...sockets].map(({ local }) => local.address);
}

function joinFrom(world: World, address: string, events: string[]) {
  return world.until(join({
    ...{ server: SERVER, localPeerPort: 2, remote: "198.51.100.1/1" },
    platform: world.publicMachine(address),
    onEvent: ({ kind }) => void events.push(kind),
  }));
}

Deno.test("a host that gets another address in its network is found again within seconds", async () => {
  const scene = await hostScene();
  const { world, machine, events } = scene;
  await world.run(60_000);
  machine.moveTo("10.0.0.77");
  await world.run(ADDRESS_CHECK_MS + 500);
  const moved = events.filter(({ kind }) => kind === "moved");
  assertEquals(moved.length, 1);
  await assertReachable(scene);
  await world.until(scene.hosting.close());
  await world.run(2_000);
  assertEquals(boundTo(machine), []);
});

for (const mover of ["host", "joiner"] as const) {
  for (const traffic of ["talks", "is idle"]) {
    Deno.test(`a connection survives that its ${mover} gets another address, and ${traffic}`, async () => {
      for (let seed = 1; seed <= 20; seed++) {
        const { world, machine, hosting } = await hostScene({}, undefined, seed);
        const laptop = world.machineBehind(world.nat(), "192.168.1.2");
        const kinds: string[] = [];
        const toHost = await world.until(join({
          ...{ server: SERVER, localPeerPort: 2, remote: "198.51.100.1/1", platform: laptop },
          onEvent: ({ kind }) => void kinds.push(kind),
        }));
        const { value: toClient } = await world.until(hosting[Symbol.asyncIterator]().next());
        await world.run(30_000);
        const [moving, address] = mover === "host"
          ? [machine, "10.0.0.77"]
          : [laptop, "192.168.1.77"];
        moving.moveTo(address);
        for (let i = 0; i < ROAMING_MS / 100; i++) {
          if (traffic === "talks") toHost.send(new Uint8Array(1));
          await world.run(100);
        }
        assert(kinds.includes("renewed"), `seed ${seed}: ${kinds}`);
        toClient!.send(new TextEncoder().encode("still here"));
        const { value } = await world.until(toHost[Symbol.asyncIterator]().next());
        assertEquals(new TextDecoder().decode(value), "still here");
        assertEquals(toHost.restartCount, 0);
        await world.run(60_000);
        assertEquals(boundTo(moving), [address]);
      }
    });
  }
}

Deno.test("a waiting peer that gets another address is met under it", async () => {
  const { world, machine } = await hostScene();
  const toB = connect({
    ...{ server: SERVER, localPeerPort: 5, remote: "192.0.2.2/6", platform: machine },
  });
  await world.run(60_000);
  machine.moveTo("10.0.0.77");
  await world.run(ADDRESS_CHECK_MS + 500);
  const b = world.publicMachine("192.0.2.2");
  const toA = connect({
    ...{ server: SERVER, localPeerPort: 6, remote: "198.51.100.1/5", platform: b },
  });
  const startMs = world.clock.nowMs();
  await world.until(Promise.all([toB, toA]));
  assert(world.clock.nowMs() - startMs < 1_000);
});

Deno.test("a network that comes back is noticed at once, however long it was away", async () => {
  const scene = await hostScene();
  const { world, machine, events } = scene;
  const connectTcp = machine.connectTcp.bind(machine);
  machine.moveTo("127.0.0.9");
  machine.connectTcp = () => Promise.reject(new Error("network is unreachable"));
  await world.run(600_000);
  const isRetry = (event: PeerEvent) => event.kind === "retry";
  assert(events.filter(isRetry).length > 15);
  machine.connectTcp = connectTcp;
  machine.moveTo("10.0.0.2");
  await world.run(ADDRESS_CHECK_MS + 500);
  await assertReachable(scene);
});

/** Clients of a host that speaks to all of them. */
async function clientsOf(world: World, hosting: Host, count: number): Promise<string[]> {
  const addresses = Array.from({ length: count }, (_, i) => `192.0.2.${i + 2}`);
  for (const address of addresses) {
    await joinFrom(world, address, []);
    const { value: connection } = await world.until(hosting[Symbol.asyncIterator]().next());
    const speak = () => {
      connection!.send(new Uint8Array(1)).catch(() => {});
      world.clock.schedule(500, speak);
    };
    speak();
  }
  return addresses;
}

function sessionsAsked({ server }: World): number {
  return server.requests.filter((text) => text.includes('"Server"')).length;
}

Deno.test("a host whose clients fall silent looks after its session at once", async () => {
  const { world, machine, hosting } = await hostScene();
  const [address] = await clientsOf(world, hosting, 1);
  // As if this machine had lost its network: the session has died as well, without a word.
  world.internet.cut(address);
  for (const stream of machine.streams) stream.vanish();
  await world.run(8_000);
  assertEquals(sessionsAsked(world), 2);
});

Deno.test("clients that fall silent one after the other make a host look now and then only", async () => {
  const { world, hosting } = await hostScene();
  const addresses = await clientsOf(world, hosting, 20);
  const keepAlives = () =>
    world.server.requests.filter((text) => text.includes("KeepAlive")).length;
  await world.run(5_000);
  const before = keepAlives();
  for (const address of addresses) {
    world.internet.cut(address);
    await world.run(3_000);
  }
  assert(keepAlives() - before <= 6, `${keepAlives() - before} in a minute`);
  assertEquals(sessionsAsked(world), 1);
});
