/**
 * How long a packet and its acknowledgement take (RFC 6298, with the fine print of RFC 9002).
 *
 * @module
 */

import { ACK_DELAY_MS, TIMER_MS } from "./limits.ts";

/** The estimate. */
export class RoundTrip {
  #smoothedMs: number;
  #variationMs: number;
  #latestMs: number;
  #hasSample = false;

  /** @param guessMs what is known before the first sample */
  constructor(guessMs: number) {
    this.#smoothedMs = guessMs;
    this.#latestMs = guessMs;
    this.#variationMs = guessMs / 2;
  }

  /** Smoothed. */
  get smoothedMs(): number {
    return this.#smoothedMs;
  }

  /** Of the last packet, the delay of its acknowledgement included. */
  get latestMs(): number {
    return this.#latestMs;
  }

  /** After this a packet that nobody spoke of is probed for; two round trips at most (RFC 8985). */
  get probeMs(): number {
    const variationMs = Math.min(4 * this.#variationMs, this.#smoothedMs);
    return this.#smoothedMs + Math.max(variationMs, TIMER_MS) + ACK_DELAY_MS + TIMER_MS;
  }

  /**
   * Takes a sample.
   *
   * @param delayMs how long the remote peer says that it waited
   * @param leastMs below which no round trip can be
   */
  sample(sampleMs: number, delayMs: number, leastMs: number): void {
    this.#latestMs = sampleMs;
    const netMs = sampleMs - delayMs >= leastMs ? sampleMs - delayMs : sampleMs;
    if (!this.#hasSample) {
      this.#hasSample = true;
      this.#smoothedMs = netMs;
      this.#variationMs = netMs / 2;
      return;
    }
    this.#variationMs += (Math.abs(this.#smoothedMs - netMs) - this.#variationMs) / 4;
    this.#smoothedMs += (netMs - this.#smoothedMs) / 8;
  }
}
