import { assertEquals } from "@std/assert";
import { type Seen, SeenDatagrams } from "../../src/rendezvous/seen_datagrams.ts";
import { countingRandom32 } from "./rig.ts";

const A = "203.0.113.7";
const B = "203.0.113.8";

const NOTHING: Seen = {
  address: A,
  taken: 0,
  dropped: 0,
  dropReason: undefined,
  refused: 0,
  limit: undefined,
  withoutToken: 0,
  withToken: 0,
};

Deno.test("a session is told what was seen of its address since it began to wait", () => {
  const seen = new SeenDatagrams(countingRandom32());
  const early = seen.watch(A, 5n, 0);
  seen.dropped(A, "not_json", 0);
  seen.refused(A, "datagrams_per_address");
  const late = seen.watch(A, 5n, 0);
  seen.dropped(A, "too_long", 0);
  seen.refused(A, "datagrams_per_network");
  seen.refused(A, "max_leases");
  seen.dropped(B, "bad_token", 0);
  assertEquals(seen.since(early), {
    ...NOTHING,
    dropped: 2,
    dropReason: "too_long",
    refused: 3,
    limit: "max_leases",
  });
  assertEquals(seen.since(late), {
    ...NOTHING,
    dropped: 2,
    dropReason: "too_long",
    refused: 2,
    limit: "max_leases",
  });
});

Deno.test("datagrams of other peers of the address count, those of the PeerPort by Token", () => {
  const seen = new SeenDatagrams(countingRandom32());
  const five = seen.watch(A, 5n, 0);
  const six = seen.watch(A, 6n, 0);
  seen.taken(A, 5n, undefined);
  seen.taken(A, 5n, "T");
  seen.taken(A, 5n, "U");
  seen.taken(A, 7n, "T");
  seen.taken(B, 6n, "T");
  assertEquals(seen.since(five), { ...NOTHING, taken: 4, withoutToken: 1, withToken: 2 });
  assertEquals(seen.since(six), { ...NOTHING, taken: 4 });
});

Deno.test("nothing is kept of addresses from which nobody waits any more", () => {
  const seen = new SeenDatagrams(countingRandom32());
  seen.dropped(A, "not_json", 0);
  seen.taken(A, 5n, undefined);
  assertEquals([seen.size, seen.isWatched(A)], [0, false]);
  const watches = [
    seen.watch(A, 5n, 20_000),
    seen.watch(A, 5n, 20_000),
    seen.watch(A, 6n, 20_000),
    seen.watch(B, 5n, 20_000),
  ];
  assertEquals([seen.size, seen.isWatched(A), seen.isWatched("203.0.113.9")], [2, true, false]);
  for (const watch of watches.slice(0, 2)) seen.unwatch(watch);
  assertEquals([seen.size, seen.isWatched(A)], [2, true]);
  for (const watch of watches.slice(2)) seen.unwatch(watch);
  assertEquals([seen.size, seen.isWatched(A)], [0, false]);
  assertEquals(seen.since(seen.watch(A, 5n, 20_000)), NOTHING);
});

Deno.test("memory of an address does not grow with what arrives", () => {
  const seen = new SeenDatagrams(countingRandom32());
  const watch = seen.watch(A, 5n, 0);
  for (let i = 0n; i < 10_000n; i++) {
    seen.taken(A, i, `${i}`);
    seen.dropped(`198.51.100.${i % 256n}`, "not_json", 0);
  }
  assertEquals(seen.size, 1);
  assertEquals(seen.since(watch).taken, 10_000);
});
