/**
 * Spreads packets over time.
 *
 * @module
 */

import { PACING_CREDIT_MS, PACING_CREDIT_PACKETS } from "./limits.ts";

/** Hands out as many packets as the rate allows since the last time somebody looked. */
export class Pacer {
  #nextMs: number;

  constructor(nowMs: number) {
    this.#nextMs = nowMs;
  }

  /** When the next packet may go. */
  get nextMs(): number {
    return this.#nextMs;
  }

  /** A packet goes. @param rate in bytes a millisecond */
  onSent(bytes: number, rate: number, nowMs: number): void {
    const creditMs = Math.min(PACING_CREDIT_MS, PACING_CREDIT_PACKETS * bytes / rate);
    this.#nextMs = Math.max(this.#nextMs, nowMs - creditMs) + bytes / rate;
  }
}
