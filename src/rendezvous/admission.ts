/**
 * Who is let in: the rates of datagrams and connections per network prefix.
 *
 * @module
 */

import type { PackedAddress } from "../address.ts";
import type { Refusal } from "../protocol/message.ts";
import type { Counters, LimitName } from "./counters.ts";
import type { PerPrefix, PrefixLevel } from "./prefix.ts";
import { PrefixRate } from "./prefix_rate.ts";
import { tooMany } from "./refusals.ts";

/** Limits per prefix that an operator sets; 0 switches one off. */
export interface AdmissionSettings {
  readonly datagramsPerSecond: PerPrefix;
  readonly connectionsPerSecond: PerPrefix;
  readonly sessionsPerPrefix: PerPrefix;
}

/** Counts what comes in and refuses what is too much. */
export class Admission {
  readonly #settings: AdmissionSettings;
  readonly #counters: Counters;
  readonly #datagramRate: PrefixRate;
  readonly #connectionRate: PrefixRate;

  /**
   * @param random32 source of secret 32-bit numbers
   * @param counters where reached limits are counted
   */
  constructor(settings: AdmissionSettings, random32: () => number, counters: Counters) {
    this.#settings = settings;
    this.#counters = counters;
    this.#datagramRate = new PrefixRate(settings.datagramsPerSecond, random32);
    this.#connectionRate = new PrefixRate(settings.connectionsPerSecond, random32);
  }

  /**
   * Counts a datagram, whatever is in it, unless its source is over a rate.
   *
   * @returns the limit that refuses it, or `undefined` when it was counted
   */
  refuseDatagram(source: PackedAddress, nowMs: number): LimitName | undefined {
    const level = this.#datagramRate.take(source, nowMs);
    if (level === undefined) return undefined;
    const limit: LimitName = `datagrams_per_${level}`;
    this.#counters.countLimit(limit);
    return limit;
  }

  /**
   * Counts a connection, unless its source is over a rate.
   *
   * @returns why it is refused, or `undefined` when it was counted
   */
  refuseConnection(source: PackedAddress, nowMs: number): Refusal | undefined {
    const level = this.#connectionRate.take(source, nowMs);
    if (level === undefined) return undefined;
    const name: LimitName = `connections_per_${level}`;
    this.#counters.countLimit(name);
    const most = this.#settings.connectionsPerSecond[level];
    return tooMany(name, most, `new connections per s of one ${level}`);
  }

  /** Counts a connection that is refused because its prefix holds as many as the operator allows. */
  tooManySessions(level: PrefixLevel): Refusal {
    const name: LimitName = `sessions_per_${level}`;
    this.#counters.countLimit(name);
    return tooMany(name, this.#settings.sessionsPerPrefix[level], `sessions of one ${level}`);
  }
}
