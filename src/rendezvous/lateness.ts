/**
 * Time in which the process did not run is nobody's fault: what peers sent meanwhile still waits in
 * the sockets, and is received before anything expires.
 *
 * @module
 */

import { LATE_MS, RECEIVING_PAUSE_MS, RECEIVING_ROUND_MS } from "../limits.ts";

/** Notices that time was lost, and holds back what is due for one round of receiving. */
export class Lateness {
  /** End of the round at the latest; `undefined` outside of one. */
  #roundEndMs: number | undefined;
  #receivedMs = 0;

  /** Notes that something arrived. */
  received(nowMs: number): void {
    this.#receivedMs = nowMs;
  }

  /**
   * Whether what was due at `dueMs` must wait. A round is over when nothing has arrived for
   * {@linkcode RECEIVING_PAUSE_MS}, or after {@linkcode RECEIVING_ROUND_MS}.
   */
  holds(dueMs: number, nowMs: number): boolean {
    // Or late once more, for the end of a round: that one was not a whole one.
    if (nowMs - Math.max(dueMs, this.endMs) > LATE_MS) this.#begin(nowMs);
    if (nowMs < this.endMs) return true;
    this.#roundEndMs = undefined;
    return false;
  }

  /** When the round is over, as far as is known now; `-Infinity` outside of one. */
  get endMs(): number {
    if (this.#roundEndMs === undefined) return -Infinity;
    return Math.min(this.#roundEndMs, this.#receivedMs + RECEIVING_PAUSE_MS);
  }

  #begin(nowMs: number): void {
    this.#roundEndMs = nowMs + RECEIVING_ROUND_MS;
    this.#receivedMs = nowMs;
  }
}
