/**
 * How far the remote peer may send, by how fast its bytes are read.
 *
 * @module
 */

import { WINDOW_GROWTH_MS } from "./limits.ts";

/** A window that grows where its reader keeps up, and moves on by halves. */
export class FlowWindow {
  readonly #maxBytes: number;
  #bytes: number;
  #movedMs: number;

  constructor(firstBytes: number, maxBytes: number, nowMs: number) {
    this.#bytes = firstBytes;
    this.#maxBytes = maxBytes;
    this.#movedMs = nowMs;
  }

  /** Whether the remote peer should be told of a new limit. */
  isDue(readBytes: number, limit: number): boolean {
    return limit - readBytes <= this.#bytes / 2;
  }

  /** The limit to tell, once it is due. */
  move(readBytes: number, roundTripMs: number, nowMs: number): number {
    const periodMs = Math.max(WINDOW_GROWTH_MS, 2 * roundTripMs);
    if (nowMs - this.#movedMs < periodMs) this.#bytes = Math.min(this.#maxBytes, 2 * this.#bytes);
    this.#movedMs = nowMs;
    return readBytes + this.#bytes;
  }
}
