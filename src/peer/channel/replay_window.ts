/**
 * Takes each sequence number once, in any order within a window (as IPsec does, RFC 6479).
 *
 * @module
 */

import { REPLAY_WINDOW_PACKETS } from "../limits.ts";

const WORD_BITS = 32;

/** Which of the last sequence numbers were taken. */
export class ReplayWindow {
  /** One bit a sequence number, as a ring. */
  readonly #taken = new Uint32Array(REPLAY_WINDOW_PACKETS / WORD_BITS);
  #newest = 0;

  /** The highest number taken so far. */
  get newest(): number {
    return this.#newest;
  }

  /**
   * Takes a sequence number. Call it for authentic packets only.
   *
   * @returns `"replayed"` when it was taken before, or is too old to know
   */
  take(sequence: number): "fresh" | "replayed" {
    if (sequence < 1 || sequence <= this.#newest - REPLAY_WINDOW_PACKETS) return "replayed";
    if (sequence > this.#newest) this.#advance(sequence);
    const slot = sequence % REPLAY_WINDOW_PACKETS;
    const word = Math.floor(slot / WORD_BITS);
    const bit = (1 << (slot % WORD_BITS)) >>> 0;
    if ((this.#taken[word] & bit) !== 0) return "replayed";
    this.#taken[word] |= bit;
    return "fresh";
  }

  /** Clears what leaves the window; a jump of a whole window clears all. */
  #advance(sequence: number): void {
    const steps = Math.min(sequence - this.#newest, REPLAY_WINDOW_PACKETS);
    for (let i = 0; i < steps; i++) {
      const slot = (sequence - i) % REPLAY_WINDOW_PACKETS;
      this.#taken[Math.floor(slot / WORD_BITS)] &= ~(1 << (slot % WORD_BITS));
    }
    this.#newest = sequence;
  }
}
