/**
 * Many heaps over one set of numbered slots, in flat arrays: which slot of a group is uppermost.
 *
 * They are leftist heaps: any slot can be taken out of the middle, and a group costs no more than
 * the number of its top. Every operation takes O(log n) at the worst, not only on average.
 *
 * @module
 */

import { NO_SLOT } from "./slot_lists.ts";

/** A fixed number of groups that share a fixed number of slots; a slot is in at most one group. */
export class HeapForest {
  readonly #left: Int32Array;
  readonly #right: Int32Array;
  readonly #parent: Int32Array;
  /** Steps from a slot to the nearest free place below it; 0 of {@linkcode NO_SLOT}. */
  readonly #rank: Uint8Array;
  readonly #tops: Int32Array;
  readonly #isAbove: (a: number, b: number) => boolean;

  /**
   * @param slots slots 1 to `slots` can be used
   * @param groups groups 0 to `groups - 1` can be used
   * @param isAbove whether slot `a` belongs above `b`; what it answers may change only for slots
   * that are in no group
   */
  constructor(slots: number, groups: number, isAbove: (a: number, b: number) => boolean) {
    this.#left = new Int32Array(slots + 1);
    this.#right = new Int32Array(slots + 1);
    this.#parent = new Int32Array(slots + 1);
    this.#rank = new Uint8Array(slots + 1);
    this.#tops = new Int32Array(groups);
    this.#isAbove = isAbove;
  }

  /** The uppermost slot of a group, or {@linkcode NO_SLOT}. */
  top(group: number): number {
    return this.#tops[group];
  }

  /** Adds a slot that is in no group. */
  add(group: number, slot: number): void {
    this.#left[slot] = NO_SLOT;
    this.#right[slot] = NO_SLOT;
    this.#rank[slot] = 1;
    this.#setTop(group, this.#merge(this.#tops[group], slot));
  }

  /** Removes a slot that is in this group. */
  remove(group: number, slot: number): void {
    const below = this.#merge(this.#left[slot], this.#right[slot]);
    const parent = this.#parent[slot];
    if (parent === NO_SLOT) return this.#setTop(group, below);
    if (below !== NO_SLOT) this.#parent[below] = parent;
    if (this.#left[parent] === slot) this.#left[parent] = below;
    else this.#right[parent] = below;
    this.#settleUpwards(parent);
  }

  #setTop(group: number, slot: number): void {
    this.#tops[group] = slot;
    if (slot !== NO_SLOT) this.#parent[slot] = NO_SLOT;
  }

  /** Right sides are short: what recurs here is at most the logarithm of the slots. */
  #merge(a: number, b: number): number {
    if (a === NO_SLOT) return b;
    if (b === NO_SLOT) return a;
    if (this.#isAbove(b, a)) return this.#putBelow(b, a);
    return this.#putBelow(a, b);
  }

  #putBelow(upper: number, lower: number): number {
    const right = this.#merge(this.#right[upper], lower);
    this.#right[upper] = right;
    this.#parent[right] = upper;
    this.#settle(upper);
    return upper;
  }

  #settleUpwards(slot: number): void {
    for (let at = slot; at !== NO_SLOT; at = this.#parent[at]) {
      const before = this.#rank[at];
      this.#settle(at);
      if (this.#rank[at] === before) return;
    }
  }

  /** Puts the side with more room to the right, where slots are added. */
  #settle(slot: number): void {
    const left = this.#left[slot];
    const right = this.#right[slot];
    if (this.#rank[left] < this.#rank[right]) {
      this.#left[slot] = right;
      this.#right[slot] = left;
    }
    this.#rank[slot] = this.#rank[this.#right[slot]] + 1;
  }
}
