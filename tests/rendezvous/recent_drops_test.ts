import { assertEquals } from "@std/assert";
import { RECENT_DROPS_MS } from "../../src/limits.ts";
import { RecentDrops } from "../../src/rendezvous/recent_drops.ts";
import { countingRandom32, peer, Rig } from "./rig.ts";

const A = "192.0.2.1";
const B = "2001:db8::1";

Deno.test("drops of an address are counted, with the last reason, each by its address", () => {
  const drops = new RecentDrops(countingRandom32());
  assertEquals(drops.of(A, 0), { count: 0, reason: undefined });
  drops.add(A, "not_json", 0);
  drops.add(B, "bad_token", 0);
  drops.add(A, "too_long", 5_000);
  assertEquals(drops.of(A, 5_000), { count: 2, reason: "too_long" });
  assertEquals(drops.of(B, 5_000), { count: 1, reason: "bad_token" });
  assertEquals(drops.of("2001:db8::2", 5_000).count, 0);
});

Deno.test("they are forgotten after 10 s of silence", () => {
  const drops = new RecentDrops(countingRandom32());
  drops.add(A, "not_json", 0);
  assertEquals(drops.of(A, RECENT_DROPS_MS).count, 1);
  assertEquals(drops.of(A, RECENT_DROPS_MS + 1).count, 0);
  drops.add(A, "not_json", RECENT_DROPS_MS + 1);
  assertEquals(drops.of(A, RECENT_DROPS_MS + 1).count, 1);
});

Deno.test("memory is constant: of many addresses the newest are known", () => {
  const drops = new RecentDrops(countingRandom32());
  for (let i = 0; i < 100_000; i++) drops.add(`10.0.${i >> 8 & 255}.${i & 255}`, "not_json", 0);
  drops.add(A, "too_long", 0);
  assertEquals(drops.of(A, 0), { count: 1, reason: "too_long" });
});

Deno.test("no_lease says what was dropped before the request, as peers send before they connect", () => {
  const rig = new Rig();
  for (let i = 0; i < 2; i++) rig.manager.drop("bad_peer_port", { address: A, port: 9 }, rig.nowMs);
  const early = rig.ask(A, peer(5, "192.0.2.2/6"));
  rig.at(1_000);
  rig.manager.drop("not_json", { address: A, port: 9 }, rig.nowMs);
  const late = rig.ask(A, peer(7, "192.0.2.2/6"));
  rig.at(91_000);
  const dropped = `3 datagrams from ${A} were dropped, the last: not_json`;
  early.told(
    `90000 no_lease: no datagram for ${A}/5 arrived within 90 s; ${dropped}`,
    "90000 end",
  );
  late.told(`91000 no_lease: no datagram for ${A}/7 arrived within 90 s; ${dropped}`, "91000 end");
});

Deno.test("no_lease says that a datagram without a Token came before the request", () => {
  const rig = new Rig();
  rig.datagram(`${A}:1000`, 5);
  rig.at(1);
  const waiting = rig.ask(A, peer(5, "192.0.2.2/6", { token: "T" }));
  const plain = rig.ask(A, peer(5, "192.0.2.2/7"));
  rig.at(90_001);
  waiting.told(
    `90001 no_lease: no datagram for ${A}/5 with this Token arrived within 90 s; ` +
      `1 datagram with the PeerPort 5 came from ${A} without a Token`,
    "90001 end",
  );
  plain.told(`90000 lease_timeout: nothing renewed the lease of ${A}/5 for 90 s`, "90000 end");
});
