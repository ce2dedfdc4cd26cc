/**
 * Says that peers of the server's own network use its private address: the server then knows no
 * public endpoint of theirs to tell to others.
 *
 * @module
 */

import type { Clock } from "../clock.ts";
import { LAN_REPORT_INTERVAL_MS } from "../limits.ts";
import type { Counters } from "../rendezvous/counters.ts";
import type { Log } from "./log.ts";

/** Watches introductions of a private with a public address, and warns of them now and then. */
export class LanReport {
  readonly #counters: Counters;
  readonly #log: Log;
  readonly #clock: Clock;
  #reported = 0;
  #mutedUntilMs = -Infinity;

  constructor(counters: Counters, log: Log, clock: Clock) {
    this.#counters = counters;
    this.#log = log;
    this.#clock = clock;
  }

  /** Warns of introductions that no warning has told, unless there was one within the interval. */
  check(): void {
    const { privateToPublic } = this.#counters;
    if (privateToPublic === this.#reported) return;
    const nowMs = this.#clock.nowMs();
    if (nowMs < this.#mutedUntilMs) return;
    const introductions = privateToPublic - this.#reported;
    this.#reported = privateToPublic;
    this.#mutedUntilMs = nowMs + LAN_REPORT_INTERVAL_MS;
    this.#log.warn(
      `${howMany(introductions)} of a peer with a private address and one with a public address, ` +
        "who may not reach each other: peers in the server's own network should use its public name " +
        "or address, so that their router maps them",
      { private_to_public: introductions },
    );
  }
}

function howMany(introductions: number): string {
  return introductions === 1 ? "an introduction" : `${introductions} introductions`;
}
