/**
 * How fast the remote peer may open streams: each costs this side more than the few bytes that open
 * and reset it.
 *
 * @module
 */

import { LEAST_OPENINGS, MAX_OPEN_STREAMS, OPENINGS_PER_MS } from "./limits.ts";

/** What may be opened now, beyond what the remote peer was told. */
export class OpeningRate {
  #left = 0;
  #filledMs: number;

  constructor(nowMs: number) {
    this.#filledMs = nowMs;
  }

  /** When it is worth a packet to tell. */
  get readyMs(): number {
    return this.#filledMs + Math.max(0, LEAST_OPENINGS - this.#left) / OPENINGS_PER_MS;
  }

  /** Takes some of it. @returns how many, at most `count` */
  take(count: number, nowMs: number): number {
    const grown = (nowMs - this.#filledMs) * OPENINGS_PER_MS;
    this.#left = Math.min(MAX_OPEN_STREAMS, this.#left + grown);
    this.#filledMs = nowMs;
    const taken = Math.min(count, Math.floor(this.#left));
    this.#left -= taken;
    return taken;
  }
}
