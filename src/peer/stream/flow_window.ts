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

  /** Whether there is enough left to be worth a message. */
  get isWorthwhile(): boolean {
    return this.#leftBytes / 4 >= FIRST_STREAM_WINDOW_BYTES;
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
  isDue(state: WindowState): boolean {
    return state.limit - state.readBytes <= this.#bytes * 3 / 4 || this.#isHeldUp(state);
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
   * A quarter was read within a round trip, or what is missing holds up a reader that keeps up. A
   * reader that is slow keeps what it has.
   */
  #isTooSmall(state: WindowState, roundTripMs: number, nowMs: number): boolean {
    if (state.readableEnd - state.readBytes > this.#bytes / 8) return false;
    const isFast = nowMs - this.#movedMs < Math.max(WINDOW_GROWTH_MS, roundTripMs);
    return isFast || this.#isHeldUp(state);
  }

  /** Half of it is used while something that is missing keeps a reader from going on. */
  #isHeldUp({ readBytes, readableEnd, highest, limit }: WindowState): boolean {
    const mayGrow = this.#bytes < MAX_STREAM_WINDOW_BYTES && this.#budget.isWorthwhile;
    const isReaderWaiting = readBytes > 0 && readBytes === readableEnd;
    return mayGrow && isReaderWaiting && limit - highest < this.#bytes / 2;
  }

  #grow(): void {
    const bytes = Math.max(READ_STREAM_WINDOW_BYTES, 2 * this.#bytes);
    this.#bytes += this.#budget.take(Math.min(MAX_STREAM_WINDOW_BYTES, bytes) - this.#bytes);
  }
}
