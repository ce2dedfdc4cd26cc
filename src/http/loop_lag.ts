/**
 * How late timers ring: what everything else that this thread does waits for as well.
 *
 * @module
 */

import type { Clock } from "../clock.ts";

/** How often it is measured. */
const INTERVAL_MS = 500;
/** So many measurements are remembered: the ten seconds between two samples of the history. */
const REMEMBERED = 20;

/** Measures the lag of the event loop until it is stopped. */
export class LoopLag {
  readonly #clock: Clock;
  readonly #lagsMs = new Array<number>(REMEMBERED).fill(0);
  #next = 0;
  #cancel: () => void;

  constructor(clock: Clock) {
    this.#clock = clock;
    this.#cancel = this.#schedule();
  }

  /** The largest lag of the last ten seconds, in milliseconds. */
  get largestMs(): number {
    return Math.max(...this.#lagsMs);
  }

  /** Measures no more. */
  stop(): void {
    this.#cancel();
  }

  #schedule(): () => void {
    const dueMs = this.#clock.nowMs() + INTERVAL_MS;
    return this.#clock.schedule(INTERVAL_MS, () => {
      this.#lagsMs[this.#next] = Math.max(0, this.#clock.nowMs() - dueMs);
      this.#next = (this.#next + 1) % REMEMBERED;
      this.#cancel = this.#schedule();
    });
  }
}
