/**
 * How many sessions are open, in total and per network prefix.
 *
 * @module
 */

import type { PackedAddress } from "../address.ts";
import { PREFIX_TABLE_SLOTS } from "../limits.ts";
import type { Refusal } from "../protocol/message.ts";
import type { Counters, LimitName } from "./counters.ts";
import { hashPrefix, type PerPrefix, PREFIX_LEVELS, type PrefixLevel } from "./prefix.ts";
import { tooMany } from "./refusals.ts";

/** Numbers of sessions that an operator sets; 0 switches a limit per prefix off. */
export interface SessionSettings {
  readonly maxSessions: number;
  readonly sessionsPerPrefix: PerPrefix;
}

/** Counts sessions; those per prefix in constant memory, so that strangers may share a count. */
export class SessionCounts {
  readonly #limits: PerPrefix;
  readonly #counters: Counters;
  readonly #seed: number;
  readonly #counts: Readonly<Record<PrefixLevel, Int32Array>> = {
    address: new Int32Array(PREFIX_TABLE_SLOTS),
    network: new Int32Array(PREFIX_TABLE_SLOTS),
  };
  #total = 0;
  #maxSessions: number;

  /**
   * @param random32 source of secret 32-bit numbers
   * @param counters where reached limits are counted
   */
  constructor(settings: SessionSettings, random32: () => number, counters: Counters) {
    this.#limits = settings.sessionsPerPrefix;
    this.#maxSessions = settings.maxSessions;
    this.#counters = counters;
    this.#seed = random32();
  }

  /**
   * Counts a new session, unless it is over a limit.
   *
   * @returns why not, or `undefined` when it was counted; give it back with `close`
   */
  open(source: PackedAddress): Refusal | undefined {
    if (this.#total >= this.#maxSessions) {
      return this.#refuse("max_sessions", this.#maxSessions, "sessions");
    }
    for (const level of PREFIX_LEVELS) {
      const limit = this.#limits[level];
      if (limit === 0 || this.#counts[level][this.#cell(source, level)] < limit) continue;
      return this.#refuse(`sessions_per_${level}`, limit, `sessions of one ${level}`);
    }
    this.#change(source, 1);
    return undefined;
  }

  /** Gives a counted session back. */
  close(source: PackedAddress): void {
    this.#change(source, -1);
  }

  /** Whether there is certainly none from this address. */
  isZero(source: PackedAddress): boolean {
    return this.#counts.address[this.#cell(source, "address")] === 0;
  }

  /** Admits no more sessions than this from now on. */
  lowerMaxSessions(maxSessions: number): void {
    this.#maxSessions = Math.min(this.#maxSessions, maxSessions);
  }

  #change(source: PackedAddress, by: 1 | -1): void {
    this.#total += by;
    for (const level of PREFIX_LEVELS) this.#counts[level][this.#cell(source, level)] += by;
  }

  #refuse(name: LimitName, most: number, what: string): Refusal {
    this.#counters.countLimit(name);
    return tooMany(name, most, what);
  }

  #cell(source: PackedAddress, level: PrefixLevel): number {
    return hashPrefix(source, level, this.#seed) % PREFIX_TABLE_SLOTS;
  }
}
