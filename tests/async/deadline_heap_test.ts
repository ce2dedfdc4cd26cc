import { assertEquals } from "@std/assert";
import { DeadlineHeap, type HeapEntry, NOT_IN_HEAP } from "../../src/async/deadline_heap.ts";
import { Prng } from "../simulated/prng.ts";

function entry(): HeapEntry {
  return { deadlineMs: Infinity, heapIndex: NOT_IN_HEAP };
}

Deno.test("the entry that is due first is the first, whatever the order of setting", () => {
  const heap = new DeadlineHeap<HeapEntry>();
  assertEquals(heap.first, undefined);
  const [a, b, c] = [entry(), entry(), entry()];
  heap.set(b, 20);
  heap.set(a, 10);
  heap.set(c, 30);
  assertEquals(heap.first, a);
  heap.clear(a);
  assertEquals(heap.first, b);
  heap.clear(b);
  assertEquals(heap.first, c);
  heap.clear(c);
  assertEquals(heap.first, undefined);
});

Deno.test("a deadline can be moved to earlier and to later", () => {
  const heap = new DeadlineHeap<HeapEntry>();
  const [a, b, c] = [entry(), entry(), entry()];
  for (const [i, item] of [a, b, c].entries()) heap.set(item, 10 * (i + 1));
  heap.set(c, 5);
  assertEquals(heap.first, c);
  heap.set(c, 50);
  assertEquals(heap.first, a);
  heap.set(a, 60);
  assertEquals(heap.first, b);
});

Deno.test("clearing an entry without deadline does nothing", () => {
  const heap = new DeadlineHeap<HeapEntry>();
  const [a, b] = [entry(), entry()];
  heap.set(a, 10);
  heap.clear(b);
  heap.clear(a);
  heap.clear(a);
  assertEquals(heap.first, undefined);
  assertEquals(a.heapIndex, NOT_IN_HEAP);
});

Deno.test("the heap behaves as a sorted list under random operations", () => {
  const random = new Prng(3);
  const heap = new DeadlineHeap<HeapEntry>();
  const entries = Array.from({ length: 50 }, entry);
  const model = new Map<HeapEntry, number>();
  for (let step = 0; step < 20_000; step++) {
    const item = random.pick(entries);
    if (random.chance(0.3)) {
      heap.clear(item);
      model.delete(item);
    } else {
      const deadlineMs = random.integer(0, 40);
      heap.set(item, deadlineMs);
      model.set(item, deadlineMs);
    }
    const earliestMs = model.size === 0 ? undefined : Math.min(...model.values());
    assertEquals(heap.first?.deadlineMs, earliestMs, `step ${step}`);
  }
  const drained: number[] = [];
  for (let first = heap.first; first !== undefined; first = heap.first) {
    drained.push(first.deadlineMs);
    heap.clear(first);
  }
  assertEquals(drained, [...model.values()].sort((a, b) => a - b));
});
