import { assertEquals } from "@std/assert";
import { NO_SLOT, SlotLists } from "../../src/rendezvous/slot_lists.ts";
import { Prng } from "../simulated/prng.ts";

/** Takes a list apart from its front. */
function drain(lists: SlotLists, list: number): number[] {
  const slots: number[] = [];
  for (let slot = lists.first(list); slot !== NO_SLOT; slot = lists.first(list)) {
    lists.remove(list, slot);
    slots.push(slot);
  }
  return slots;
}

Deno.test("a fresh list is empty", () => {
  const lists = new SlotLists(3, 2);
  assertEquals([lists.first(0), lists.size(0), lists.first(1)], [NO_SLOT, 0, NO_SLOT]);
});

Deno.test("slots come out in the order in which they were appended, list by list", () => {
  const lists = new SlotLists(5, 2);
  for (const slot of [3, 1, 5]) lists.append(0, slot);
  lists.append(1, 2);
  assertEquals(lists.size(0), 3);
  assertEquals(drain(lists, 0), [3, 1, 5]);
  assertEquals(drain(lists, 1), [2]);
});

Deno.test("first, middle, last and only slot can be removed and appended again", () => {
  for (const [removed, rest] of [[1, [2, 3, 1]], [2, [1, 3, 2]], [3, [1, 2, 3]]] as const) {
    const lists = new SlotLists(3, 1);
    for (const slot of [1, 2, 3]) lists.append(0, slot);
    lists.remove(0, removed);
    assertEquals(lists.size(0), 2);
    lists.append(0, removed);
    assertEquals(drain(lists, 0), [...rest]);
  }
});

Deno.test("lists behave as arrays under random operations", () => {
  const random = new Prng(1);
  const lists = new SlotLists(40, 4);
  const model: number[][] = [[], [], [], []];
  for (let step = 0; step < 20_000; step++) {
    const slot = random.integer(1, 40);
    const list = model.findIndex((slots) => slots.includes(slot));
    const target = random.integer(0, 3);
    if (list < 0) {
      lists.append(target, slot);
      model[target].push(slot);
    } else {
      model[list].splice(model[list].indexOf(slot), 1);
      if (random.chance(0.5)) {
        lists.moveToEnd(list, slot);
        model[list].push(slot);
      } else {
        lists.remove(list, slot);
      }
    }
    for (let i = 0; i < 4; i++) {
      assertEquals([lists.first(i), lists.size(i)], [model[i][0] ?? NO_SLOT, model[i].length]);
      assertEquals(lists.last(i), model[i].at(-1) ?? NO_SLOT);
    }
  }
  for (let i = 0; i < 4; i++) assertEquals(drain(lists, i), model[i]);
});

Deno.test("lists whose links are among other values leave those alone", () => {
  const cells = new Int32Array(4 * 4).fill(-1);
  for (let slot = 0; slot < 4; slot++) cells.fill(0, 4 * slot + 1, 4 * slot + 3);
  const lists = new SlotLists(3, 1, { cells, stride: 4, at: 1 });
  for (const slot of [2, 3, 1]) lists.append(0, slot);
  lists.moveToEnd(0, 3);
  assertEquals(drain(lists, 0), [2, 1, 3]);
  for (let slot = 0; slot < 4; slot++) {
    assertEquals([cells[4 * slot], cells[4 * slot + 3]], [-1, -1], `slot ${slot}`);
  }
});
