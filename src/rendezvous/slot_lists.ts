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
  readonly #previous: number;
  readonly #first: Int32Array;
  readonly #last: Int32Array;
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
    this.#last = new Int32Array(lists);
    this.#sizes = new Int32Array(lists);
  }

  /** The slot that was appended longest ago, or {@linkcode NO_SLOT}. */
  first(list: number): number {
    return this.#first[list];
  }

  /** Number of slots in the list. */
  size(list: number): number {
    return this.#sizes[list];
  }

  /** Appends a slot that is in no list. */
  append(list: number, slot: number): void {
    const cells = this.#cells;
    const last = this.#last[list];
    cells[slot * this.#stride + this.#previous] = last;
    cells[slot * this.#stride + this.#next] = NO_SLOT;
    if (last === NO_SLOT) this.#first[list] = slot;
    else cells[last * this.#stride + this.#next] = slot;
    this.#last[list] = slot;
    this.#sizes[list]++;
  }

  /** Removes a slot that is in this list. */
  remove(list: number, slot: number): void {
    const cells = this.#cells;
    const previous = cells[slot * this.#stride + this.#previous];
    const next = cells[slot * this.#stride + this.#next];
    if (previous === NO_SLOT) this.#first[list] = next;
    else cells[previous * this.#stride + this.#next] = next;
    if (next === NO_SLOT) this.#last[list] = previous;
    else cells[next * this.#stride + this.#previous] = previous;
    this.#sizes[list]--;
  }

  /** Makes a slot of this list its last. */
  moveToEnd(list: number, slot: number): void {
    if (this.#last[list] === slot) return;
    this.remove(list, slot);
    this.append(list, slot);
  }
}
