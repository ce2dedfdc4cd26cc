/**
 * How long a packet may be overtaken before it counts as lost.
 *
 * @module
 */

import { REORDERING_KEPT_ROUNDS, REORDERING_PART, TIMER_MS } from "./limits.ts";

/** Grows when a late acknowledgement proves a guess wrong, shrinks when guesses were right for long. */
export class ReorderingWindow {
  #learntMs = 0;
  /** The round in which it last grew or shrank; `undefined`: it did not. */
  #changedRound: number | undefined;
  #hasGrown = false;

  /**
   * How long to wait beyond a round trip.
   *
   * @param leastMs the least round trip: without reordering a quarter of it is enough (RFC 8985)
   * @param mostMs nobody waits longer than that
   */
  widthMs(leastMs: number, mostMs: number): number {
    const widthMs = Math.max(REORDERING_PART * leastMs, TIMER_MS, this.#learntMs);
    return Math.min(widthMs, Math.max(mostMs, TIMER_MS));
  }

  /** A packet that counted as lost arrived, so much later than a round trip. */
  onLate(lateMs: number): void {
    if (lateMs <= this.#learntMs) return;
    this.#learntMs = lateMs * 1.25;
    this.#hasGrown = true;
  }

  /** Something is lost, in that round. */
  onLoss(round: number): void {
    if (this.#learntMs === 0) return;
    if (this.#hasGrown || this.#changedRound === undefined) {
      this.#hasGrown = false;
      this.#changedRound = round;
    } else if (round - this.#changedRound >= REORDERING_KEPT_ROUNDS) {
      this.#changedRound = round;
      this.#learntMs = this.#learntMs < TIMER_MS ? 0 : this.#learntMs / 2;
    }
  }

  /** Forgets what it learnt: of another path. */
  clear(): void {
    this.#learntMs = 0;
    this.#changedRound = undefined;
    this.#hasGrown = false;
  }
}
