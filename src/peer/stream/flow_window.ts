/**
 * How far the remote peer may send on a stream, by how fast its bytes are read.
 *
 * @module
 */

import {
  FIRST_STREAM_WINDOW_BYTES,
  MAX_STREAM_WINDOW_BYTES,
  MAX_WINDOW_GROWTH_BYTES,
  READ_STREAM_WINDOW_BYTES,
  WINDOW_GROWTH_MS,
} from "./limits.ts";

/** What all windows of a connection may grow by. */
export class WindowBudget {
  #leftBytes = MAX_WINDOW_GROWTH_BYTES;

  /** Takes some of it, a quarter of what is left at the most. @returns how much */
  take(bytes: number): number {
    const taken = Math.min(bytes, Math.floor(this.#leftBytes / 4));
    this.#leftBytes -= taken;
    return taken;
  }

  /** Gives it back. */
  give(bytes: number): void {
    this.#leftBytes += bytes;
  }
}

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
  readonly #budget: WindowBudget;
  #bytes = FIRST_STREAM_WINDOW_BYTES;
  #movedMs: number;

  constructor(budget: WindowBudget, nowMs: number) {
    this.#budget = budget;
    this.#movedMs = nowMs;
  }

  /** Whether the remote peer should be told of a new limit. */
  isDue(readBytes: number, limit: number): boolean {
    return limit - readBytes <= this.#bytes * 3 / 4;
  }

  /** The limit to tell, once it is due. */
  move(state: WindowState, roundTripMs: number, nowMs: number): number {
    if (this.#isTooSmall(state, roundTripMs, nowMs)) this.#grow();
    this.#movedMs = nowMs;
    return Math.max(state.limit, state.readBytes + this.#bytes);
  }

  /** The stream is over: what its window grew by is for others. */
  close(): void {
    this.#budget.give(this.#bytes - FIRST_STREAM_WINDOW_BYTES);
    this.#bytes = FIRST_STREAM_WINDOW_BYTES;
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

  #grow(): void {
    const bytes = Math.max(READ_STREAM_WINDOW_BYTES, 2 * this.#bytes);
    this.#bytes += this.#budget.take(Math.min(MAX_STREAM_WINDOW_BYTES, bytes) - this.#bytes);
  }
}
