import { assertEquals } from "@std/assert";
import { FlowBudget, type FlowOwner } from "../../../src/commands/forward/flow_budget.ts";

/** Flows that are only counted. */
class Counted implements FlowOwner {
  size = 0;

  endIdlest(): void {
    this.size--;
  }
}

function open(budget: FlowBudget, owner: Counted, count = 1): void {
  for (let i = 0; i < count; i++) {
    budget.makeRoom(owner);
    owner.size++;
  }
}

function owners(budget: FlowBudget, count: number): Counted[] {
  const all = Array.from({ length: count }, () => new Counted());
  for (const owner of all) budget.enter(owner);
  return all;
}

Deno.test("there are never more flows than allowed, whoever has them", () => {
  const budget = new FlowBudget(10);
  const [a] = owners(budget, 1);
  open(budget, a, 10);
  assertEquals(a.size, 10);
  open(budget, a);
  assertEquals(a.size, 10);
});

Deno.test("who has most gives one up for a newcomer, until both have as many", () => {
  const budget = new FlowBudget(10);
  const [greedy, modest] = owners(budget, 2);
  open(budget, greedy, 10);
  open(budget, modest, 50);
  assertEquals([greedy.size, modest.size], [5, 5]);
});

Deno.test("of two that have nearly the same neither pushes the other out", () => {
  const budget = new FlowBudget(9);
  const [a, b] = owners(budget, 2);
  open(budget, a, 5);
  open(budget, b, 4);
  open(budget, b, 10);
  assertEquals([a.size, b.size], [5, 4]);
});

Deno.test("where everybody has one flow a newcomer still gets one", () => {
  const budget = new FlowBudget(3);
  const [a, b, c, d] = owners(budget, 4);
  for (const owner of [a, b, c]) open(budget, owner);
  open(budget, d);
  assertEquals([a.size + b.size + c.size, d.size], [2, 1]);
});

Deno.test("who shares gets what is free, or what another has too much, and loses nothing", () => {
  const budget = new FlowBudget(4);
  const [greedy, modest, late] = owners(budget, 3);
  const take = (owner: Counted) => {
    const hasRoom = budget.share(owner);
    if (hasRoom) owner.size++;
    return hasRoom;
  };
  assertEquals(Array.from({ length: 5 }, () => take(greedy)), [true, true, true, true, false]);
  assertEquals(Array.from({ length: 3 }, () => take(modest)), [true, true, false]);
  assertEquals([take(late), take(late), take(greedy)], [true, false, false]);
  assertEquals([greedy.size, modest.size, late.size].toSorted(), [1, 1, 2]);
});

Deno.test("who has left takes no room", () => {
  const budget = new FlowBudget(5);
  const [gone, here] = owners(budget, 2);
  open(budget, gone, 5);
  budget.leave(gone);
  open(budget, here, 5);
  assertEquals(here.size, 5);
});
