/**
 * What happened in a run: a hash over everything, and the last lines to read.
 *
 * @module
 */

const KEPT_LINES = 60;
/** More than ten times what the longest runs have: a server that goes round in circles is noticed. */
const MAX_LINES = 2_000_000;
const FNV_PRIME = 0x01000193;

/** Takes one line for each thing that happens. */
export class Trace {
  readonly #lines: string[] = [];
  #count = 0;
  #hashA = 0x811c9dc5;
  #hashB = 0x9e3779b9;

  /** Notes a line. */
  note(line: string): void {
    if (this.#count === MAX_LINES) {
      throw new Error(`Cannot go on: expected at most ${MAX_LINES} steps and answers`);
    }
    this.#lines[this.#count++ % KEPT_LINES] = line;
    let a = this.#hashA;
    let b = this.#hashB;
    for (let i = 0; i < line.length; i++) {
      const code = line.charCodeAt(i);
      a = Math.imul(a ^ code, FNV_PRIME);
      b = Math.imul(b + code, 0x85ebca6b) ^ (b >>> 15);
    }
    this.#hashA = a;
    this.#hashB = b;
  }

  /** Number of lines. */
  get length(): number {
    return this.#count;
  }

  /** The same for the same lines in the same order. */
  get hash(): string {
    const words = [this.#hashA, this.#hashB];
    return words.map((word) => (word >>> 0).toString(16).padStart(8, "0")).join("");
  }

  /** The last lines, oldest first. */
  get tail(): readonly string[] {
    const split = this.#count % KEPT_LINES;
    return this.#count <= KEPT_LINES
      ? this.#lines
      : [...this.#lines.slice(split), ...this.#lines.slice(0, split)];
  }
}
