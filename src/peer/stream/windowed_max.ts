/**
 * The largest of the last values, as far as two periods hold them.
 *
 * @module
 */

/** A maximum that forgets: what is older than two periods does not count. */
export class WindowedMax {
  #before = 0;
  #now = 0;

  /** The largest value of this period and the last one; 0 before the first. */
  get value(): number {
    return Math.max(this.#before, this.#now);
  }

  /** Takes a value. */
  take(value: number): void {
    if (value > this.#now) this.#now = value;
  }

  /** Begins another period, unless nothing was taken in this one. */
  advance(): void {
    if (this.#now === 0) return;
    this.#before = this.#now;
    this.#now = 0;
  }
}
