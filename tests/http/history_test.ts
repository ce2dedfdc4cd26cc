import { assertEquals, assertThrows } from "@std/assert";
import { History } from "../../src/http/history.ts";

function historyOf(values: readonly number[], capacity: number): History {
  const history = new History({ leases: values[0] }, capacity);
  for (const leases of values.slice(1)) history.add({ leases });
  return history;
}

Deno.test("the oldest samples go, and the newest come last", () => {
  assertEquals(historyOf([1, 2, 3], 4).values("leases"), [1, 2, 3]);
  assertEquals(historyOf([1, 2, 3, 4, 5, 6], 4).values("leases"), [3, 4, 5, 6]);
  assertEquals(historyOf([1, 2, 3, 4, 5, 6], 4).taken, 6);
});

Deno.test("a value is looked up by its age, at most that of the oldest sample", () => {
  const history = historyOf([10, 20, 30, 40, 50], 3);
  assertEquals([0, 1, 2, 3, Infinity].map((age) => history.ago("leases", age)), [
    ...[50, 40, 30],
    ...[30, 30],
  ]);
});

Deno.test("rises are from each sample to the next", () => {
  assertEquals(historyOf([5], 4).rises("leases"), []);
  assertEquals(historyOf([5, 5, 9, 10], 4).rises("leases"), [0, 4, 1]);
  assertEquals(historyOf([0, 5, 5, 9, 10], 4).rises("leases"), [0, 4, 1]);
});

Deno.test("a name that no sample has is a mistake", () => {
  assertThrows(() => historyOf([1], 2).values("lease"), Error, "received lease");
});
