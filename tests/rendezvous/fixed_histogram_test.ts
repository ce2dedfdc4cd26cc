import { assertEquals } from "@std/assert";
import { FixedHistogram } from "../../src/rendezvous/fixed_histogram.ts";

Deno.test("a value falls to the smallest bound that it does not exceed", () => {
  const histogram = new FixedHistogram([1, 10]);
  for (const value of [0, 1, 1.5, 10, 10.5, 99]) histogram.observe(value);
  assertEquals(histogram.counts, [2, 2, 2]);
  assertEquals(histogram.sum, 122);
});
