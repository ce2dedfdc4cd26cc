/**
 * Sets of whole numbers that mostly come in runs: packet numbers, offsets of bytes.
 *
 * @module
 */

/** Runs in ascending order that neither overlap nor touch; each from its start to before its end. */
export class Ranges {
  /** Start and end of each by turns: one array of numbers, which engines keep unboxed. */
  readonly #edges: number[] = [];

  /** How many runs there are. */
  get count(): number {
    return this.#edges.length / 2;
  }

  /** The first number; `Infinity` when there is none. */
  get start(): number {
    return this.#edges.length === 0 ? Infinity : this.#edges[0];
  }

  /** Where the first run ends; `Infinity` when there is none. */
  get firstEnd(): number {
    return this.#edges.length === 0 ? Infinity : this.#edges[1];
  }

  /** Where run `index` starts. */
  startOf(index: number): number {
    return this.#edges[2 * index];
  }

  /** Where run `index` ends. */
  endOf(index: number): number {
    return this.#edges[2 * index + 1];
  }

  /** Adds a run. */
  add(start: number, end: number): void {
    if (start >= end) return;
    const edges = this.#edges;
    const last = edges.length - 1;
    if (last < 0 || start > edges[last]) {
      edges.push(start, end);
      return;
    }
    const from = this.#firstEndingAt(start);
    let to = from;
    while (to < edges.length && edges[to] <= end) to += 2;
    if (to === from) {
      edges.splice(from, 0, start, end);
      return;
    }
    edges[from] = Math.min(edges[from], start);
    edges[from + 1] = Math.max(edges[to - 1], end);
    if (to > from + 2) edges.splice(from + 2, to - from - 2);
  }

  /** Takes a run out, whole or in parts. */
  remove(start: number, end: number): void {
    const edges = this.#edges;
    if (start >= end || edges.length === 0 || start >= edges[edges.length - 1]) return;
    const from = this.#firstEndingAt(start + 1);
    let to = from;
    while (to < edges.length && edges[to] < end) to += 2;
    if (to === from) return;
    const rest: number[] = [];
    if (edges[from] < start) rest.push(edges[from], start);
    if (edges[to - 1] > end) rest.push(end, edges[to - 1]);
    edges.splice(from, to - from, ...rest);
  }

  /** Takes the first run out. */
  removeFirst(): void {
    this.#edges.splice(0, 2);
  }

  /** Whether a number is in it. */
  has(value: number): boolean {
    const index = this.#firstEndingAt(value + 1);
    return index < this.#edges.length && this.#edges[index] <= value;
  }

  /** Calls `visit` for each part of a run that is not in it, in ascending order. */
  forEachMissing(start: number, end: number, visit: (start: number, end: number) => void): void {
    const edges = this.#edges;
    let at = start;
    for (let i = this.#firstEndingAt(start + 1); i < edges.length && edges[i] < end; i += 2) {
      if (edges[i] > at) visit(at, edges[i]);
      at = edges[i + 1];
    }
    if (at < end) visit(at, end);
  }

  /** Empties it. */
  clear(): void {
    this.#edges.length = 0;
  }

  /** Index in the array of the first run that ends at `value` or later. */
  #firstEndingAt(value: number): number {
    const edges = this.#edges;
    let low = 0;
    let high = edges.length / 2;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (edges[2 * middle + 1] < value) low = middle + 1;
      else high = middle;
    }
    return 2 * low;
  }
}
