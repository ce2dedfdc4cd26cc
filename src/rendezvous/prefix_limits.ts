/**
 * Limits per network prefix in constant memory.
 *
 * Counters live in fixed tables under a secret hash (a count-min sketch of two rows): prefixes may
 * share a counter, but what is read is the smaller of two independent ones, so a flood slows a
 * stranger only when it meets him in both rows.
 *
 * @module
 */

import { type Address, addressToWords } from "../address.ts";
import { PREFIX_TABLE_SLOTS, RATE_BURST_S } from "../limits.ts";
import { hashPrefix, type PerPrefix, type PrefixLevel } from "./prefix.ts";

const LEVELS: readonly PrefixLevel[] = ["address", "network"];
const ROWS = 2;
const CELLS_PER_LEVEL = ROWS * PREFIX_TABLE_SLOTS;

/** Where the counters of one address are, in every table: index by `level * ROWS + row`. */
export type PrefixCells = Int32Array;

/** Finds the counters of an address; one for all tables, so that an event is hashed once. */
export class PrefixHash {
  readonly #seeds: readonly number[];
  readonly #words = new Uint32Array(4);
  readonly #cells: PrefixCells = new Int32Array(LEVELS.length * ROWS);

  /** @param random32 source of secret 32-bit numbers */
  constructor(random32: () => number) {
    this.#seeds = Array.from({ length: ROWS }, random32);
  }

  /** @returns cells that the next call overwrites */
  locate(address: Address): PrefixCells {
    addressToWords(address, this.#words);
    for (let level = 0; level < LEVELS.length; level++) {
      for (let row = 0; row < ROWS; row++) {
        const hash = hashPrefix(this.#words, LEVELS[level], this.#seeds[row]);
        this.#cells[level * ROWS + row] = level * CELLS_PER_LEVEL + row * PREFIX_TABLE_SLOTS +
          hash % PREFIX_TABLE_SLOTS;
      }
    }
    return this.#cells;
  }
}

/** Limits how often something happens per prefix: a token bucket (as GCRA, one time per cell). */
export class PrefixRate {
  /** Per cell, the time until which its rate is used up. */
  readonly #usedUntilMs = new Float64Array(LEVELS.length * CELLS_PER_LEVEL);
  /** Time that one event uses up, by level; 0 when the level is not limited. */
  readonly #stepMs: readonly number[];

  /** @param perSecond sustained rate per prefix; {@linkcode RATE_BURST_S} seconds of it at once */
  constructor(perSecond: PerPrefix) {
    this.#stepMs = LEVELS.map((level) => perSecond[level] === 0 ? 0 : 1000 / perSecond[level]);
  }

  /**
   * Counts one event, unless it is over a limit.
   *
   * @returns the level whose limit forbids it, or `undefined` when it was counted
   */
  take(cells: PrefixCells, nowMs: number): PrefixLevel | undefined {
    for (let level = 0; level < LEVELS.length; level++) {
      const stepMs = this.#stepMs[level];
      const allowedMs = nowMs + Math.max(RATE_BURST_S * 1000, stepMs);
      if (stepMs > 0 && this.#usedMs(cells, level, nowMs) + stepMs > allowedMs) {
        return LEVELS[level];
      }
    }
    for (let level = 0; level < LEVELS.length; level++) this.#use(cells, level, nowMs);
    return undefined;
  }

  #use(cells: PrefixCells, level: number, nowMs: number): void {
    const usedMs = this.#usedMs(cells, level, nowMs) + this.#stepMs[level];
    for (let row = 0; row < ROWS; row++) {
      const cell = cells[level * ROWS + row];
      if (this.#usedUntilMs[cell] < usedMs) this.#usedUntilMs[cell] = usedMs;
    }
  }

  #usedMs(cells: PrefixCells, level: number, nowMs: number): number {
    const first = this.#usedUntilMs[cells[level * ROWS]];
    const second = this.#usedUntilMs[cells[level * ROWS + 1]];
    return Math.max(nowMs, Math.min(first, second));
  }
}

/** Limits how many of something exist at once per prefix. */
export class PrefixGauge {
  readonly #counts = new Int32Array(LEVELS.length * CELLS_PER_LEVEL);
  readonly #limits: readonly number[];

  /** @param limit how many may exist at once per prefix */
  constructor(limit: PerPrefix) {
    this.#limits = LEVELS.map((level) => limit[level] === 0 ? Infinity : limit[level]);
  }

  /** The level at which one more would be over the limit. */
  exceeded(cells: PrefixCells): PrefixLevel | undefined {
    return LEVELS.find((_, level) => this.#count(cells, level) >= this.#limits[level]);
  }

  /** Whether there is certainly none from this address. */
  isZero(cells: PrefixCells): boolean {
    return this.#count(cells, LEVELS.indexOf("address")) === 0;
  }

  /** Counts one more. */
  add(cells: PrefixCells): void {
    for (const cell of cells) this.#counts[cell]++;
  }

  /** Counts one less. */
  remove(cells: PrefixCells): void {
    for (const cell of cells) this.#counts[cell]--;
  }

  #count(cells: PrefixCells, level: number): number {
    return Math.min(this.#counts[cells[level * ROWS]], this.#counts[cells[level * ROWS + 1]]);
  }
}
