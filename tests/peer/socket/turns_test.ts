import { assert, assertEquals } from "@std/assert";
import { SILENT_TURN_MS } from "../../../src/peer/limits.ts";
import { Turns } from "../../../src/peer/socket/turns.ts";

const LIMITS = { sending: 3, waiting: 4 };
const NONE = { gained: [], lost: [], evicted: [] };

Deno.test("whoever comes while there is room has a turn at once", () => {
  const turns = new Turns<string>(LIMITS);
  assertEquals(turns.add("a1", "A", 0), { gained: ["a1"], lost: [], evicted: [] });
  assertEquals(turns.add("a2", "A", 0).gained, ["a2"]);
  assertEquals(turns.nextDeadlineMs, Infinity);
});

Deno.test("whoever comes later waits until somebody spoke or is over", () => {
  const turns = new Turns<string>(LIMITS);
  for (const link of ["a", "b", "c"]) turns.add(link, link, 0);
  assertEquals(turns.add("d", "d", 0), NONE);
  assertEquals(turns.add("e", "e", 0), NONE);
  assertEquals(turns.remove("b", 10).gained, ["d"]);
  assertEquals(turns.remove("b", 10), NONE);
  assertEquals(turns.remove("d", 20).gained, ["e"]);
});

Deno.test("who was silent for a whole turn gives it to one that waits, and waits in turn", () => {
  const turns = new Turns<string>(LIMITS);
  for (const link of ["a", "b", "c"]) turns.add(link, link, 0);
  turns.add("d", "d", 100);
  assertEquals(turns.nextDeadlineMs, SILENT_TURN_MS);
  assertEquals(turns.rotate(SILENT_TURN_MS - 1), NONE);
  assertEquals(turns.rotate(SILENT_TURN_MS), { gained: ["d"], lost: ["a"], evicted: [] });
  assertEquals(turns.remove("d", SILENT_TURN_MS + 1).gained, ["a"]);
});

Deno.test("an address that has two more than another's gives one at once", () => {
  const turns = new Turns<string>(LIMITS);
  for (const link of ["a1", "a2", "a3"]) turns.add(link, "A", 0);
  assertEquals(turns.add("b1", "B", 0), { gained: ["b1"], lost: ["a1"], evicted: [] });
  assertEquals(turns.add("b2", "B", 0), NONE, "two against one: nobody gains by a change");
  assertEquals(turns.add("c1", "C", 0).gained, ["c1"]);
});

Deno.test("of those that wait, one whose address has fewest turns is next", () => {
  const turns = new Turns<string>(LIMITS);
  for (const link of ["a1", "b1", "b2"]) turns.add(link, link[0], 0);
  for (const link of ["b3", "a2"]) turns.add(link, link[0], 0);
  assertEquals(turns.remove("a1", 1).gained, ["a2"]);
});

Deno.test("when too many wait, the address of which most wait loses its newest", () => {
  const turns = new Turns<string>({ sending: 1, waiting: 3 });
  turns.add("x", "X", 0);
  for (const link of ["a1", "a2", "b1"]) turns.add(link, link[0], 0);
  assertEquals(turns.add("b2", "b", 0).evicted.length, 1);
  const lone = turns.add("c1", "c", 0);
  assertEquals(lone.evicted.length, 1);
  assert(!lone.evicted.includes("c1"));
});

Deno.test("everybody gets a turn, whatever the silent ones do", () => {
  const turns = new Turns<number>({ sending: 16, waiting: 1_000 });
  const had = new Set<number>();
  const note = ({ gained }: { readonly gained: readonly number[] }) =>
    gained.forEach((link) => had.add(link));
  for (let i = 0; i < 200; i++) note(turns.add(i, `${i % 7}`, 0));
  let nowMs = 0;
  while (had.size < 200) {
    nowMs = turns.nextDeadlineMs;
    note(turns.rotate(nowMs));
  }
  assert(nowMs <= 14 * SILENT_TURN_MS, `${nowMs} ms`);
});
