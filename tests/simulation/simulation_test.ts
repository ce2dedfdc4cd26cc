import { assert, assertEquals, assertNotEquals } from "@std/assert";
import { runSeed } from "./run_seed.ts";
import { scenarioOf } from "./scenario.ts";

const SEEDS = 200;
/** Seeds in one test, so that a failure says where in the list it is. */
const SEEDS_PER_TEST = 50;

for (let first = 1; first <= SEEDS; first += SEEDS_PER_TEST) {
  const last = first + SEEDS_PER_TEST - 1;
  Deno.test(`no rule is broken in the seeds ${first} to ${last}`, () => {
    const seen = { introductions: 0, answers: 0, gaveWay: 0, heldBack: 0, readLater: 0, moves: 0 };
    const byName = { hosts: 0, pairs: 0, meetings: 0 };
    for (let seed = first; seed <= last; seed++) {
      const { tallies, waits } = runSeed(seed);
      seen.introductions += tallies.introductions;
      seen.answers += tallies.answers;
      seen.gaveWay += tallies.gaveWay;
      seen.heldBack += tallies.heldBack;
      seen.readLater += waits.connection;
      seen.moves += tallies.moves;
      byName.hosts += tallies.byName.hosts;
      byName.pairs += tallies.byName.pairs;
      byName.meetings += tallies.byName.meetings;
    }
    for (const [what, count] of Object.entries({ ...seen, ...byName })) {
      assertNotEquals(count, 0, what);
    }
  });
}

Deno.test("a seed is the same run every time, and another seed another one", () => {
  assertEquals(runSeed(7).traceHash, runSeed(7).traceHash);
  assertNotEquals(runSeed(7).traceHash, runSeed(8).traceHash);
});

Deno.test("some seeds have hundreds of peers", () => {
  const counts = Array.from({ length: SEEDS }, (_, i) => scenarioOf(i + 1).peerCount);
  assert(counts.some((count) => count >= 200), `at most ${Math.max(...counts)} peers`);
});
