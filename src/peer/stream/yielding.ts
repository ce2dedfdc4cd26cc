/**
 * Room for others in a queue that is shared: whoever judges by loss alone would be pushed out of it.
 *
 * @module
 */

import { YIELD_PART } from "./limits.ts";

/** A cap on what may be on its way, where a queue stands and overflows. */
export class Yielding {
  #capBytes = Infinity;
  #roundLeastMs = Infinity;
  #roundMostBytes = 0;

  /** Bytes that may be on their way. */
  get capBytes(): number {
    return this.#capBytes;
  }

  /** A round trip was measured. */
  onRoundTrip(sampleMs: number): void {
    this.#roundLeastMs = Math.min(this.#roundLeastMs, sampleMs);
  }

  /** So much is on its way. */
  onInFlight(bytes: number): void {
    this.#roundMostBytes = Math.max(this.#roundMostBytes, bytes);
  }

  /**
   * A round has passed.
   *
   * @param leastMs the least round trip of the path
   * @param isLosing whether more was lost than the path loses anyway
   */
  onRound(leastMs: number, isLosing: boolean, packetBytes: number): void {
    const isQueueStanding = this.#roundLeastMs > 1.04 * leastMs + 1 &&
      this.#roundLeastMs < Infinity;
    if (!isQueueStanding) this.#capBytes *= 1.25;
    else if (isLosing) {
      this.#capBytes = YIELD_PART * Math.min(this.#capBytes, this.#roundMostBytes);
    } else this.#capBytes += packetBytes;
    this.#roundLeastMs = Infinity;
    this.#roundMostBytes = 0;
  }
}
