/**
 * How far the remote peer may send, by how fast its bytes are read.
 *
 * @module
 */

import { WINDOW_GROWTH_MS } from "./limits.ts";

/** What came of a window so far, in bytes of the stream. */
export interface WindowState {
  /** How far its reader is. */
  readonly readBytes: number;
  /** How far it could read. */
  readonly readableEnd: number;
  /** How far the remote peer has sent. */
  readonly highest: number;
  /** How far the remote peer may send. */
  readonly limit: number;
}

/** A window that grows where its reader keeps up, and moves on by quarters. */
export class FlowWindow {
  readonly #maxBytes: number;
  #bytes: number;
  #movedMs: number;

  constructor(firstBytes: number, maxBytes: number, nowMs: number) {
    this.#bytes = firstBytes;
    this.#maxBytes = maxBytes;
    this.#movedMs = nowMs;
  }

  /** How much the remote peer may send before something is read. */
  get bytes(): number {
    return this.#bytes;
  }

  /** Whether the remote peer should be told of a new limit. */
  isDue(readBytes: number, limit: number): boolean {
    return limit - readBytes <= this.#bytes * 3 / 4;
  }

  /** The limit to tell, once it is due. */
  move(state: WindowState, roundTripMs: number, nowMs: number): number {
    if (this.#isTooSmall(state, roundTripMs, nowMs)) this.grow(2 * this.#bytes);
    this.#movedMs = nowMs;
    return state.readBytes + this.#bytes;
  }

  /** Makes it larger, as far as it may be. */
  grow(bytes: number): void {
    this.#bytes = Math.min(this.#maxBytes, Math.max(this.#bytes, bytes));
  }

  /**
   * A quarter was read within a round trip, or all was used while something that is missing kept
   * its reader from going on. A reader that is slow keeps what it has.
   */
  #isTooSmall(state: WindowState, roundTripMs: number, nowMs: number): boolean {
    const { readBytes, readableEnd, highest, limit } = state;
    if (readableEnd - readBytes > this.#bytes / 8) return false;
    const isFast = nowMs - this.#movedMs < Math.max(WINDOW_GROWTH_MS, roundTripMs);
    return isFast || limit - highest < this.#bytes / 4;
  }
}
