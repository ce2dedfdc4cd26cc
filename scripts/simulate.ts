/**
 * Runs seeded simulations: `deno task simulate -seed=1 -count=200`. A failing seed is printed with
 * its last steps; run it alone to see it again.
 *
 * @module
 */

import { FailedRun, runSeed } from "../tests/simulation/run_seed.ts";
import { readScriptFlags } from "./script_flags.ts";

const FLAGS = {
  seed: { kind: "int", help: "First seed", min: 0, max: 2 ** 48, initial: 1 },
  count: { kind: "int", help: "Number of seeds", min: 1, max: 10_000_000, initial: 200 },
} as const;

const REPORT_INTERVAL_MS = 30_000;

const { seed, count } = readScriptFlags("deno task simulate [-seed=N] [-count=N]", FLAGS);
simulate(seed, count);

function simulate(firstSeed: number, count: number): void {
  const startMs = performance.now();
  const failed: number[] = [];
  const totals = { peers: 0, lines: 0, virtualMs: 0, introductions: 0 };
  let reportedMs = startMs;
  for (let seed = firstSeed; seed < firstSeed + count; seed++) {
    try {
      const { peerCount, traceLines, virtualMs, tallies } = runSeed(seed);
      totals.peers += peerCount;
      totals.lines += traceLines;
      totals.virtualMs += virtualMs;
      totals.introductions += tallies.introductions;
    } catch (error) {
      if (!(error instanceof FailedRun)) throw error;
      failed.push(seed);
      console.error(`${error.message}\n`);
    }
    if (performance.now() - reportedMs < REPORT_INTERVAL_MS) continue;
    reportedMs = performance.now();
    console.log(`seed ${seed}: ${failed.length} failed so far`);
  }
  const tookS = ((performance.now() - startMs) / 1000).toFixed(1);
  console.log(
    `${count} seeds in ${tookS} s: ${totals.peers} peers, ${totals.introductions} introductions, ` +
      `${totals.lines} steps and answers, ${(totals.virtualMs / 3_600_000).toFixed(1)} hours`,
  );
  console.log(failed.length === 0 ? "no seed failed" : `failed: ${failed.join(", ")}`);
  if (failed.length > 0) Deno.exitCode = 1;
}
