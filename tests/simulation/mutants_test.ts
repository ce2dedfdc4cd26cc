import { FailedRun, runSeed } from "./run_seed.ts";
import { mutate } from "./mutate.ts";
import { MUTANTS } from "./mutants.ts";
import type { Rendezvous } from "./simulated_server.ts";

/** A mutant that lives through so many seeds is one that the checker does not see. */
const MAX_SEEDS = 60;

for (const mutant of MUTANTS) {
  Deno.test(`the checker notices that ${mutant.name}`, async () => {
    const directory = await Deno.makeTempDir();
    try {
      const rendezvous = await mutate(mutant, directory);
      if (firstFailingSeed(rendezvous) !== undefined) return;
      throw new Error(`Cannot catch the mutant: expected a failure within ${MAX_SEEDS} seeds`);
    } finally {
      await Deno.remove(directory, { recursive: true });
    }
  });
}

function firstFailingSeed(rendezvous: Rendezvous): number | undefined {
  for (let seed = 1; seed <= MAX_SEEDS; seed++) {
    try {
      runSeed(seed, rendezvous);
    } catch (error) {
      if (error instanceof FailedRun) return seed;
      throw error;
    }
  }
  return undefined;
}
