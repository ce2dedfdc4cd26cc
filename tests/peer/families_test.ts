import { assert, assertEquals } from "@std/assert";
import { connect, host, join, type PeerEvent, type PeerOptions } from "../../src/peer/mod.ts";
import { begun, CODE, untilMet } from "./code_scene.ts";
import { failureOf } from "./failures.ts";
import { type Machine, World } from "../simulated/peer_platform.ts";

const SERVER = "server.test";

/** A server and two machines with an address of each IP version. */
function scene() {
  const world = new World();
  world.server.alsoAt("2001:db8::1");
  world.names.set(SERVER, ["2001:db8::1", "203.0.113.1"]);
  const machine = (i: number) => {
    const made = world.publicMachine(`192.0.2.${i}`);
    made.moveTo(`2001:db8:0:${i}::2`);
    world.names.set(`peer${i}.test`, [`2001:db8:0:${i}::2`, `192.0.2.${i}`]);
    return made;
  };
  return { world, a: machine(1), b: machine(2) };
}

/** Nothing but what the server gets passes under IPv6. */
function breakIpv6Paths(world: World): void {
  const send = world.internet.send.bind(world.internet);
  world.internet.send = (packet) => {
    const { address, port } = packet.destination;
    if (port === 6969 || !address.includes(":")) send(packet);
  };
}

/** Connections under IPv6 are refused until they are mended. */
function withoutIpv6(machine: Machine): { mend: () => void } {
  const connect = machine.connectTcp.bind(machine);
  machine.connectTcp = (to) =>
    to.address.includes(":") ? Promise.reject(new Error("network is unreachable")) : connect(to);
  return { mend: () => machine.connectTcp = connect };
}

function hosting(platform: Machine, more: Partial<PeerOptions> = {}) {
  return host({ server: SERVER, localPeerPort: 1, platform, ...more });
}

Deno.test("a path that does not open under one IP version is looked for under the other", async () => {
  const { world, a, b } = scene();
  await world.until(hosting(a));
  await world.run(1_000);
  breakIpv6Paths(world);
  const events: PeerEvent[] = [];
  const connection = await world.until(join({
    server: SERVER,
    localPeerPort: 2,
    remote: "peer1.test/1",
    platform: b,
    onEvent: (event) => void events.push(event),
  }));
  assertEquals(connection.path.endpoint.address, "192.0.2.1");
  assertEquals(events.map(({ kind }) => kind), [
    "asked",
    "introduced",
    "punch_failed",
    "asked",
    "introduced",
  ]);
  assertEquals(b.sockets.size, 1);
});

Deno.test("a host that is known under one IP version only is asked for under that", async () => {
  const { world, a, b } = scene();
  withoutIpv6(a);
  await world.until(hosting(a));
  await world.run(1_000);
  const options = { server: SERVER, localPeerPort: 2, remote: "peer1.test/1", platform: b };
  const connection = await world.until(join(options));
  assertEquals(connection.path.endpoint.address, "192.0.2.1");
  assert(world.clock.nowMs() < 2_500);
  await world.until(connection.close());
  const { code } = await world.until(failureOf(join({ ...options, remote: "peer1.test/9" })));
  assertEquals(code, "host_not_found");
});

Deno.test("a host that lacked one IP version at the start has it as soon as it works", async () => {
  const { world, a } = scene();
  const { mend } = withoutIpv6(a);
  const events: PeerEvent[] = [];
  const running = await world.until(hosting(a, { onEvent: (event) => void events.push(event) }));
  await world.run(120_000);
  assertEquals(await world.until(running.names()), ["192.0.2.1/1"]);
  assertEquals(events.map(({ kind }) => kind), ["asked"]);
  mend();
  await world.run(31_000);
  const names = await world.until(running.names());
  assertEquals(names.toSorted(), ["192.0.2.1/1", "2001:db8:0:1::2/1"]);
  await world.until(running.close());
});

Deno.test("a host whose server gets an address of the other IP version is present under both", async () => {
  const { world, a } = scene();
  world.names.set(SERVER, ["203.0.113.1"]);
  const running = await world.until(hosting(a));
  await world.run(60_000);
  world.names.set(SERVER, ["2001:db8::1", "203.0.113.1"]);
  await world.run(31_000);
  assertEquals((await world.until(running.names())).length, 2);
  await world.until(running.close());
});

Deno.test("two peers meet though each has another IP version at first", async () => {
  for (const broken of ["a", "b", "neither"] as const) {
    const { world, a, b } = scene();
    if (broken === "a") withoutIpv6(a);
    if (broken === "b") withoutIpv6(b);
    const options = { server: SERVER };
    const both = await world.until(Promise.all([
      connect({ ...options, localPeerPort: 1, remote: "peer2.test/2", platform: a }),
      connect({ ...options, localPeerPort: 2, remote: "peer1.test/1", platform: b }),
    ]));
    const isIpv6 = both.map(({ path }) => path.endpoint.address.includes(":"));
    assertEquals(isIpv6, broken === "neither" ? [true, true] : [false, false], broken);
    assert(world.clock.nowMs() < 3_000);
    assertEquals([a.sockets.size, b.sockets.size], [1, 1]);
  }
});

Deno.test("what no IP version gives is said once, with the error that says most", async () => {
  const { world, a } = scene();
  world.names.set(SERVER, ["203.0.113.1"]);
  world.server.isUp = false;
  const events: PeerEvent[] = [];
  const controller = new AbortController();
  const starting = hosting(a, {
    onEvent: (event) => void events.push(event),
    signal: controller.signal,
  });
  starting.catch(() => {});
  await world.run(20_000);
  const messages = events.flatMap((event) => event.kind === "retry" ? [event.error.message] : []);
  assert(messages.length > 2 && messages.every((text) => text.includes("connection refused")));
  const attempts = events.flatMap((event) => event.kind === "retry" ? [event.attempt] : []);
  assertEquals(attempts, attempts.map((_, i) => i + 1));
  world.server.isUp = true;
  const running = await world.until(starting);
  assertEquals(running.localPeerPort, 1n);
  controller.abort();
});

for (const missing of ["the host", "the joiner"] as const) {
  Deno.test(`by a code peers meet under the one IP version that both have, not ${missing}`, async () => {
    const { world, a, b } = scene();
    withoutIpv6(missing === "the host" ? a : b);
    await untilMet(world, host({ server: SERVER, code: CODE, platform: a }));
    await world.run(1_000);
    const connection = await untilMet(world, join({ server: SERVER, code: CODE, platform: b }));
    assertEquals(connection.path.endpoint.address, "192.0.2.1");
    assert(world.clock.nowMs() < 3_000, `${world.clock.nowMs()} ms`);
  });
}

Deno.test("that nobody hosts a code says more than that one IP version is missing", async () => {
  const { world, b } = scene();
  world.names.set(SERVER, ["203.0.113.1", "2001:db8::1"]);
  withoutIpv6(b);
  const { code } = await untilMet(
    world,
    failureOf(join({ server: SERVER, code: CODE, platform: b })),
  );
  assertEquals(code, "host_not_found");
});

Deno.test("two that connect with a code meet though one of them lacks an IP version", async () => {
  for (const [one, other] of [[0, 1], [1, 0]]) {
    const { world, a, b } = scene();
    withoutIpv6(a);
    const machines = [a, b];
    const options = { server: SERVER, code: CODE };
    const first = connect({ ...options, platform: machines[one] });
    await begun(first);
    await world.run(5_000);
    await untilMet(world, connect({ ...options, platform: machines[other] }));
    await world.until(first);
  }
});
