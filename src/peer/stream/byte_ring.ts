/**
 * A piece of a stream in memory, addressed by offsets in the stream.
 *
 * @module
 */

import { FIRST_RING_BYTES } from "./limits.ts";
import type { MemoryShare } from "./memory_pool.ts";

/** An idle stream keeps so much, so that small writes need no new memory each. */
const KEPT_BYTES = 16 * 1_024;
const EMPTY = new Uint8Array(0);

/** A ring that grows; whoever uses it sees to it that the piece stays below a limit. */
export class ByteRing {
  readonly #memory: MemoryShare;
  #bytes = EMPTY;

  /** @param memory what this takes beyond the first bytes, which its stream has in any case */
  constructor(memory: MemoryShare) {
    this.#memory = memory;
  }

  /** How much memory it takes. */
  get capacity(): number {
    return this.#bytes.length;
  }

  /** Makes room for the piece from `base` to `end`. @returns whether there is enough memory for it */
  reserve(base: number, end: number): boolean {
    const before = this.#bytes.length;
    if (end - base <= before) return true;
    let capacity = Math.max(FIRST_RING_BYTES, before);
    while (capacity < end - base) capacity *= 2;
    const more = beyondFirst(capacity) - beyondFirst(before);
    if (!this.#memory.fits(more)) return false;
    this.#memory.add(more);
    this.#grow(base, capacity);
    return true;
  }

  /** Copies bytes to `offset`, in the piece that was reserved. */
  put(offset: number, bytes: Uint8Array): void {
    if (bytes.length === 0) return;
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

  /** Gives memory back that is much, or scarce; nothing in it matters. */
  shrink(): void {
    if (this.#bytes.length > KEPT_BYTES || this.#memory.isScarce) this.clear();
  }

  /** Gives the memory back. */
  clear(): void {
    this.#memory.remove(beyondFirst(this.#bytes.length));
    this.#bytes = EMPTY;
  }

  #grow(base: number, capacity: number): void {
    const kept = new Uint8Array(this.#bytes.length);
    this.copyTo(base, kept);
    this.#bytes = new Uint8Array(capacity);
    this.put(base, kept);
  }
}

function beyondFirst(bytes: number): number {
  return Math.max(0, bytes - FIRST_RING_BYTES);
}
