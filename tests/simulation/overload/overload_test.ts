import { assert, assertEquals } from "@std/assert";
import { copyMutated } from "../mutate.ts";
import type { SharesClass } from "./guest.ts";
import { SHARE_MUTANTS } from "./mutants.ts";
import { runScenario } from "./run_scenario.ts";
import { SCENARIOS } from "./scenarios.ts";

const SEEDS = [1, 2];

for (const scenario of SCENARIOS) {
  Deno.test(`what the protocol claims of a full server holds: ${scenario.name}`, () => {
    for (const seed of SEEDS) {
      const figures = runScenario(scenario, seed);
      assert(scenario.claim(figures), `seed ${seed}: ${JSON.stringify(figures)}`);
    }
  });
}

Deno.test("a run is the same whenever it is played", () => {
  const scenario = SCENARIOS[SCENARIOS.length - 1];
  assertEquals(runScenario(scenario, 5), runScenario(scenario, 5));
});

for (const mutant of SHARE_MUTANTS) {
  Deno.test(`people at a full server feel it when ${mutant.name}`, async () => {
    const directory = await Deno.makeTempDir();
    try {
      const rendezvous = await copyMutated(mutant, directory);
      const { SessionShares } = await import(new URL("session_shares.ts", rendezvous).href);
      assert(breaksAClaim(SessionShares), "expected that a claim fails, received that all hold");
    } finally {
      await Deno.remove(directory, { recursive: true });
    }
  });
}

function breaksAClaim(Shares: SharesClass): boolean {
  return SCENARIOS.some((scenario) => !scenario.claim(runScenario(scenario, 1, Shares)));
}
