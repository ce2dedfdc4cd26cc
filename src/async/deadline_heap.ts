/**
 * What is due next: a binary heap whose entries know their place, so that a deadline can be moved or
 * removed at any time.
 *
 * @module
 */

/** An entry; the heap alone writes `heapIndex`. */
export interface HeapEntry {
  /** Due at this time, in milliseconds of the caller's clock. */
  deadlineMs: number;
  /** Place in the heap, or {@linkcode NOT_IN_HEAP}. */
  heapIndex: number;
}

/** `heapIndex` of an entry that has no deadline. */
export const NOT_IN_HEAP = -1;

/** Entries ordered by deadline: O(log n) to set and to clear, O(1) to ask for the next. */
export class DeadlineHeap<Entry extends HeapEntry> {
  readonly #entries: Entry[] = [];

  /** The entry that is due first. */
  get first(): Entry | undefined {
    return this.#entries[0];
  }

  /** Gives an entry a deadline, or another one. */
  set(entry: Entry, deadlineMs: number): void {
    entry.deadlineMs = deadlineMs;
    if (entry.heapIndex === NOT_IN_HEAP) entry.heapIndex = this.#entries.push(entry) - 1;
    this.#siftUp(entry);
    this.#siftDown(entry);
  }

  /** Takes an entry's deadline away; nothing happens when it has none. */
  clear(entry: Entry): void {
    if (entry.heapIndex === NOT_IN_HEAP) return;
    const last = this.#entries.pop() as Entry;
    if (last !== entry) {
      this.#place(last, entry.heapIndex);
      this.#siftUp(last);
      this.#siftDown(last);
    }
    entry.heapIndex = NOT_IN_HEAP;
  }

  #siftUp(entry: Entry): void {
    while (entry.heapIndex > 0) {
      const index = entry.heapIndex;
      const parent = this.#entries[(index - 1) >> 1];
      if (parent.deadlineMs <= entry.deadlineMs) return;
      this.#place(entry, parent.heapIndex);
      this.#place(parent, index);
    }
  }

  #siftDown(entry: Entry): void {
    for (;;) {
      const index = entry.heapIndex;
      const left = this.#entries[2 * index + 1];
      const right = this.#entries[2 * index + 2];
      const child = right !== undefined && right.deadlineMs < left.deadlineMs ? right : left;
      if (child === undefined || entry.deadlineMs <= child.deadlineMs) return;
      this.#place(entry, child.heapIndex);
      this.#place(child, index);
    }
  }

  #place(entry: Entry, index: number): void {
    this.#entries[index] = entry;
    entry.heapIndex = index;
  }
}
