/**
 * Ends output that nobody takes.
 *
 * @module
 */

import type { Clock } from "../clock.ts";
import { LATE_MS, OUTPUT_CHECK_MS, OUTPUT_STALL_MS } from "../limits.ts";
import type { Closable } from "./lingering.ts";

/** A connection whose output is being written. */
export interface Writing extends Closable {
  /** When the peer's system last took something, or the writing began. */
  progressMs: number;
}

/** Closes a connection that took no byte for {@linkcode OUTPUT_STALL_MS}; one timer for all. */
export class StallWatch {
  readonly #clock: Clock;
  readonly #writing = new Set<Writing>();
  #cancelCheck: (() => void) | undefined;
  #checkMs = 0;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Output begins to be written, or goes on. */
  progress(connection: Writing): void {
    connection.progressMs = this.#clock.nowMs();
    this.#writing.add(connection);
    if (this.#cancelCheck === undefined) this.#schedule();
  }

  /** Nothing is left to be written. */
  done(connection: Writing): void {
    this.#writing.delete(connection);
  }

  /** Watches no more. */
  stop(): void {
    this.#cancelCheck?.();
    this.#cancelCheck = undefined;
  }

  #schedule(): void {
    this.#checkMs = this.#clock.nowMs() + OUTPUT_CHECK_MS;
    this.#cancelCheck = this.#clock.schedule(OUTPUT_CHECK_MS, () => this.#check());
  }

  #check(): void {
    this.#cancelCheck = undefined;
    const nowMs = this.#clock.nowMs();
    const isLate = nowMs - this.#checkMs > LATE_MS;
    for (const connection of this.#writing) {
      // While the process did not run, nobody's progress could be seen.
      if (isLate) connection.progressMs = nowMs;
      else if (nowMs - connection.progressMs >= OUTPUT_STALL_MS) connection.close();
    }
    if (this.#writing.size > 0) this.#schedule();
  }
}
