import { assertEquals } from "@std/assert";
import { HeapForest } from "../../src/rendezvous/heap_forest.ts";
import { NO_SLOT } from "../../src/rendezvous/slot_lists.ts";
import { Prng } from "../simulated/prng.ts";

Deno.test("a forest behaves as sorted arrays under random operations", () => {
  const random = new Prng(1);
  const keys = new Int32Array(61);
  const isAbove = (a: number, b: number) => keys[a] > keys[b] || keys[a] === keys[b] && a < b;
  const forest = new HeapForest(60, 3, isAbove);
  const groups: number[][] = [[], [], []];
  for (let step = 0; step < 30_000; step++) {
    const slot = random.integer(1, 60);
    const group = groups.findIndex((slots) => slots.includes(slot));
    if (group < 0) {
      keys[slot] = random.integer(0, 9);
      const target = random.integer(0, 2);
      forest.add(target, slot);
      groups[target].push(slot);
    } else {
      forest.remove(group, slot);
      groups[group].splice(groups[group].indexOf(slot), 1);
    }
    for (const [i, slots] of groups.entries()) {
      slots.sort((a, b) => isAbove(a, b) ? -1 : 1);
      assertEquals(forest.top(i), slots[0] ?? NO_SLOT);
    }
  }
});

/** Comparisons that the dearest of `operations` took. */
function dearest(slots: number, key: (slot: number) => number): number {
  let comparisons = 0;
  const forest = new HeapForest(slots, 1, (a, b) => {
    comparisons++;
    return key(a) > key(b);
  });
  let most = 0;
  const measure = (operation: () => void) => {
    comparisons = 0;
    operation();
    most = Math.max(most, comparisons);
  };
  for (let slot = 1; slot <= slots; slot++) measure(() => forest.add(0, slot));
  for (let slot = 1; slot <= slots; slot += 2) measure(() => forest.remove(0, slot));
  while (forest.top(0) !== NO_SLOT) measure(() => forest.remove(0, forest.top(0)));
  return most;
}

Deno.test("no operation on 100,000 slots compares more than the logarithm, in any order", () => {
  const random = new Prng(2);
  const shuffled = Array.from({ length: 100_001 }, () => random.fraction());
  for (const key of [(i: number) => i, (i: number) => -i, () => 0, (i: number) => shuffled[i]]) {
    const most = dearest(100_000, key);
    assertEquals(most <= 2 * Math.log2(100_000), true, `${most} comparisons`);
  }
});
