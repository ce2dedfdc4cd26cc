/**
 * A hash table from 32-bit hashes to numbered slots, chained through flat arrays. It knows no keys:
 * the owner of the slots compares them.
 *
 * @module
 */

import { NO_SLOT, ownCells, type SlotCells } from "./slot_lists.ts";

/** Cells that a slot's link in a {@linkcode HashIndex} takes. */
export const INDEX_CELLS = 1;

/** Finds slots by hash; a slot is in it at most once. */
export class HashIndex {
  readonly #heads: Int32Array;
  readonly #mask: number;
  readonly #cells: Int32Array;
  readonly #stride: number;
  readonly #next: number;

  /**
   * @param slots slots 1 to `slots` can be used
   * @param links {@linkcode INDEX_CELLS} cells for each slot
   */
  constructor(slots: number, links: SlotCells = ownCells(slots, INDEX_CELLS)) {
    const buckets = 2 ** Math.ceil(Math.log2(slots + 1));
    this.#heads = new Int32Array(buckets);
    this.#mask = buckets - 1;
    this.#cells = links.cells;
    this.#stride = links.stride;
    this.#next = links.at;
  }

  /** The first candidate for a hash, or {@linkcode NO_SLOT}. */
  first(hash: number): number {
    return this.#heads[hash & this.#mask];
  }

  /** The candidate after `slot`, or {@linkcode NO_SLOT}. */
  next(slot: number): number {
    return this.#cells[slot * this.#stride + this.#next];
  }

  /** Adds a slot that is not in the index. */
  add(hash: number, slot: number): void {
    const bucket = hash & this.#mask;
    this.#setNext(slot, this.#heads[bucket]);
    this.#heads[bucket] = slot;
  }

  /** Removes a slot that was added with this hash; nothing happens when it was not. */
  remove(hash: number, slot: number): void {
    const bucket = hash & this.#mask;
    if (this.#heads[bucket] === slot) {
      this.#heads[bucket] = this.next(slot);
      return;
    }
    let before = this.#heads[bucket];
    while (before !== NO_SLOT && this.next(before) !== slot) before = this.next(before);
    if (before !== NO_SLOT) this.#setNext(before, this.next(slot));
  }

  #setNext(slot: number, next: number): void {
    this.#cells[slot * this.#stride + this.#next] = next;
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
