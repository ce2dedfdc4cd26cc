/**
 * Limits per network prefix in constant memory.
 *
 * Counters live in fixed tables under a secret hash (a count-min sketch of two rows): prefixes may
 * share a counter, but what is read is the smaller of two independent ones, so a flood slows a
 * stranger only when it meets him in both rows.
 *
 * @module
 */

import { PREFIX_TABLE_SLOTS, RATE_BURST_S } from "../limits.ts";
import { hashPrefix, type PerPrefix, type PrefixLevel } from "./prefix.ts";

const LEVELS: readonly PrefixLevel[] = ["address", "network"];
const ROWS = 2;
const CELLS_PER_LEVEL = ROWS * PREFIX_TABLE_SLOTS;

/** Where the counters of an address are: two rows for each level. */
class Cells {
  readonly #seeds: readonly number[];
  /** Index by `level * ROWS + row`. */
  readonly #cells = new Int32Array(LEVELS.length * ROWS);

  constructor(random32: () => number) {
    this.#seeds = Array.from({ length: ROWS }, random32);
  }

  locate(words: Uint32Array): Int32Array {
    for (const [i, level] of LEVELS.entries()) {
      for (let row = 0; row < ROWS; row++) {
        const slot = hashPrefix(words, level, this.#seeds[row]) % PREFIX_TABLE_SLOTS;
        this.#cells[i * ROWS + row] = i * CELLS_PER_LEVEL + row * PREFIX_TABLE_SLOTS + slot;
      }
    }
    return this.#cells;
  }
}

/** Limits how often something happens per prefix: a token bucket (as GCRA, one time per cell). */
export class PrefixRate {
  readonly #cells: Cells;
  /** Per cell, the time until which its rate is used up. */
  readonly #usedUntilMs = new Float64Array(LEVELS.length * CELLS_PER_LEVEL);
  readonly #perSecond: PerPrefix;

  /**
   * @param perSecond sustained rate per prefix; {@linkcode RATE_BURST_S} seconds of it at once
   * @param random32 source of secret 32-bit numbers
   */
  constructor(perSecond: PerPrefix, random32: () => number) {
    this.#perSecond = perSecond;
    this.#cells = new Cells(random32);
  }

  /**
   * Counts one event, unless it is over a limit.
   *
   * @returns the level whose limit forbids it, or `undefined` when it was counted
   */
  take(words: Uint32Array, nowMs: number): PrefixLevel | undefined {
    const cells = this.#cells.locate(words);
    for (let i = 0; i < LEVELS.length; i++) {
      const stepMs = this.#stepMs(i);
      const burstMs = Math.max(RATE_BURST_S * 1000, stepMs);
      if (stepMs > 0 && this.#usedMs(cells, i, nowMs) + stepMs > nowMs + burstMs) return LEVELS[i];
    }
    for (let i = 0; i < LEVELS.length; i++) {
      const usedMs = this.#usedMs(cells, i, nowMs) + this.#stepMs(i);
      for (let row = 0; row < ROWS; row++) {
        const cell = cells[i * ROWS + row];
        this.#usedUntilMs[cell] = Math.max(this.#usedUntilMs[cell], usedMs);
      }
    }
    return undefined;
  }

  #stepMs(level: number): number {
    const perSecond = this.#perSecond[LEVELS[level]];
    return perSecond === 0 ? 0 : 1000 / perSecond;
  }

  #usedMs(cells: Int32Array, level: number, nowMs: number): number {
    const first = this.#usedUntilMs[cells[level * ROWS]];
    const second = this.#usedUntilMs[cells[level * ROWS + 1]];
    return Math.max(nowMs, Math.min(first, second));
  }
}

/** Limits how many of something exist at once per prefix. */
export class PrefixGauge {
  readonly #cells: Cells;
  readonly #counts = new Int32Array(LEVELS.length * CELLS_PER_LEVEL);
  readonly #limit: PerPrefix;

  /**
   * @param limit how many may exist at once per prefix
   * @param random32 source of secret 32-bit numbers
   */
  constructor(limit: PerPrefix, random32: () => number) {
    this.#limit = limit;
    this.#cells = new Cells(random32);
  }

  /** The level at which one more would be over the limit. */
  exceeded(words: Uint32Array): PrefixLevel | undefined {
    const cells = this.#cells.locate(words);
    return LEVELS.find((level, i) => {
      const count = Math.min(this.#counts[cells[i * ROWS]], this.#counts[cells[i * ROWS + 1]]);
      return this.#limit[level] !== 0 && count >= this.#limit[level];
    });
  }

  /** Counts one more. */
  add(words: Uint32Array): void {
    for (const cell of this.#cells.locate(words)) this.#counts[cell]++;
  }

  /** Counts one less. */
  remove(words: Uint32Array): void {
    for (const cell of this.#cells.locate(words)) this.#counts[cell]--;
  }
}
