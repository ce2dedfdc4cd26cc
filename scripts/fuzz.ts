/**
 * Fuzzes the decoders and the framing.
 *
 *     deno task fuzz [-seed=N] [-count=N]
 *
 * Prints the seed and the bytes of the first input that fails, and exits 1. Running that seed with
 * `-count=1` brings the input back; add it to `tests/fuzz/corpus`.
 *
 * @module
 */

import { fuzz } from "../tests/fuzz/fuzz.ts";
import { readScriptFlags } from "./script_flags.ts";

const FLAGS = {
  seed: {
    kind: "int",
    help: "Seed of the first input; the next ones count up",
    initial: 1,
    min: 0,
    max: 2 ** 52,
  },
  count: { kind: "int", help: "Number of inputs", initial: 200_000, min: 1, max: 1_000_000_000 },
} as const;

/** Inputs between two lines of progress: some ten seconds of work. */
const PROGRESS_INPUTS = 500_000;

main();

function main(): void {
  const { seed, count } = readScriptFlags("deno task fuzz [-seed=N] [-count=N]", FLAGS);
  const totals: Record<string, number> = {};
  for (let done = 0; done < count;) {
    const part = Math.min(PROGRESS_INPUTS, count - done);
    const { outcomes, failure } = fuzz(seed + done, part);
    if (failure !== undefined) {
      console.error(`seed ${failure.seed}: ${failure.error}`);
      console.error(`input ${failure.input.toHex()}`);
      Deno.exit(1);
    }
    done += part;
    for (const [name, n] of Object.entries(outcomes)) totals[name] = (totals[name] ?? 0) + n;
    console.log(`${done} inputs have all properties: ${describe(totals)}`);
  }
}

function describe(totals: Record<string, number>): string {
  return Object.entries(totals).map(([name, n]) => `${n} ${name}`).join(", ");
}
