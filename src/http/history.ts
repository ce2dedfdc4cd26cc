/**
 * The last hour, in memory of one size: a ring of samples.
 *
 * @module
 */

/** Values by name; the names are always the same. */
export type Sample = Readonly<Record<string, number>>;

/** Keeps the newest samples of some numbers. */
export class History {
  readonly #rings: ReadonlyMap<string, Float64Array>;
  readonly #capacity: number;
  #taken = 0;

  /**
   * @param first what it begins with; its names are those of all samples
   * @param capacity how many samples are kept
   */
  constructor(first: Sample, capacity: number) {
    this.#capacity = capacity;
    this.#rings = new Map(Object.keys(first).map((name) => [name, new Float64Array(capacity)]));
    this.add(first);
  }

  /** Number of samples that were taken since the start. */
  get taken(): number {
    return this.#taken;
  }

  /** Takes a sample; the oldest one goes. */
  add(sample: Sample): void {
    for (const [name, ring] of this.#rings) ring[this.#taken % this.#capacity] = sample[name];
    this.#taken++;
  }

  /** A value as it was so many samples before the newest, or the oldest that is kept. */
  ago(name: string, samples: number): number {
    const back = Math.min(samples, this.#size - 1);
    return this.#ring(name)[(this.#taken - 1 - back) % this.#capacity];
  }

  /** The values that are kept, the oldest first. */
  values(name: string): number[] {
    return Array.from({ length: this.#size }, (_, i) => this.ago(name, this.#size - 1 - i));
  }

  /** By how much a value rose from each sample to the next, the oldest first. */
  rises(name: string): number[] {
    const values = this.values(name);
    return values.slice(1).map((value, i) => value - values[i]);
  }

  get #size(): number {
    return Math.min(this.#taken, this.#capacity);
  }

  #ring(name: string): Float64Array {
    const ring = this.#rings.get(name);
    if (ring === undefined) {
      throw new Error(`Cannot look back: expected a known name, received ${name}`);
    }
    return ring;
  }
}
