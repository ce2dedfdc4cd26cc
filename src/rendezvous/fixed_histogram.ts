/**
 * How often values fell between fixed bounds: a few plain numbers, whatever was observed.
 *
 * @module
 */

/** Counts values by the smallest bound that they do not exceed. */
export class FixedHistogram {
  /** In ascending order. */
  readonly bounds: readonly number[];
  /** By bound, how many values exceed the bound before and not this one; the last exceed all. */
  readonly counts: readonly number[];
  readonly #counts: number[];
  #sum = 0;

  /** @param bounds in ascending order */
  constructor(bounds: readonly number[]) {
    this.bounds = bounds;
    this.#counts = new Array<number>(bounds.length + 1).fill(0);
    this.counts = this.#counts;
  }

  /** Sum of all values. */
  get sum(): number {
    return this.#sum;
  }

  /** Counts a value. */
  observe(value: number): void {
    let i = 0;
    while (i < this.bounds.length && value > this.bounds[i]) i++;
    this.#counts[i]++;
    this.#sum += value;
  }
}
