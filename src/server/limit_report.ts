/**
 * Says that limits were reached: at once the first time, then once a minute with a count.
 *
 * @module
 */

import type { Clock } from "../clock.ts";
import { LIMIT_REPORT_INTERVAL_MS } from "../limits.ts";
import type { Log } from "./log.ts";
import type { Counters, LimitName } from "../rendezvous/counters.ts";

/** Watches the totals of limits and logs what was added. */
export class LimitReport {
  readonly #counters: Counters;
  readonly #log: Log;
  readonly #clock: Clock;
  readonly #reported = new Map<LimitName, number>();
  #reportedTotal = 0;
  #cancelNext: (() => void) | undefined;

  constructor(counters: Counters, log: Log, clock: Clock) {
    this.#counters = counters;
    this.#log = log;
    this.#clock = clock;
  }

  /** Reports, unless a report was made within the interval: then at its end. */
  check(): void {
    if (this.#cancelNext !== undefined || !this.#report()) return;
    this.#cancelNext = this.#clock.schedule(LIMIT_REPORT_INTERVAL_MS, () => {
      this.#cancelNext = undefined;
      this.check();
    });
  }

  /** Reports what no report has said yet, and schedules none. */
  stop(): void {
    this.#cancelNext?.();
    this.#cancelNext = undefined;
    this.#report();
  }

  /** Whether there was something to report. */
  #report(): boolean {
    const { limits, limitsReached } = this.#counters;
    if (limitsReached === this.#reportedTotal) return false;
    const added: Record<string, number> = {};
    for (const [name, total] of limits) {
      const more = total - (this.#reported.get(name) ?? 0);
      if (more > 0) added[name] = more;
      this.#reported.set(name, total);
    }
    this.#reportedTotal = limitsReached;
    const words = Object.entries(added).map(([name, count]) => `${name} ${howOften(count)}`);
    this.#log.info(`limits reached: ${words.join(", ")}`, added);
    return true;
  }
}

function howOften(count: number): string {
  return count === 1 ? "once" : `${count} times`;
}
