/**
 * For each network prefix a time until which its allowance is used up, in constant memory.
 *
 * The times live in a fixed table under a secret hash (a count-min sketch of two rows): prefixes may
 * share a cell, but what is read is the smaller of two independent ones, so a flood slows a stranger
 * only when it meets him in both rows.
 *
 * @module
 */

import type { PackedAddress } from "../address.ts";
import { PREFIX_TABLE_SLOTS } from "../limits.ts";
import { hashPrefix, type PrefixLevel } from "./prefix.ts";

const SLOT_MASK = PREFIX_TABLE_SLOTS - 1;
/** One hash has bits for both rows. */
const ROW_BITS = Math.log2(PREFIX_TABLE_SLOTS);

/** The times of all prefixes of one level. */
export class TimeSketch {
  readonly #level: PrefixLevel;
  readonly #seed: number;
  readonly #timesMs = new Float64Array(2 * PREFIX_TABLE_SLOTS);

  /** @param seed secret */
  constructor(level: PrefixLevel, seed: number) {
    this.#level = level;
    this.#seed = seed;
  }

  /** Where the times of this source's prefix are. */
  locate(source: PackedAddress): number {
    return hashPrefix(source, this.#level, this.#seed);
  }

  /** The time at a place. */
  get(place: number): number {
    const first = this.#timesMs[firstCell(place)];
    const second = this.#timesMs[secondCell(place)];
    return first < second ? first : second;
  }

  /** Moves the time at a place forwards to `ms`. */
  raise(place: number, ms: number): void {
    const first = firstCell(place);
    const second = secondCell(place);
    if (this.#timesMs[first] < ms) this.#timesMs[first] = ms;
    if (this.#timesMs[second] < ms) this.#timesMs[second] = ms;
  }
}

function firstCell(place: number): number {
  return place & SLOT_MASK;
}

function secondCell(place: number): number {
  return PREFIX_TABLE_SLOTS + (place >>> ROW_BITS & SLOT_MASK);
}
