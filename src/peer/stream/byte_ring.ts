/**
 * A piece of a stream in memory, addressed by offsets in the stream.
 *
 * @module
 */

const FIRST_BYTES = 4 * 1_024;
/** An idle stream keeps so much, so that small writes need no new memory each. */
const KEPT_BYTES = 16 * 1_024;
const EMPTY = new Uint8Array(0);

/** A ring that grows; whoever uses it sees to it that the piece stays below a limit. */
export class ByteRing {
  #bytes = EMPTY;

  /** How much memory it takes. */
  get capacity(): number {
    return this.#bytes.length;
  }

  /** Copies bytes to `offset`; the piece that matters starts at `base`, at most there. */
  put(base: number, offset: number, bytes: Uint8Array): void {
    if (bytes.length === 0) return;
    const end = offset + bytes.length;
    if (end - base > this.#bytes.length) this.#grow(base, end);
    const at = offset % this.#bytes.length;
    const untilWrap = this.#bytes.length - at;
    if (bytes.length <= untilWrap) {
      this.#bytes.set(bytes, at);
    } else {
      this.#bytes.set(bytes.subarray(0, untilWrap), at);
      this.#bytes.set(bytes.subarray(untilWrap), 0);
    }
  }

  /** Copies what is at `offset` to all of `target`. */
  copyTo(offset: number, target: Uint8Array): void {
    if (target.length === 0) return;
    const at = offset % this.#bytes.length;
    const untilWrap = Math.min(target.length, this.#bytes.length - at);
    target.set(this.#bytes.subarray(at, at + untilWrap));
    if (untilWrap < target.length) {
      target.set(this.#bytes.subarray(0, target.length - untilWrap), untilWrap);
    }
  }

  /** Gives memory back that is much; nothing in it matters. */
  shrink(): void {
    if (this.#bytes.length > KEPT_BYTES) this.#bytes = EMPTY;
  }

  /** Gives the memory back. */
  clear(): void {
    this.#bytes = EMPTY;
  }

  #grow(base: number, end: number): void {
    const old = this.#bytes;
    let capacity = Math.max(FIRST_BYTES, old.length);
    while (capacity < end - base) capacity *= 2;
    const bytes = new Uint8Array(capacity);
    if (old.length > 0) {
      const kept = new Uint8Array(old.length);
      this.copyTo(base, kept);
      this.#bytes = bytes;
      this.put(base, base, kept);
    } else {
      this.#bytes = bytes;
    }
  }
}
