import { assertEquals } from "@std/assert";
import { Ranges } from "../../../src/peer/stream/ranges.ts";
import { Prng } from "../../simulated/prng.ts";

function runs(ranges: Ranges): [number, number][] {
  return Array.from({ length: ranges.count }, (_, i) => [ranges.startOf(i), ranges.endOf(i)]);
}

Deno.test("runs that overlap or touch become one", () => {
  const ranges = new Ranges();
  for (const [start, end] of [[10, 12], [4, 6], [6, 7], [20, 20], [12, 15], [5, 11]]) {
    ranges.add(start, end);
  }
  assertEquals(runs(ranges), [[4, 15]]);
});

Deno.test("it holds what a set of numbers holds, whatever is added and removed", () => {
  const prng = new Prng(3);
  for (let round = 0; round < 300; round++) {
    const ranges = new Ranges();
    const set = new Set<number>();
    for (let step = 0; step < 30; step++) {
      const start = prng.integer(0, 40);
      const end = start + prng.integer(0, 8);
      const isAdded = prng.chance(0.6);
      if (isAdded) ranges.add(start, end);
      else ranges.remove(start, end);
      for (let i = start; i < end; i++) {
        if (isAdded) set.add(i);
        else set.delete(i);
      }
      const missing: number[] = [];
      ranges.forEachMissing(5, 45, (from, to) => {
        for (let i = from; i < to; i++) missing.push(i);
      });
      const all = Array.from({ length: 50 }, (_, i) => i);
      assertEquals(all.filter((i) => ranges.has(i)), all.filter((i) => set.has(i)));
      assertEquals(missing, all.slice(5, 45).filter((i) => !set.has(i)));
      assertEquals(
        runs(ranges).every(([from, to], i, runs) => from < to && from > (runs[i - 1]?.[1] ?? -1)),
        true,
      );
    }
  }
});
