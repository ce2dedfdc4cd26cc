/**
 * Takes each counter once, in any order within a window (as IPsec does, RFC 6479).
 *
 * @module
 */

import { REPLAY_WINDOW_PACKETS } from "../limits.ts";

const WORD_BITS = 32;

/** Which of the last counters were taken. */
export class ReplayWindow {
  /** One bit a counter, as a ring. */
  readonly #taken = new Uint32Array(REPLAY_WINDOW_PACKETS / WORD_BITS);
  #newest = -1;
  #lowest = Infinity;

  /** The highest counter taken so far; -1 before the first. */
  get newest(): number {
    return this.#newest;
  }

  /** The lowest counter taken so far; `Infinity` before the first. */
  get lowest(): number {
    return this.#lowest;
  }

  /** Whether a counter was not taken before, and is not too old to know. */
  isFresh(counter: number): boolean {
    if (counter > this.#newest) return true;
    if (counter < 0 || counter <= this.#newest - REPLAY_WINDOW_PACKETS) return false;
    const { word, bit } = placeOf(counter);
    return (this.#taken[word] & bit) === 0;
  }

  /** Takes a fresh counter. Call it for what verified only. */
  take(counter: number): void {
    if (counter > this.#newest) this.#advance(counter);
    this.#lowest = Math.min(this.#lowest, counter);
    const { word, bit } = placeOf(counter);
    this.#taken[word] |= bit;
  }

  /** Clears what leaves the window; a jump of a whole window clears all. */
  #advance(counter: number): void {
    const steps = Math.min(counter - this.#newest, REPLAY_WINDOW_PACKETS);
    for (let i = 0; i < steps; i++) {
      const { word, bit } = placeOf(counter - i);
      this.#taken[word] &= ~bit;
    }
    this.#newest = counter;
  }
}

function placeOf(counter: number): { readonly word: number; readonly bit: number } {
  const slot = counter % REPLAY_WINDOW_PACKETS;
  return { word: Math.floor(slot / WORD_BITS), bit: (1 << (slot % WORD_BITS)) >>> 0 };
}
