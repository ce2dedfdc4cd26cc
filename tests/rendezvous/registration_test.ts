import { assertEquals } from "@std/assert";
import { client, peer, Rig, server } from "./rig.ts";

const A = "192.0.2.1";
const B = "192.0.2.2";

Deno.test("a good datagram creates a lease that holds until now + lease timeout", () => {
  const rig = new Rig();
  rig.at(5);
  assertEquals(rig.datagram(`${A}:1000`, 5), "created");
  assertEquals(rig.manager.nextDeadlineMs, 90_005);
  rig.at(90_004);
  assertEquals(rig.manager.leaseCount, 1);
  rig.at(90_005);
  rig.assertEmpty();
  rig.at(90_006);
  assertEquals(rig.datagram(`${A}:1000`, 5), "created");
});

Deno.test("a good datagram renews the lease: expiry = now + lease timeout", () => {
  const rig = new Rig();
  rig.datagram(`${A}:1000`, 5);
  rig.at(89_999);
  assertEquals(rig.datagram(`${A}:1000`, 5), "renewed");
  rig.at(179_998);
  assertEquals(rig.manager.leaseCount, 1);
  rig.at(179_999);
  assertEquals(rig.manager.leaseCount, 0);
});

Deno.test("a datagram that repeats the last one at once renews as well", () => {
  const rig = new Rig();
  rig.datagram(`${A}:1000`, 5);
  rig.at(1);
  assertEquals(rig.datagram(`${A}:1000`, 5), "renewed");
  rig.at(90_000);
  assertEquals(rig.manager.leaseCount, 1);
  rig.at(90_001);
  assertEquals(rig.manager.leaseCount, 0);
});

Deno.test("a changed source port replaces the old one", () => {
  for (const gapMs of [0, 1, 1_000, 1_001, 50_000]) {
    const rig = new Rig();
    rig.datagram(`${A}:1000`, 5);
    rig.at(gapMs);
    rig.datagram(`${A}:1001`, 5);
    rig.datagram(`${B}:2000`, 6);
    const a = rig.ask(A, peer(5, `${B}/6`));
    const b = rig.ask(B, peer(6, `${A}/5`));
    a.told(`${gapMs} you ${A}:1001, remote ${B}:2000`, `${gapMs} end`);
    b.told(`${gapMs} you ${B}:2000, remote ${A}:1001`, `${gapMs} end`);
    assertEquals(rig.manager.leaseCount, 2);
  }
});

Deno.test("PeerPorts are compared exactly beyond 2^53", () => {
  const rig = new Rig();
  assertEquals(rig.datagram(`${A}:1000`, 9007199254740992n), "created");
  assertEquals(rig.datagram(`${A}:1001`, 9007199254740993n), "created");
  assertEquals(rig.manager.leaseCount, 2);
});

Deno.test("a PeerPort is any 64-bit signed integer", () => {
  const rig = new Rig();
  const extremes = [-(2n ** 63n), -(2n ** 32n), -1n, 0n, 2n ** 32n, 2n ** 63n - 1n];
  for (const peerPort of extremes) assertEquals(rig.datagram(`${A}:1000`, peerPort), "created");
  for (const peerPort of extremes) assertEquals(rig.datagram(`${A}:1000`, peerPort), "renewed");
  assertEquals(rig.manager.leaseCount, extremes.length);
});

Deno.test("equal PeerPorts behind different addresses are different peers", () => {
  const rig = new Rig();
  for (const address of [A, B, "[2001:db8::1]", "[2001:db8::2]", "[2001:db8:0:1::1]"]) {
    assertEquals(rig.datagram(`${address}:1000`, 5), "created");
  }
  assertEquals(rig.manager.leaseCount, 5);
});

Deno.test("port 0 and unspecified, multicast and broadcast sources are dropped", () => {
  const rig = new Rig();
  const bad = [
    `${A}:0`,
    "[2001:db8::1]:0",
    "0.0.0.0:1000",
    "[::]:1000",
    "224.0.0.1:1000",
    "239.255.255.255:1000",
    "[ff02::1]:1000",
    "255.255.255.255:1000",
  ];
  for (const source of bad) assertEquals(rig.datagram(source, 5), "bad_source", source);
  assertEquals(rig.manager.counters.datagrams.bad_source, bad.length);
  rig.assertEmpty();
});

Deno.test("loopback, link-local and the last address of a network are sources like any other", () => {
  const rig = new Rig();
  for (const source of ["127.0.0.1:1", "[::1]:1", "[fe80::1]:1", "192.0.2.255:65535"]) {
    assertEquals(rig.datagram(source, 5), "created", source);
  }
});

Deno.test("every datagram is counted by its fate, and the counts add up", () => {
  const rig = new Rig({ leasesPerPrefix: { address: 2, network: 0 } });
  rig.datagram(`${A}:1000`, 1);
  rig.datagram(`${A}:1000`, 1);
  rig.datagram(`${A}:1000`, 2);
  for (const peerPort of [1, 2]) rig.ask(A, server(peerPort));
  rig.datagram(`${A}:1000`, 3);
  rig.datagram(`${A}:0`, 1);
  rig.at(2_000);
  rig.datagram(`${A}:1000`, 1);
  assertEquals(rig.manager.counters.datagrams, {
    created: 2,
    renewed: 2,
    too_long: 0,
    not_json: 0,
    not_object: 0,
    missing_peer_port: 0,
    bad_peer_port: 0,
    bad_token: 0,
    bad_source: 1,
    over_limit: 1,
  });
});

Deno.test("a datagram advances every session of its peer, and nobody else's", () => {
  const rig = new Rig();
  rig.datagram(`${B}:2000`, 6);
  rig.datagram(`${B}:2001`, 7);
  const host = rig.ask(B, server(7));
  const toPeer = rig.ask(A, peer(5, `${B}/6`));
  const toHost = rig.ask(A, client(5, `${B}/7`));
  const other = rig.ask(A, client(55, `${B}/7`));
  const partner = rig.ask(B, peer(6, `${A}/5`));
  rig.at(10);
  rig.datagram(`${A}:1000`, 5);
  toPeer.told(`10 you ${A}:1000, remote ${B}:2000`, "10 end");
  partner.told(`10 you ${B}:2000, remote ${A}:1000`, "10 end");
  toHost.told(`10 you ${A}:1000, remote ${B}:2001`, "10 end");
  host.told(`10 you ${B}:2001, remote ${A}:1000`);
  other.told();
  assertEquals(rig.manager.counters.introductions, 2);
});

Deno.test("what happens to a peer can be traced", () => {
  const rig = new Rig();
  rig.datagram(`${A}:1000`, 5);
  rig.ask(A, client(5, `${B}/6`));
  assertEquals(rig.trace, [
    `datagram from ${A}/5: created`,
    `${A} connected`,
    `${A}/5 asks as Client`,
    `${A}/5 is told host_not_found: no host ${B}/6 is connected and registered`,
    `session of ${A}/5 ended`,
  ]);
});
