/**
 * Fuzzing: each input has a seed of its own, so that one number brings it back.
 *
 * @module
 */

import { Prng } from "../simulated/prng.ts";
import { GOOD_SEEDS, SEEDS } from "./corpus.ts";
import { mutate } from "./mutate.ts";
import { checkProperties, type Outcome } from "./properties.ts";

const GOOD_FRACTION = 0.6;

/** An input for which a property does not hold. */
export interface Failure {
  /** Running this seed alone gives the input again. */
  readonly seed: number;
  readonly input: Uint8Array;
  readonly error: unknown;
}

/** How many inputs were what, and the first failure if there was one. */
export interface FuzzResult {
  readonly outcomes: Readonly<Record<Outcome, number>>;
  readonly failure: Failure | undefined;
}

/**
 * Checks `count` inputs, and stops at the first that fails.
 *
 * @param seed the seed of the first input; the next ones count up
 */
export function fuzz(seed: number, count: number): FuzzResult {
  const outcomes = { registration: 0, request: 0, response: 0, other_json: 0, not_json: 0 };
  for (let i = 0; i < count; i++) {
    const prng = new Prng(seed + i);
    const { bytes } = prng.pick(prng.chance(GOOD_FRACTION) ? GOOD_SEEDS : SEEDS);
    const input = mutate(bytes, prng.pick(SEEDS).bytes, prng);
    try {
      outcomes[checkProperties(input, prng)]++;
    } catch (error) {
      return { outcomes, failure: { seed: seed + i, input, error } };
    }
  }
  return { outcomes, failure: undefined };
}
