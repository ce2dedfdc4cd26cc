/**
 * Seeded pseudo-random numbers: one seed, one run.
 *
 * @module
 */

/** A generator (three words of state and a counter) with the draws that scenarios need. */
export class Prng {
  #a: number;
  #b: number;
  #c: number;
  #counter = 1;

  /** @param seed any whole number; near seeds give unrelated runs */
  constructor(seed: number) {
    this.#a = seed >>> 0;
    this.#b = Math.floor(seed / 2 ** 32) >>> 0;
    this.#c = 0x5eed_c0de;
    for (let i = 0; i < 16; i++) this.next32();
  }

  /** A 32-bit unsigned number. */
  next32(): number {
    const sum = (this.#a + this.#b + this.#counter) >>> 0;
    this.#counter = (this.#counter + 1) >>> 0;
    this.#a = (this.#b ^ (this.#b >>> 9)) >>> 0;
    this.#b = (this.#c + (this.#c << 3)) >>> 0;
    this.#c = (((this.#c << 21) | (this.#c >>> 11)) + sum) >>> 0;
    return sum;
  }

  /** At least 0 and less than 1. */
  fraction(): number {
    return this.next32() / 2 ** 32;
  }

  /** A whole number from `min` to `max`, both included. */
  integer(min: number, max: number): number {
    return min + Math.floor(this.fraction() * (max - min + 1));
  }

  /** Any number from `min` to below `max`. */
  between(min: number, max: number): number {
    return min + this.fraction() * (max - min);
  }

  /** True with this probability. */
  chance(probability: number): boolean {
    return this.fraction() < probability;
  }

  /** One of the items; there must be one. */
  pick<Item>(items: readonly Item[]): Item {
    return items[Math.floor(this.fraction() * items.length)];
  }

  /** A generator of its own, so that what one part draws does not shift another part. */
  fork(): Prng {
    return new Prng(this.next32() * 2 ** 20 + (this.next32() >>> 12));
  }
}
