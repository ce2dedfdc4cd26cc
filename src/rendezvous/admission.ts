/**
 * Who is let in: limits on datagrams, connections and sessions, in total and per network prefix.
 *
 * @module
 */

import type { Address } from "../address.ts";
import type { Refusal } from "../protocol/message.ts";
import type { Counters, LimitName } from "./counters.ts";
import type { PerPrefix } from "./prefix.ts";
import { type PrefixCells, PrefixGauge, type PrefixHash, PrefixRate } from "./prefix_limits.ts";
import { limitReached } from "./refusals.ts";

/** Limits that an operator sets; 0 switches a limit per prefix off. */
export interface AdmissionSettings {
  readonly maxSessions: number;
  readonly datagramsPerSecond: PerPrefix;
  readonly connectionsPerSecond: PerPrefix;
  readonly sessionsPerPrefix: PerPrefix;
}

/** Counts what comes in and refuses what is too much. */
export class Admission {
  readonly #settings: AdmissionSettings;
  readonly #prefixes: PrefixHash;
  readonly #counters: Counters;
  readonly #datagramRate: PrefixRate;
  readonly #connectionRate: PrefixRate;
  readonly #sessions: PrefixGauge;
  #sessionCount = 0;
  #maxSessions: number;

  /** @param counters where reached limits are counted */
  constructor(settings: AdmissionSettings, prefixes: PrefixHash, counters: Counters) {
    this.#settings = settings;
    this.#prefixes = prefixes;
    this.#counters = counters;
    this.#datagramRate = new PrefixRate(settings.datagramsPerSecond);
    this.#connectionRate = new PrefixRate(settings.connectionsPerSecond);
    this.#sessions = new PrefixGauge(settings.sessionsPerPrefix);
    this.#maxSessions = settings.maxSessions;
  }

  /** Whether a datagram is within the rates; `cells` are those of its source. */
  admitsDatagram(cells: PrefixCells, nowMs: number): boolean {
    const level = this.#datagramRate.take(cells, nowMs);
    if (level !== undefined) this.#counters.countLimit(`datagrams_per_${level}`);
    return level === undefined;
  }

  /** Whether there is certainly no session from the address of `cells`. */
  isWithoutSessions(cells: PrefixCells): boolean {
    return this.#sessions.isZero(cells);
  }

  /**
   * Counts a new session, unless it is over a limit.
   *
   * @returns why not, or `undefined` when it was counted; give it back with `sessionClosed`
   */
  openSession(address: Address, nowMs: number): Refusal | undefined {
    const cells = this.#prefixes.locate(address);
    const rate = this.#connectionRate.take(cells, nowMs);
    if (rate !== undefined) {
      const limit = this.#settings.connectionsPerSecond[rate];
      return this.#busy(`connections_per_${rate}`, limit, `new connections per s of one ${rate}`);
    }
    if (this.#sessionCount >= this.#maxSessions) {
      return this.#busy("max_sessions", this.#maxSessions, "sessions");
    }
    const level = this.#sessions.exceeded(cells);
    if (level !== undefined) {
      const limit = this.#settings.sessionsPerPrefix[level];
      return this.#busy(`sessions_per_${level}`, limit, `sessions of one ${level}`);
    }
    this.#sessionCount++;
    this.#sessions.add(cells);
    return undefined;
  }

  /** Gives a counted session back. */
  sessionClosed(address: Address): void {
    this.#sessionCount--;
    this.#sessions.remove(this.#prefixes.locate(address));
  }

  /** Sessions that are admitted at the same time. */
  get maxSessions(): number {
    return this.#maxSessions;
  }

  /** Admits no more sessions than this from now on. */
  lowerMaxSessions(maxSessions: number): void {
    this.#maxSessions = Math.min(this.#maxSessions, maxSessions);
  }

  /** Admits `count` more sessions, as far as the settings allow. */
  raiseMaxSessions(count: number): "fewer than allowed" | "as many as allowed" {
    const allowed = this.#settings.maxSessions;
    this.#maxSessions = Math.min(this.#maxSessions + count, allowed);
    return this.#maxSessions < allowed ? "fewer than allowed" : "as many as allowed";
  }

  #busy(name: LimitName, limit: number, what: string): Refusal {
    this.#counters.countLimit(name);
    return limitReached(`expected at most ${limit} ${what} (${name}), this is one more`);
  }
}
