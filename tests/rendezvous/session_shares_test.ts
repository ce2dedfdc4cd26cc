import { assertEquals } from "@std/assert";
import { SharesRig } from "./shares_rig.ts";

/** Sessions `first1`, `first2`... that are settled hosts, each behind an address of one /24. */
function hostsOfNetwork(rig: SharesRig, name: string, network: string, count: number): void {
  for (let i = 1; i <= count; i++) rig.settles(`${name}${i}`, `${network}.${i}`, "Server", 0);
}

Deno.test("while there is room nobody is refused for how much his network holds", () => {
  const rig = new SharesRig(4);
  hostsOfNetwork(rig, "a", "192.0.2", 3);
  rig.meets("192.0.2.1", 0, "free");
  rig.connects("a4", "192.0.2.1", 0);
  rig.meets("192.0.2.1", 0, "full");
});

Deno.test("another network gives where it holds two more, and keeps all where it holds one more", () => {
  const rig = new SharesRig(3);
  hostsOfNetwork(rig, "a", "192.0.2", 2);
  rig.connects("b1", "198.51.100.1", 0);
  rig.meets("203.0.113.1", 0, "a2");
  rig.meets("198.51.100.2", 0, "full");
});

Deno.test("networks that hold one each never push each other out", () => {
  const rig = new SharesRig(3);
  for (let i = 1; i <= 3; i++) rig.settles(`host${i}`, `198.51.${i}.1`, "Server", 0);
  rig.meets("203.0.113.1", 3_600_000, "full");
  rig.meets("198.51.1.1", 3_600_000, "host1");
  rig.meets("198.51.1.2", 3_600_000, "host1");
});

Deno.test("of one network the address that holds most gives, of equal ones the newest session's", () => {
  const rig = new SharesRig(5);
  rig.settles("two1", "192.0.2.1", "Server", 0);
  rig.settles("two2", "192.0.2.1", "Server", 0);
  rig.settles("one", "192.0.2.2", "Server", 0);
  rig.settles("b1", "192.0.2.3", "Server", 0);
  rig.settles("b2", "192.0.2.3", "Server", 0);
  rig.meets("203.0.113.1", 0, "b2");
  rig.leaves("b2");
  rig.settles("again", "192.0.2.4", "Server", 0);
  rig.meets("203.0.113.1", 0, "two2");
  rig.leaves("two2");
  rig.settles("once more", "192.0.2.5", "Server", 0);
  rig.meets("203.0.113.1", 0, "once more");
});

Deno.test("an IPv6 /64 is an address and a /48 a network", () => {
  const rig = new SharesRig(4);
  rig.settles("a1", "2001:db8:1:1::1", "Server", 0);
  rig.settles("a2", "2001:db8:1:1::2", "Server", 0);
  rig.settles("a3", "2001:db8:1:2::1", "Server", 0);
  rig.settles("b1", "2001:db8:2:1::1", "Server", 0);
  rig.meets("2001:db8:3:1::1", 0, "a2");
  rig.meets("2001:db8:2:ffff::1", 0, "a2");
});

Deno.test("live Servers give where they are more than half of an address, not where they are half", () => {
  const rig = new SharesRig(4);
  rig.connects("idle1", "192.0.2.1", 0);
  rig.settles("host1", "192.0.2.1", "Server", 0);
  rig.settles("host2", "192.0.2.1", "Server", 0);
  rig.connects("idle2", "192.0.2.1", 0);
  rig.meets("203.0.113.1", 10_000, "idle1");
  rig.leaves("idle2");
  rig.asks("not live", "192.0.2.1", "Server", 0);
  rig.meets("203.0.113.1", 1_999, "not live");
  rig.getsLease("not live");
  rig.meets("203.0.113.1", 10_000, "not live");
});

Deno.test("the newest live Server is the one that became live last", () => {
  const rig = new SharesRig(2);
  rig.asks("first", "192.0.2.1", "Server", 0);
  rig.settles("second", "192.0.2.1", "Server", 10);
  rig.getsLease("first");
  rig.meets("203.0.113.1", 20, "first");
});

Deno.test("who made no request for 2 s gives, the oldest first", () => {
  const rig = new SharesRig(3);
  rig.connects("asks later", "192.0.2.1", 0);
  rig.connects("oldest", "192.0.2.1", 1_000);
  rig.connects("newest", "192.0.2.1", 1_000);
  rig.requests("asks later", "Peer", 2_500);
  rig.meets("192.0.2.1", 2_999, "full");
  rig.meets("203.0.113.1", 2_999, "newest");
  rig.meets("192.0.2.1", 3_000, "oldest");
  rig.meets("203.0.113.1", 3_000, "oldest");
});

Deno.test("then who asked and has no lease for 2 s, the oldest first", () => {
  const rig = new SharesRig(4);
  rig.settles("waits", "192.0.2.1", "Peer", 0);
  rig.settles("host", "192.0.2.1", "Server", 0);
  rig.connects("asked last", "192.0.2.1", 0);
  rig.asks("asked first", "192.0.2.1", "Server", 1_000);
  rig.requests("asked last", "Client", 1_500);
  rig.meets("203.0.113.1", 1_999, "asked first");
  rig.meets("192.0.2.1", 1_999, "full");
  rig.meets("203.0.113.1", 2_999, "waits");
  rig.meets("203.0.113.1", 3_000, "asked first");
  rig.getsLease("asked first");
  rig.leaves("host");
  rig.connects("other", "198.51.100.1", 3_000);
  rig.meets("203.0.113.1", 3_499, "waits");
  rig.meets("203.0.113.1", 3_500, "asked last");
  rig.leaves("other");
  rig.connects("idle", "192.0.2.1", 1_600);
  rig.meets("203.0.113.1", 3_600, "idle");
});

Deno.test("then the Peer or Client that has waited longest, 2 s at least", () => {
  const rig = new SharesRig(3);
  rig.connects("waits less", "192.0.2.1", 0);
  rig.settles("waits longest", "192.0.2.1", "Client", 500);
  rig.requests("waits less", "Peer", 600);
  rig.getsLease("waits less");
  rig.settles("host", "192.0.2.1", "Server", 0);
  rig.meets("192.0.2.1", 2_499, "full");
  rig.meets("192.0.2.1", 2_500, "waits longest");
  rig.leaves("waits longest");
  rig.settles("host too", "192.0.2.2", "Server", 0);
  rig.meets("192.0.2.7", 2_600, "waits less");
});

Deno.test("the newest of all gives for another network, never for its own", () => {
  const rig = new SharesRig(2);
  rig.connects("first", "192.0.2.1", 0);
  rig.connects("second", "192.0.2.1", 0);
  rig.meets("203.0.113.1", 1_999, "second");
  rig.meets("192.0.2.1", 1_999, "full");
  rig.meets("192.0.2.9", 1_999, "full");
});

Deno.test("where nobody else gives, the Peer that has waited longest of all does, after 60 s", () => {
  const rig = new SharesRig(3);
  rig.settles("client", "198.51.1.1", "Client", 0);
  rig.settles("peer", "198.51.2.1", "Peer", 1_000);
  rig.settles("younger", "198.51.3.1", "Peer", 2_000);
  rig.meets("203.0.113.1", 60_999, "full");
  rig.meets("203.0.113.1", 61_000, "peer");
  rig.leaves("peer");
  rig.meets("203.0.113.1", 61_000, "free");
  rig.settles("host", "198.51.4.1", "Server", 61_000);
  rig.meets("203.0.113.1", 61_999, "full");
  rig.meets("203.0.113.1", 62_000, "younger");
});

Deno.test("a network below the average loses no Peer to another one, however long that waits", () => {
  const rig = new SharesRig(3);
  rig.settles("peer", "198.51.100.1", "Peer", 0);
  rig.connects("young1", "192.0.2.1", 99_000);
  rig.connects("young2", "192.0.2.2", 99_000);
  rig.meets("192.0.2.3", 100_000, "full");
  rig.meets("203.0.113.1", 100_000, "young2");
  rig.leaves("young2");
  rig.settles("another", "198.51.100.2", "Peer", 99_000);
  rig.meets("192.0.2.3", 100_000, "peer");
});

Deno.test("an IPv6 /32 counts as a network with a sixteenth of what it holds", () => {
  const rig = new SharesRig(64);
  for (let i = 1; i <= 31; i++) rig.settles(`v6-${i}`, `2001:db8:${i}::1`, "Server", 0);
  for (let i = 1; i <= 33; i++) rig.settles(`v4-${i}`, `198.51.${i}.1`, "Server", 0);
  rig.meets("203.0.113.1", 0, "full");
  rig.leaves("v4-33");
  rig.settles("v6-32", "2001:db8:32::1", "Server", 0);
  rig.meets("203.0.113.1", 0, "v6-32");
  rig.meets("2001:db9::1", 0, "v6-32");
  rig.meets("198.51.1.1", 0, "v4-1");
});

Deno.test("networks of the IPv6 /32 that holds most do not push each other out", () => {
  const rig = new SharesRig(48);
  for (let i = 1; i <= 48; i++) rig.settles(`v6-${i}`, `2001:db8:${i}::1`, "Server", 0);
  rig.meets("2001:db8:ffff::1", 0, "full");
  rig.meets("2001:db8:1::1", 0, "v6-1");
  rig.leaves("v6-48");
  rig.settles("second", "2001:db8:1:2::1", "Server", 0);
  rig.meets("2001:db8:2::1", 0, "v6-2");
  rig.meets("2001:db8:ffff::1", 0, "second");
  rig.meets("203.0.113.1", 0, "second");
});

Deno.test("in an IPv6 /32 the address that holds most gives, of equal ones that of the largest /48", () => {
  const rig = new SharesRig(52);
  for (let i = 1; i <= 48; i++) rig.settles(`v6-${i}`, `2001:db8:${i}::1`, "Server", 0);
  rig.settles("large", "2001:db8:1:2::1", "Server", 0);
  rig.settles("last", "2001:db8:49::1", "Server", 0);
  rig.settles("v4-1", "198.51.1.1", "Server", 0);
  rig.settles("v4-2", "198.51.2.1", "Server", 0);
  rig.meets("203.0.113.1", 0, "large");
  rig.leaves("v4-2");
  rig.settles("two of an address", "2001:db8:48::2", "Server", 0);
  rig.settles("last of a large one", "2001:db8:1:3::1", "Server", 0);
  rig.meets("203.0.113.1", 0, "two of an address");
});

Deno.test("what went no longer counts", () => {
  const rig = new SharesRig(4);
  hostsOfNetwork(rig, "a", "192.0.2", 3);
  rig.connects("b1", "198.51.100.1", 0);
  rig.leaves("a3");
  rig.leaves("a3");
  assertEquals(rig.shares.size, 3);
  rig.meets("203.0.113.1", 0, "free");
  rig.connects("c1", "203.0.113.1", 0);
  rig.meets("203.0.113.1", 0, "full");
  rig.meets("203.0.114.1", 0, "a2");
});

Deno.test("an operator's limit is exact, and comes before anybody gives way", () => {
  const rig = new SharesRig(4, { address: 2, network: 3 });
  rig.connects("a1", "192.0.2.1", 0);
  rig.meets("192.0.2.1", 0, "free");
  rig.connects("a2", "192.0.2.1", 0);
  rig.meets("192.0.2.1", 5_000, "address");
  rig.connects("a3", "192.0.2.2", 0);
  rig.meets("192.0.2.2", 5_000, "network");
  rig.meets("192.0.3.2", 5_000, "free");
  rig.connects("b1", "192.0.3.2", 0);
  rig.meets("192.0.2.2", 5_000, "network");
  rig.leaves("a1");
  rig.connects("c1", "192.0.4.2", 0);
  rig.meets("192.0.2.2", 5_000, "a3");
});

Deno.test("fewer places make nobody go but for a newcomer, and never become more than at first", () => {
  const rig = new SharesRig(3);
  hostsOfNetwork(rig, "a", "192.0.2", 3);
  rig.shares.maxSessions = 2;
  assertEquals(rig.shares.size, 3);
  rig.leaves("a3");
  rig.meets("203.0.113.1", 0, "a2");
  rig.shares.maxSessions = 10;
  assertEquals(rig.shares.maxSessions, 3);
  rig.meets("203.0.113.1", 0, "free");
});

Deno.test("a request that was refused before the shares heard of it leaves nothing behind", () => {
  const rig = new SharesRig(1);
  const session = rig.connects("a", "192.0.2.1", 0);
  session.request = { connectionType: "Peer" };
  rig.leaves("a");
  rig.asks("b", "192.0.2.1", "Peer", 0);
  rig.meets("192.0.2.1", 2_000, "b");
});
