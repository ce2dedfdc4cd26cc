/**
 * Connections that have their last answer and wait for the peer to close.
 *
 * @module
 */

import { LINGER_MS } from "../limits.ts";

/** What can linger. */
export interface Closable {
  /** Closes at once. */
  close(): void;
}

/**
 * Closes what lingers too long: two generations and one timer for all of them. A member lives
 * through one whole turn of the timer and no more than two, so half to all of
 * {@linkcode LINGER_MS}.
 */
export class Lingering {
  #young = new Set<Closable>();
  #old = new Set<Closable>();
  #timer: ReturnType<typeof setInterval> | undefined;

  /** Number of members. */
  get size(): number {
    return this.#young.size + this.#old.size;
  }

  /** Starts a member's time, unless it runs already. */
  add(member: Closable): void {
    if (!this.#old.has(member)) this.#young.add(member);
    this.#timer ??= setInterval(() => this.turn(), LINGER_MS / 2);
  }

  /** Forgets a member that is closed. */
  delete(member: Closable): void {
    if (!this.#young.delete(member)) this.#old.delete(member);
  }

  /** Closes every member at once and stops the timer. */
  closeAll(): void {
    for (const member of [...this.#old, ...this.#young]) member.close();
    this.#old.clear();
    this.#young.clear();
    this.#stopTimer();
  }

  /** Closes those that were here at the last turn; the timer does it, and who is in a hurry. */
  turn(): void {
    for (const member of this.#old) member.close();
    this.#old = this.#young;
    this.#young = new Set();
    if (this.#old.size === 0) this.#stopTimer();
  }

  #stopTimer(): void {
    clearInterval(this.#timer);
    this.#timer = undefined;
  }
}
