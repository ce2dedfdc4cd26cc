/**
 * Runs one seed to its end.
 *
 * @module
 */

import { LeaseManager } from "../../src/rendezvous/lease_manager.ts";
import type { ReadBudgets } from "./checker/read_budgets.ts";
import type { Tallies } from "./checker/tallies.ts";
import { Service } from "../../src/rendezvous/service.ts";
import type { Rendezvous } from "./simulated_server.ts";
import { Trace } from "./trace.ts";
import { World } from "./world.ts";

/** What a run was. */
export interface RunResult {
  readonly seed: number;
  /** The same for every run of this seed. */
  readonly traceHash: string;
  readonly traceLines: number;
  readonly peerCount: number;
  /** Things that happened in the world. */
  readonly steps: number;
  readonly virtualMs: number;
  readonly tallies: Tallies;
  /** How often a read had to wait, by the budget that was used up. */
  readonly waits: ReadBudgets["waits"];
}

/** A run in which a rule was broken, or something threw. */
export class FailedRun extends Error {
  override readonly name = "FailedRun";

  constructor(readonly seed: number, trace: Trace, cause: unknown) {
    const what = cause instanceof Error ? `${cause.name}: ${cause.message}` : String(cause);
    super(`seed ${seed}: ${what}\n\nThe last steps:\n${trace.tail.join("\n")}`, { cause });
  }
}

/**
 * Runs a seed.
 *
 * @param rendezvous what is under test; the shipped classes if left out
 * @throws {FailedRun} with the seed and the last steps
 */
export function runSeed(
  seed: number,
  rendezvous: Rendezvous = { LeaseManager, Service },
): RunResult {
  const trace = new Trace();
  try {
    const world = new World(seed, rendezvous, trace);
    world.run();
    return {
      seed,
      traceHash: trace.hash,
      traceLines: trace.length,
      steps: world.steps,
      peerCount: world.scenario.peerCount,
      virtualMs: world.elapsedMs,
      tallies: world.server.checker.tallies,
      waits: world.server.checker.budgets.waits,
    };
  } catch (error) {
    throw new FailedRun(seed, trace, error);
  }
}
