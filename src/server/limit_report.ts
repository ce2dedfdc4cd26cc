/**
 * Says that limits were reached: at once the first time, then once a minute with a count.
 *
 * @module
 */

import type { Clock } from "../clock.ts";
import { LIMIT_REPORT_INTERVAL_MS } from "../limits.ts";
import type { Log } from "./log.ts";
import type { LimitName } from "../rendezvous/counters.ts";

/** Watches the totals of limits and logs what was added. */
export class LimitReport {
  readonly #totals: ReadonlyMap<LimitName, number>;
  readonly #log: Log;
  readonly #clock: Clock;
  readonly #reported = new Map<LimitName, number>();
  #reportedSum = 0;
  #cancelNext: (() => void) | undefined;

  /** @param totals how often each limit was reached since the start */
  constructor(totals: ReadonlyMap<LimitName, number>, log: Log, clock: Clock) {
    this.#totals = totals;
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

  #sum(): number {
    let sum = 0;
    for (const total of this.#totals.values()) sum += total;
    return sum;
  }

  /** Whether there was something to report. */
  #report(): boolean {
    const sum = this.#sum();
    if (sum === this.#reportedSum) return false;
    const added: Record<string, number> = {};
    for (const [name, total] of this.#totals) {
      const more = total - (this.#reported.get(name) ?? 0);
      if (more > 0) added[name] = more;
      this.#reported.set(name, total);
    }
    this.#reportedSum = sum;
    const words = Object.entries(added).map(([name, count]) => `${name} ${howOften(count)}`);
    this.#log.info(`limits reached: ${words.join(", ")}`, added);
    return true;
  }
}

function howOften(count: number): string {
  return count === 1 ? "once" : `${count} times`;
}
