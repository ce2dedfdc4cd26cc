/**
 * Numbers by ever higher indices, of which only the last ones matter.
 *
 * @module
 */

const FIRST_LENGTH = 256;

/** A ring that grows where what matters needs room: one number costs eight bytes and no object. */
export class NumberRing {
  #values = new Float64Array(FIRST_LENGTH);

  /** The number at an index that matters. */
  get(index: number): number {
    return this.#values[index % this.#values.length];
  }

  /** Sets it, where all from `oldest` on matter. */
  set(index: number, value: number, oldest: number): void {
    while (index - oldest >= this.#values.length) this.#grow(oldest);
    this.#values[index % this.#values.length] = value;
  }

  #grow(oldest: number): void {
    const old = this.#values;
    const values = new Float64Array(2 * old.length);
    for (let i = oldest; i < oldest + old.length; i++) {
      values[i % values.length] = old[i % old.length];
    }
    this.#values = values;
  }
}
