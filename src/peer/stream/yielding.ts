/**
 * Room for others in a queue that is shared: whoever judges by loss alone would be pushed out of it.
 *
 * @module
 */

import { REGAIN, YIELD_PART } from "./limits.ts";

/** A cap on what may be on its way, where a queue stands and overflows. */
export class Yielding {
  #capBytes = Infinity;
  #roundMostBytes = 0;

  /** Bytes that may be on their way. */
  get capBytes(): number {
    return this.#capBytes;
  }

  /** So much is on its way. */
  onInFlight(bytes: number): void {
    this.#roundMostBytes = Math.max(this.#roundMostBytes, bytes);
  }

  /**
   * A round has passed.
   *
   * @param queue whether one stood for all of it, and whether more was lost than the path loses anyway
   */
  onRound(queue: "none" | "stands" | "overflows", packetBytes: number): void {
    if (queue === "none") this.#capBytes *= REGAIN;
    else if (queue === "stands") this.#capBytes += packetBytes;
    else this.#capBytes = YIELD_PART * Math.min(this.#capBytes, this.#roundMostBytes);
    this.#roundMostBytes = 0;
  }
}
