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

/**
 * Where each slot keeps its links: from `cells[slot * stride + at]` on. In an array of their own, or
 * among the other values of the slot, so that all of them are in one line of the processor's cache.
 */
export interface SlotCells {
  readonly cells: Int32Array;
  readonly stride: number;
  readonly at: number;
}

/** Cells in an array of their own for slots 1 to `slots`. */
export function ownCells(slots: number, cellsPerSlot: number): SlotCells {
  return { cells: new Int32Array((slots + 1) * cellsPerSlot), stride: cellsPerSlot, at: 0 };
}

/** Cells that a slot's links in {@linkcode SlotLists} take: the next slot, and the previous one. */
export const LIST_CELLS = 2;

/** A fixed number of lists that share a fixed number of slots; a slot is in at most one list. */
export class SlotLists {
  readonly #cells: Int32Array;
  readonly #stride: number;
  readonly #next: number;
  /** Of a list's first slot it is the last one: lists need no array for that. */
  readonly #previous: number;
  readonly #first: Int32Array;
  readonly #sizes: Int32Array;

  /**
   * @param slots slots 1 to `slots` can be used
   * @param lists lists 0 to `lists - 1` can be used
   * @param links {@linkcode LIST_CELLS} cells for each slot
   */
  constructor(slots: number, lists: number, links: SlotCells = ownCells(slots, LIST_CELLS)) {
    this.#cells = links.cells;
    this.#stride = links.stride;
    this.#next = links.at;
    this.#previous = links.at + 1;
    this.#first = new Int32Array(lists);
    this.#sizes = new Int32Array(lists);
  }

  /** The slot that was appended longest ago, or {@linkcode NO_SLOT}. */
  first(list: number): number {
    return this.#first[list];
  }

  /** The slot that was appended last, or {@linkcode NO_SLOT}. */
  last(list: number): number {
    return this.#cells[this.#first[list] * this.#stride + this.#previous];
  }

  /** Number of slots in the list. */
  size(list: number): number {
    return this.#sizes[list];
  }

  /** Appends a slot that is in no list. */
  append(list: number, slot: number): void {
    const cells = this.#cells;
    const stride = this.#stride;
    const first = this.#first[list];
    cells[slot * stride + this.#next] = NO_SLOT;
    if (first === NO_SLOT) {
      this.#first[list] = slot;
      cells[slot * stride + this.#previous] = slot;
    } else {
      const last = cells[first * stride + this.#previous];
      cells[last * stride + this.#next] = slot;
      cells[slot * stride + this.#previous] = last;
      cells[first * stride + this.#previous] = slot;
    }
    this.#sizes[list]++;
  }

  /** Removes a slot that is in this list. */
  remove(list: number, slot: number): void {
    const cells = this.#cells;
    const stride = this.#stride;
    const first = this.#first[list];
    const previous = cells[slot * stride + this.#previous];
    const next = cells[slot * stride + this.#next];
    if (slot === first) this.#first[list] = next;
    else cells[previous * stride + this.#next] = next;
    if (next !== NO_SLOT) cells[next * stride + this.#previous] = previous;
    else if (slot !== first) cells[first * stride + this.#previous] = previous;
    this.#sizes[list]--;
  }

  /** Makes a slot of this list its last. */
  moveToEnd(list: number, slot: number): void {
    if (this.last(list) === slot) return;
    this.remove(list, slot);
    this.append(list, slot);
  }
}
