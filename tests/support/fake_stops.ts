/**
 * Stop signals in the hands of a test.
 *
 * @module
 */

import type { Stops, StopSignal } from "../../src/cli/stop_signals.ts";

/** Signals that a test sends. */
export class FakeStops implements Stops {
  #waiting: ((signal: StopSignal | undefined) => void) | undefined;
  /** Whom the program wants to be told of ignored signals. */
  told: (signal: StopSignal) => void = () => {};

  next(): Promise<StopSignal>;
  next(until?: AbortSignal): Promise<StopSignal | undefined>;
  next(until?: AbortSignal): Promise<StopSignal | undefined> {
    return new Promise((resolve) => {
      this.#waiting = resolve;
      until?.addEventListener("abort", () => this.receive(undefined));
    });
  }

  onIgnored(told: (signal: StopSignal) => void): void {
    this.told = told;
  }

  /** Sends a signal. @returns whether somebody waited for it */
  receive(signal: StopSignal | undefined): boolean {
    const waiting = this.#waiting;
    this.#waiting = undefined;
    waiting?.(signal);
    return waiting !== undefined;
  }
}
