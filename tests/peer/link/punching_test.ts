import { assert, assertEquals } from "@std/assert";
import { canMeet, NATS } from "../../simulated/nat_kinds.ts";
import { formatEndpoint } from "../../../src/address.ts";
import type { Connection } from "../../../src/peer/socket/connection.ts";
import { connect, host, join } from "../../../src/peer/mod.ts";
import { failureOf } from "../failures.ts";
import { type Machine, World } from "../../simulated/peer_platform.ts";

const SERVER = "server.test";

function bothConnect(a: Machine, b: Machine, aName: string, bName: string) {
  return [
    connect({ server: SERVER, localPeerPort: 1, remote: `${bName}/2`, platform: a }),
    connect({ server: SERVER, localPeerPort: 2, remote: `${aName}/1`, platform: b }),
  ];
}

/** Sends both ways and checks that it arrived. */
async function assertCarries(world: World, a: Connection, b: Connection): Promise<void> {
  a.send(new TextEncoder().encode("a to b"));
  b.send(new TextEncoder().encode("b to a"));
  for (const [connection, text] of [[a, "b to a"], [b, "a to b"]] as const) {
    const { value } = await world.until(connection[Symbol.asyncIterator]().next());
    assertEquals(new TextDecoder().decode(value), text);
  }
}

for (const [aName, aNat] of Object.entries(NATS)) {
  for (const [bName, bNat] of Object.entries(NATS)) {
    const outcome = canMeet(aName, bName) ? "meet" : "cannot meet, and are told so";
    Deno.test(`peers behind ${aName} and ${bName} NATs ${outcome}`, async () => {
      const world = new World();
      const a = world.machineBehind(world.nat(aNat), "192.168.1.2");
      const b = world.machineBehind(world.nat(bNat), "10.0.0.2");
      const both = bothConnect(a, b, "198.51.100.1", "198.51.100.2");
      if (canMeet(aName, bName)) {
        const [toB, toA] = await world.until(Promise.all(both));
        assertEquals([toB.path.kind, toA.path.kind], ["public", "public"]);
        await assertCarries(world, toB, toA);
      } else {
        const errors = await world.until(Promise.all(both.map(failureOf)));
        assertEquals(errors.map(({ code }) => code), ["punch_failed", "punch_failed"]);
        assertEquals([a.sockets.size, b.sockets.size], [0, 0]);
      }
    });
  }
}

Deno.test("peers behind one NAT that does not hairpin meet inside, by the name of their PeerPort", async () => {
  const world = new World();
  const nat = world.nat();
  const a = world.machineBehind(nat, "192.168.1.2");
  const b = world.machineBehind(nat, "192.168.1.3");
  const [toB, toA] = await world.until(Promise.all(bothConnect(a, b, "", "")));
  assertEquals(toB.path.kind, "local");
  assertEquals(toB.path.endpoint.address, "192.168.1.3");
  assertEquals(toA.path.endpoint.address, "192.168.1.2");
  await assertCarries(world, toB, toA);
});

Deno.test("peers behind two NATs behind one that hairpins meet at its outside", async () => {
  const world = new World();
  const carrier = world.nat({ hairpins: "hairpins", filtering: "endpoint-independent" });
  const a = world.machineBehind(world.natBehind(carrier, "100.64.0.1"), "192.168.1.2");
  const b = world.machineBehind(world.natBehind(carrier, "100.64.0.2"), "192.168.1.2");
  const [toB, toA] = await world.until(
    Promise.all(bothConnect(a, b, "198.51.100.1", "198.51.100.1")),
  );
  assertEquals(toB.path.endpoint.address, "198.51.100.1");
  await assertCarries(world, toB, toA);
});

Deno.test("a tenth of all packets may be lost: the path opens and stays", async () => {
  for (let seed = 1; seed <= 20; seed++) {
    const world = new World({ seed });
    world.internet.faults = { minDelayMs: 30, maxDelayMs: 150, loss: 0.1, duplication: 0.05 };
    const a = world.machineBehind(world.nat(), "192.168.1.2");
    const b = world.machineBehind(world.nat(), "10.0.0.2");
    const [toB, toA] = await world.until(
      Promise.all(bothConnect(a, b, "198.51.100.1", "198.51.100.2")),
    );
    let ended = 0;
    for (const { ended: over } of [toB, toA]) over.then(() => ended++);
    await world.run(600_000);
    assertEquals(ended, 0, `seed ${seed}`);
  }
});

Deno.test("keep-alives hold the hole where the NAT forgets after 30 s", async () => {
  const world = new World();
  const a = world.machineBehind(world.nat(), "192.168.1.2");
  const b = world.machineBehind(world.nat(), "10.0.0.2");
  const [toB, toA] = await world.until(
    Promise.all(bothConnect(a, b, "198.51.100.1", "198.51.100.2")),
  );
  await world.run(3_600_000);
  await assertCarries(world, toB, toA);
});

Deno.test("a NAT that restarts under an open path is survived", async () => {
  const world = new World();
  const nat = world.nat();
  const a = world.machineBehind(nat, "192.168.1.2");
  const b = world.machineBehind(world.nat({ filtering: "address-dependent" }), "10.0.0.2");
  const [toB, toA] = await world.until(
    Promise.all(bothConnect(a, b, "198.51.100.1", "198.51.100.2")),
  );
  const before = formatEndpoint(toA.path.endpoint);
  nat.restart();
  await world.run(40_000);
  assert(formatEndpoint(toA.path.endpoint) !== before);
  await assertCarries(world, toB, toA);
});

Deno.test("a host learns from one client what it can tell of its NAT to another", async () => {
  const world = new World();
  const events: string[] = [];
  const machine = world.machineBehind(world.nat(NATS["symmetric"]), "10.0.0.2");
  const hosting = host({
    server: SERVER,
    localPeerPort: 1,
    platform: machine,
    onEvent: (event) => event.kind === "punch_failed" && events.push(event.error.message),
  });
  await world.until(hosting);
  await world.run(1_000);
  const remote = "198.51.100.1/1";
  await world.until(
    join({ server: SERVER, localPeerPort: 2, remote, platform: world.publicMachine("192.0.2.2") }),
  );
  const hidden = world.machineBehind(world.nat(NATS["symmetric"]), "192.168.1.9");
  const failed = join({ server: SERVER, localPeerPort: 2, remote, platform: hidden });
  assertEquals((await world.until(failureOf(failed))).code, "punch_failed");
  await world.run(1_000);
  assertEquals(events.length, 1);
  assert(events[0].includes("your mapping changes per destination"), events[0]);
});

Deno.test("what the remote peer's packets show of its NAT is in the error", async () => {
  const world = new World();
  const a = world.publicMachine("192.0.2.2");
  const b = world.machineBehind(world.nat(NATS["symmetric"]), "10.0.0.2");
  // Only what comes from the NAT passes: a hears b, b never hears a.
  const send = world.internet.send.bind(world.internet);
  world.internet.send = (packet) => {
    if (packet.source.address !== "192.0.2.2" || packet.destination.address === "203.0.113.1") {
      send(packet);
    }
  };
  const both = bothConnect(a, b, "192.0.2.2", "198.51.100.1");
  const [{ message }] = await world.until(Promise.all(both.map(failureOf)));
  assert(message.includes("its mapping changes per destination"), message);
  assert(message.includes("no NAT between this side and the server"), message);
});
