import { assertEquals, assertNotEquals } from "@std/assert";
import { runSeed } from "./run_seed.ts";

const SEEDS = 200;
/** Seeds in one test, so that a failure says where in the list it is. */
const SEEDS_PER_TEST = 50;

for (let first = 1; first <= SEEDS; first += SEEDS_PER_TEST) {
  const last = first + SEEDS_PER_TEST - 1;
  Deno.test(`no rule is broken in the seeds ${first} to ${last}`, () => {
    let introductions = 0;
    for (let seed = first; seed <= last; seed++) {
      introductions += runSeed(seed).tallies.introductions;
    }
    assertNotEquals(introductions, 0);
  });
}

/** Seeds that failed once, by what was wrong. */
const REGRESSIONS: Readonly<Record<string, readonly number[]>> = {
  "a session whose lease gave way ended before that lease would have": [6962, 7475, 15628],
  "the checker let a lease give way before the introduction that was due": [20296],
};

for (const [fault, seeds] of Object.entries(REGRESSIONS)) {
  for (const seed of seeds) {
    Deno.test(`seed ${seed} holds: ${fault}`, () => {
      assertNotEquals(runSeed(seed).tallies.introductions, 0);
    });
  }
}

Deno.test("a seed is the same run every time, and another seed another one", () => {
  assertEquals(runSeed(7).traceHash, runSeed(7).traceHash);
  assertNotEquals(runSeed(7).traceHash, runSeed(8).traceHash);
});

Deno.test("some seeds have hundreds of peers", () => {
  const counts = Array.from({ length: 40 }, (_, i) => runSeed(i + 1).peerCount);
  assertEquals(counts.some((count) => count >= 200), true);
});
