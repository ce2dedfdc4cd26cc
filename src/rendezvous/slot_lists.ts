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
  /** Of a list's first slot it is the last one: lists need no array for that. */
  readonly #previous: Int32Array;
  readonly #first: Int32Array;
  readonly #sizes: Int32Array;

  /**
   * @param slots slots 1 to `slots` can be used
   * @param lists lists 0 to `lists - 1` can be used
   */
  constructor(slots: number, lists: number) {
    this.#next = new Int32Array(slots + 1);
    this.#previous = new Int32Array(slots + 1);
    this.#first = new Int32Array(lists);
    this.#sizes = new Int32Array(lists);
  }

  /** The slot that was appended longest ago, or {@linkcode NO_SLOT}. */
  first(list: number): number {
    return this.#first[list];
  }

  /** The slot that was appended last, or {@linkcode NO_SLOT}. */
  last(list: number): number {
    return this.#previous[this.#first[list]];
  }

  /** Number of slots in the list. */
  size(list: number): number {
    return this.#sizes[list];
  }

  /** Appends a slot that is in no list. */
  append(list: number, slot: number): void {
    const first = this.#first[list];
    this.#next[slot] = NO_SLOT;
    if (first === NO_SLOT) {
      this.#first[list] = slot;
      this.#previous[slot] = slot;
    } else {
      const last = this.#previous[first];
      this.#next[last] = slot;
      this.#previous[slot] = last;
      this.#previous[first] = slot;
    }
    this.#sizes[list]++;
  }

  /** Removes a slot that is in this list. */
  remove(list: number, slot: number): void {
    const first = this.#first[list];
    const previous = this.#previous[slot];
    const next = this.#next[slot];
    if (slot === first) this.#first[list] = next;
    else this.#next[previous] = next;
    if (next !== NO_SLOT) this.#previous[next] = previous;
    else if (slot !== first) this.#previous[first] = previous;
    this.#sizes[list]--;
  }

  /** Makes a slot of this list its last. */
  moveToEnd(list: number, slot: number): void {
    if (this.last(list) === slot) return;
    this.remove(list, slot);
    this.append(list, slot);
  }
}
