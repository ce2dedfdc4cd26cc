import { assert, assertEquals, assertRejects } from "@std/assert";
import { SESSION_RENEWAL_MS } from "../../src/peer/limits.ts";
import { connect, host, join, MAX_DATAGRAM_BYTES } from "../../src/peer/mod.ts";
import { failureOf } from "./failures.ts";
import { type Machine, World } from "../simulated/peer_platform.ts";

const SERVER = "server.test";
const HOST = "192.0.2.1/1";

function scene() {
  const world = new World();
  return { world, a: world.publicMachine("192.0.2.1"), b: world.publicMachine("192.0.2.2") };
}

function joinHost(platform: Machine, signal = new AbortController().signal) {
  return join({ server: SERVER, localPeerPort: 2, remote: HOST, platform, signal });
}

Deno.test("joining a peer that does not host says so at once", async () => {
  const { world, b } = scene();
  const { code, message } = await world.until(failureOf(joinHost(b)));
  assertEquals(code, "host_not_found");
  assert(message.includes(HOST), message);
  assert(world.clock.nowMs() < 500);
  assertEquals(b.sockets.size, 0);
});

Deno.test("a server that cannot be reached or found is named", async () => {
  const { world, b } = scene();
  world.server.isUp = false;
  const unreachable = await world.until(failureOf(joinHost(b)));
  assertEquals(unreachable.code, "server_unreachable");
  assert(unreachable.message.includes("203.0.113.1:6969"), unreachable.message);
  const options = { localPeerPort: 2, remote: HOST, platform: b };
  const unknown = await world.until(failureOf(join({ ...options, server: "nowhere.test:7" })));
  assertEquals(unknown.code, "server_unreachable");
  assert(unknown.message.includes("nowhere.test:7"), unknown.message);
});

Deno.test("a remote peer of the other IP version, or without an address, is refused at once", async () => {
  const { world, b } = scene();
  const options = { server: SERVER, localPeerPort: 2, platform: b };
  const other = await world.until(failureOf(join({ ...options, remote: "2001:db8::1/1" })));
  assertEquals(other.code, "family_mismatch");
  const literals = { ...options, server: "203.0.113.1", remote: "2001:db8::1/1" };
  const never = await world.until(failureOf(connect(literals)));
  assertEquals(never.code, "family_mismatch");
  const unknown = await world.until(failureOf(join({ ...options, remote: "nobody.test/1" })));
  assertEquals(unknown.code, "host_not_found");
});

Deno.test("who gives no PeerPort has a random one in each call, and can be asked for by it", async () => {
  const { world, a, b } = scene();
  const hosts = [await world.until(host({ server: SERVER, platform: a }))];
  hosts.push(await world.until(host({ server: SERVER, platform: a })));
  const [one, other] = hosts.map(({ localPeerPort }) => localPeerPort);
  assert(one !== other, `${one} twice`);
  await world.run(1_000);
  const remote = `192.0.2.1/${one}`;
  const connection = await world.until(join({ server: SERVER, remote, platform: b }));
  assertEquals(connection.remoteName, remote);
});

Deno.test("options that are none are mistakes of the caller", async () => {
  const { b } = scene();
  const good = { server: SERVER, localPeerPort: 2, remote: HOST, platform: b };
  await assertRejects(() => join({ ...good, server: "a:b:c" }), TypeError, '"a:b:c"');
  await assertRejects(() => join({ ...good, remote: "host" }), TypeError, "IP/PEERPORT");
  await assertRejects(() => join({ ...good, localPeerPort: 1.5 }), TypeError, "whole number");
  await assertRejects(() => join({ ...good, localPeerPort: 2n ** 63n }), TypeError, "64-bit");
});

Deno.test("a peer waits for its partner, and survives a server that restarts meanwhile", async () => {
  const { world, a, b } = scene();
  const toB = connect({ server: SERVER, localPeerPort: 1, remote: "192.0.2.2/2", platform: a });
  await world.run(3_600_000);
  world.server.restart();
  await world.run(10_000);
  world.server.isUp = false;
  world.server.restart();
  await world.run(120_000);
  world.server.isUp = true;
  await world.run(60_000);
  const toA = connect({ server: SERVER, localPeerPort: 2, remote: HOST, platform: b });
  const connections = await world.until(Promise.all([toB, toA]));
  assertEquals(connections.map(({ path }) => path.endpoint.address), ["192.0.2.2", "192.0.2.1"]);
});

Deno.test("a peer whose session silently died while it waits is found all the same", async () => {
  const { world, a, b } = scene();
  const toB = connect({ server: SERVER, localPeerPort: 1, remote: "192.0.2.2/2", platform: a });
  await world.run(60_000);
  for (const stream of a.streams) stream.vanish();
  await world.run(SESSION_RENEWAL_MS);
  const toA = connect({ server: SERVER, localPeerPort: 2, remote: HOST, platform: b });
  await world.until(Promise.all([toB, toA]));
  assert(world.clock.nowMs() < SESSION_RENEWAL_MS + 90_000);
});

Deno.test("a renewed wait still takes the answer of the session before", async () => {
  for (let earlyMs = 0; earlyMs <= 200; earlyMs += 5) {
    const { world, a, b } = scene();
    const toB = connect({ server: SERVER, localPeerPort: 1, remote: "192.0.2.2/2", platform: a });
    await world.run(SESSION_RENEWAL_MS - earlyMs);
    const toA = connect({ server: SERVER, localPeerPort: 2, remote: HOST, platform: b });
    await world.until(Promise.all([toB, toA]));
    assert(world.clock.nowMs() < SESSION_RENEWAL_MS + 2_000, `${earlyMs} ms before`);
  }
});

Deno.test("an abort ends waiting, joining and punching with its reason, and leaves nothing", async () => {
  const reason = new RangeError("changed my mind");
  for (const afterMs of [0, 1, 20, 100, 200, 5_000]) {
    const { world, a, b } = scene();
    const hosting = await world.until(host({ server: SERVER, localPeerPort: 1, platform: a }));
    await world.run(1_000);
    // Everything between the peers is lost: punching goes on until it is aborted.
    const send = world.internet.send.bind(world.internet);
    world.internet.send = (packet) => packet.destination.port === 6969 && send(packet);
    const controller = new AbortController();
    const { signal } = controller;
    const joining = assertRejects(() => joinHost(b, signal), RangeError, "changed my mind");
    const waiting = assertRejects(
      () => connect({ server: SERVER, localPeerPort: 3, remote: HOST, platform: b, signal }),
      RangeError,
      "changed my mind",
    );
    await world.run(afterMs);
    controller.abort(reason);
    await world.until(Promise.all([joining, waiting]));
    await world.run(1_000);
    assertEquals(b.sockets.size, 0, `after ${afterMs} ms`);
    await world.until(hosting.close());
  }
});

Deno.test("an abort after the connection is there closes it with notice", async () => {
  const { world, a, b } = scene();
  const hosting = await world.until(host({ server: SERVER, localPeerPort: 1, platform: a }));
  await world.run(1_000);
  const controller = new AbortController();
  const connection = await world.until(joinHost(b, controller.signal));
  const { value: accepted } = await world.until(hosting[Symbol.asyncIterator]().next());
  controller.abort();
  assertEquals(await connection.ended, "closed_here");
  assertEquals(await world.until(accepted!.ended), "closed_by_remote");
  await world.run(1_000);
  assertEquals(b.sockets.size, 0);
  const late = await failureOf(connection.send(new Uint8Array(1)));
  assertEquals(late.code, "cancelled");
});

Deno.test("a connection whose remote peer vanishes ends as lost and frees its socket", async () => {
  const { world, a, b } = scene();
  await world.until(host({ server: SERVER, localPeerPort: 1, platform: a }));
  await world.run(1_000);
  const connection = await world.until(joinHost(b));
  world.internet.cut("192.0.2.1");
  const cutMs = world.clock.nowMs();
  assertEquals(await world.until(connection.ended), "lost");
  assert(world.clock.nowMs() - cutMs <= 60_000);
  await world.run(1_000);
  assertEquals(b.sockets.size, 0);
});

Deno.test("a datagram has a longest length", async () => {
  const { world, a, b } = scene();
  const hosting = await world.until(host({ server: SERVER, localPeerPort: 1, platform: a }));
  await world.run(1_000);
  const connection = await world.until(joinHost(b));
  const { value: accepted } = await world.until(hosting[Symbol.asyncIterator]().next());
  connection.send(new Uint8Array(MAX_DATAGRAM_BYTES));
  connection.send(new Uint8Array(0));
  const datagrams = accepted![Symbol.asyncIterator]();
  const lengths = [];
  for (let i = 0; i < 2; i++) lengths.push((await world.until(datagrams.next())).value!.length);
  assertEquals(lengths.toSorted((x, y) => y - x), [MAX_DATAGRAM_BYTES, 0]);
  await assertRejects(() => connection.send(new Uint8Array(MAX_DATAGRAM_BYTES + 1)), RangeError);
});

Deno.test("a slow reader loses the oldest datagrams and can see how many", async () => {
  const { world, a, b } = scene();
  const hosting = await world.until(host({ server: SERVER, localPeerPort: 1, platform: a }));
  await world.run(1_000);
  const connection = await world.until(joinHost(b));
  const { value: accepted } = await world.until(hosting[Symbol.asyncIterator]().next());
  for (let i = 0; i < 1_100; i++) {
    connection.send(new Uint8Array(1));
    if (i % 100 === 0) await world.run(100);
  }
  await world.run(1_000);
  assertEquals(accepted!.droppedCount, 1_100 - 1_024);
});
