/**
 * A hash table from 32-bit hashes to numbered slots, chained through flat arrays. It knows no keys:
 * the owner of the slots compares them.
 *
 * @module
 */

import { NO_SLOT } from "./slot_lists.ts";

/** Finds slots by hash; a slot is in it at most once. */
export class HashIndex {
  readonly #heads: Int32Array;
  readonly #next: Int32Array;
  readonly #mask: number;

  /** @param slots slots 1 to `slots` can be used */
  constructor(slots: number) {
    const buckets = 2 ** Math.ceil(Math.log2(slots + 1));
    this.#heads = new Int32Array(buckets);
    this.#next = new Int32Array(slots + 1);
    this.#mask = buckets - 1;
  }

  /** The first candidate for a hash, or {@linkcode NO_SLOT}. */
  first(hash: number): number {
    return this.#heads[hash & this.#mask];
  }

  /** The candidate after `slot`, or {@linkcode NO_SLOT}. */
  next(slot: number): number {
    return this.#next[slot];
  }

  /** Adds a slot that is not in the index. */
  add(hash: number, slot: number): void {
    const bucket = hash & this.#mask;
    this.#next[slot] = this.#heads[bucket];
    this.#heads[bucket] = slot;
  }

  /** Removes a slot that was added with this hash; nothing happens when it was not. */
  remove(hash: number, slot: number): void {
    const bucket = hash & this.#mask;
    if (this.#heads[bucket] === slot) {
      this.#heads[bucket] = this.#next[slot];
      return;
    }
    let before = this.#heads[bucket];
    while (before !== NO_SLOT && this.#next[before] !== slot) before = this.#next[before];
    if (before !== NO_SLOT) this.#next[before] = this.#next[slot];
  }
}

/**
 * One round of a 32-bit hash. Start it from a secret seed, so that nobody outside can choose keys
 * that meet in one chain.
 */
export function mixHash(hash: number, word: number): number {
  let mixed = Math.imul(hash ^ word, 0x9e3779b1);
  mixed = Math.imul(mixed ^ (mixed >>> 15), 0x85ebca6b);
  return (mixed ^ (mixed >>> 13)) >>> 0;
}
