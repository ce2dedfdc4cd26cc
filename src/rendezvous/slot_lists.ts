/**
 * Doubly linked lists of numbered slots, in flat arrays.
 *
 * A million leases as objects would be a million things for the garbage collector to walk. As
 * numbers in typed arrays they cost it nothing, and untouched parts of an array take no memory.
 *
 * @module
 */

/** Stands for "no slot": slots are numbered from 1, so that fresh arrays are empty lists. */
export const NO_SLOT = 0;

/** A fixed number of lists that share a fixed number of slots; a slot is in at most one list. */
export class SlotLists {
  readonly #next: Int32Array;
  readonly #previous: Int32Array;
  readonly #first: Int32Array;
  readonly #last: Int32Array;
  readonly #sizes: Int32Array;

  /**
   * @param slots slots 1 to `slots` can be used
   * @param lists lists 0 to `lists - 1` can be used
   */
  constructor(slots: number, lists: number) {
    this.#next = new Int32Array(slots + 1);
    this.#previous = new Int32Array(slots + 1);
    this.#first = new Int32Array(lists);
    this.#last = new Int32Array(lists);
    this.#sizes = new Int32Array(lists);
  }

  /** The slot that was appended longest ago, or {@linkcode NO_SLOT}. */
  first(list: number): number {
    return this.#first[list];
  }

  /** The slot that was appended last, or {@linkcode NO_SLOT}. */
  last(list: number): number {
    return this.#last[list];
  }

  /** Number of slots in the list. */
  size(list: number): number {
    return this.#sizes[list];
  }

  /** Appends a slot that is in no list. */
  append(list: number, slot: number): void {
    const last = this.#last[list];
    this.#previous[slot] = last;
    this.#next[slot] = NO_SLOT;
    if (last === NO_SLOT) this.#first[list] = slot;
    else this.#next[last] = slot;
    this.#last[list] = slot;
    this.#sizes[list]++;
  }

  /** Removes a slot that is in this list. */
  remove(list: number, slot: number): void {
    const previous = this.#previous[slot];
    const next = this.#next[slot];
    if (previous === NO_SLOT) this.#first[list] = next;
    else this.#next[previous] = next;
    if (next === NO_SLOT) this.#last[list] = previous;
    else this.#previous[next] = previous;
    this.#sizes[list]--;
  }

  /** Makes a slot of this list its last. */
  moveToEnd(list: number, slot: number): void {
    if (this.#last[list] === slot) return;
    this.remove(list, slot);
    this.append(list, slot);
  }
}
