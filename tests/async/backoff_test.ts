import { assertEquals } from "@std/assert";
import { Backoff } from "../../src/async/backoff.ts";

const LIMITS = { firstMs: 100, longestMs: 500 };

Deno.test("each pause is at most twice the last, up to the longest", () => {
  const backoff = new Backoff(LIMITS, () => 1);
  assertEquals(Array.from({ length: 5 }, () => backoff.nextMs()), [100, 200, 400, 500, 500]);
  backoff.reset();
  assertEquals(backoff.nextMs(), 100);
});

Deno.test("up to half of a pause is taken off at random", () => {
  const fractions = [0, 0.5];
  const backoff = new Backoff(LIMITS, () => fractions.shift() as number);
  assertEquals([backoff.nextMs(), backoff.nextMs()], [50, 150]);
});
