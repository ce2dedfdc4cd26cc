/**
 * Pauses between attempts.
 *
 * @module
 */

/** Bounds of the pauses of a {@linkcode Backoff}. */
export interface BackoffLimits {
  /** The first pause is at most this long. */
  readonly firstMs: number;
  /** No pause is longer. */
  readonly longestMs: number;
}

/** Each pause is twice as long as the last, a random part of it taken off. */
export class Backoff {
  readonly #limits: BackoffLimits;
  readonly #random: () => number;
  #ceilingMs: number;

  /** @param random a number from 0 to 1: many who lost the same server must not come back at once */
  constructor(limits: BackoffLimits, random: () => number) {
    this.#limits = limits;
    this.#random = random;
    this.#ceilingMs = limits.firstMs;
  }

  /** The next pause in milliseconds, between half of the current longest and all of it. */
  nextMs(): number {
    const delayMs = this.#ceilingMs * (1 + this.#random()) / 2;
    this.#ceilingMs = Math.min(2 * this.#ceilingMs, this.#limits.longestMs);
    return delayMs;
  }

  /** The last attempt was a success: begin with the shortest pause again. */
  reset(): void {
    this.#ceilingMs = this.#limits.firstMs;
  }
}
