/**
 * Connections that have their last answer and wait for the peer to close.
 *
 * @module
 */

import type { Clock } from "../clock.ts";
import { LATE_MS, LINGER_MS, MAX_LINGERING } from "../limits.ts";

/** What can linger. */
export interface Closable {
  /** Closes at once. */
  close(): void;
}

const TURN_MS = LINGER_MS / 2;

/**
 * Closes what lingers too long: two generations and one timer for all of them. A member lives
 * through one whole turn of the timer and no more than two, so half to all of
 * {@linkcode LINGER_MS}; where more than {@linkcode MAX_LINGERING} do, the oldest go at once.
 */
export class Lingering {
  readonly #clock: Clock;
  #young = new Set<Closable>();
  #old = new Set<Closable>();
  #cancelTurn: (() => void) | undefined;
  #turnMs = 0;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Number of members. */
  get size(): number {
    return this.#young.size + this.#old.size;
  }

  /** Starts a member's time, unless it runs already. */
  add(member: Closable): void {
    if (!this.#old.has(member)) this.#young.add(member);
    if (this.size > MAX_LINGERING) this.#closeOldest();
    if (this.#cancelTurn === undefined) this.#schedule();
  }

  /** Forgets a member that is closed. */
  delete(member: Closable): void {
    if (!this.#young.delete(member)) this.#old.delete(member);
  }

  /** Closes every member at once and stops the timer. */
  closeAll(): void {
    this.turn();
    this.turn();
  }

  /** Closes those that were here at the last turn; the timer does it, and who is in a hurry. */
  turn(): void {
    for (const member of this.#old) member.close();
    this.#old = this.#young;
    this.#young = new Set();
    this.#cancelTurn?.();
    this.#cancelTurn = undefined;
    if (this.#old.size > 0) this.#schedule();
  }

  #closeOldest(): void {
    const [oldest] = this.#old.size > 0 ? this.#old : this.#young;
    this.delete(oldest);
    oldest.close();
  }

  #schedule(): void {
    this.#turnMs = this.#clock.nowMs() + TURN_MS;
    this.#cancelTurn = this.#clock.schedule(TURN_MS, () => {
      // While the process did not run, nobody could be seen to close.
      if (this.#clock.nowMs() - this.#turnMs > LATE_MS) this.#schedule();
      else this.turn();
    });
  }
}
