/**
 * How far the remote peer may send, by how fast its bytes are read.
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

  /** Takes some of it. @returns how much there was */
  take(bytes: number): number {
    const taken = Math.min(bytes, this.#leftBytes);
    this.#leftBytes -= taken;
    return taken;
  }

  /** Gives it back. */
  give(bytes: number): void {
    this.#leftBytes += bytes;
  }
}

/** A window that grows where its reader keeps up, and moves on by halves. */
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
    return limit - readBytes <= this.#bytes / 2;
  }

  /** The limit to tell, once it is due. */
  move(readBytes: number, roundTripMs: number, nowMs: number): number {
    const periodMs = Math.max(WINDOW_GROWTH_MS, 2 * roundTripMs);
    if (this.#bytes < READ_STREAM_WINDOW_BYTES) this.#growTo(READ_STREAM_WINDOW_BYTES);
    else if (nowMs - this.#movedMs < periodMs) {
      this.#growTo(Math.min(MAX_STREAM_WINDOW_BYTES, 2 * this.#bytes));
    }
    this.#movedMs = nowMs;
    return readBytes + this.#bytes;
  }

  /** The stream is over: what its window grew by is for others. */
  close(): void {
    this.#budget.give(this.#bytes - FIRST_STREAM_WINDOW_BYTES);
    this.#bytes = FIRST_STREAM_WINDOW_BYTES;
  }

  #growTo(bytes: number): void {
    this.#bytes += this.#budget.take(bytes - this.#bytes);
  }
}
