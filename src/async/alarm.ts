/**
 * One timer for everything that is due.
 *
 * @module
 */

import type { Clock } from "../clock.ts";

/** Rings when the earliest of many deadlines is reached; the deadlines are somebody else's. */
export class Alarm {
  readonly #clock: Clock;
  readonly #nextMs: () => number;
  readonly #ring: (nowMs: number) => void;
  #setForMs = Infinity;
  #cancel: (() => void) | undefined;

  /**
   * @param nextMs the earliest deadline, or `Infinity`
   * @param ring does what is due
   */
  constructor(clock: Clock, nextMs: () => number, ring: (nowMs: number) => void) {
    this.#clock = clock;
    this.#nextMs = nextMs;
    this.#ring = ring;
  }

  /** Looks at the deadline again; call it after anything that may have brought it nearer. */
  check(): void {
    const dueMs = this.#nextMs();
    // A timer that rings too early finds nothing due and is set again.
    if (dueMs >= this.#setForMs) return;
    this.#cancel?.();
    this.#setForMs = dueMs;
    this.#cancel = this.#clock.schedule(dueMs - this.#clock.nowMs(), () => {
      this.#setForMs = Infinity;
      this.#ring(this.#clock.nowMs());
      this.check();
    });
  }

  /** Rings no more, whatever is due. */
  stop(): void {
    this.#cancel?.();
    this.#setForMs = -Infinity;
  }
}
