/**
 * Who is let in: the rates of datagrams and connections per network prefix, and the places for
 * sessions.
 *
 * @module
 */

import { type Address, packAddress, type PackedAddress } from "../address.ts";
import type { Refusal } from "../protocol/message.ts";
import type { LimitName } from "./counters.ts";
import type { Journal } from "./journal.ts";
import type { PerPrefix } from "./prefix.ts";
import { PrefixRate } from "./prefix_rate.ts";
import { tooMany } from "./refusals.ts";
import type { Session } from "./session.ts";
import { SessionShares } from "./session_shares.ts";

/** Limits that an operator sets; 0 switches one per prefix off. */
export interface AdmissionSettings {
  readonly maxSessions: number;
  readonly datagramsPerSecond: PerPrefix;
  readonly connectionsPerSecond: PerPrefix;
  readonly sessionsPerPrefix: PerPrefix;
}

/** What a new connection meets. */
export type Welcome =
  | { readonly kind: "refused"; readonly refusal: Refusal; readonly limit: LimitName }
  /** There is a place as soon as `displaced`, if anybody, has been told and removed. */
  | { readonly kind: "admitted"; readonly displaced: Session | undefined };

/** Counts what comes in and refuses what is too much. */
export class Admission {
  /** Who has a place. */
  readonly shares: SessionShares<Session>;
  readonly #settings: AdmissionSettings;
  readonly #journal: Journal;
  readonly #datagramRate: PrefixRate;
  readonly #connectionRate: PrefixRate;

  /**
   * @param random32 source of secret 32-bit numbers
   * @param journal where reached limits are counted
   */
  constructor(settings: AdmissionSettings, random32: () => number, journal: Journal) {
    this.shares = new SessionShares({ ...settings, random32 });
    this.#settings = settings;
    this.#journal = journal;
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
    this.#journal.limitReached(limit);
    return limit;
  }

  /** Counts a connection, unless its source is over a rate, and finds a place for it. */
  welcome(address: Address, nowMs: number): Welcome {
    const level = this.#connectionRate.take(packAddress(address), nowMs);
    if (level !== undefined) {
      const most = this.#settings.connectionsPerSecond[level];
      return this.#refuse(
        `connections_per_${level}`,
        most,
        `new connections per s of one ${level}`,
      );
    }
    const place = this.shares.place(address, nowMs);
    switch (place.kind) {
      case "free":
        return { kind: "admitted", displaced: undefined };
      case "over_limit": {
        const most = this.#settings.sessionsPerPrefix[place.level];
        return this.#refuse(`sessions_per_${place.level}`, most, `sessions of one ${place.level}`);
      }
      case "full":
        return this.#refuse("max_sessions", this.shares.maxSessions, "sessions");
      case "given_up":
        this.#journal.limitReached("max_sessions");
        return { kind: "admitted", displaced: place.by };
    }
  }

  /** Admits no more sessions than this from now on. */
  lowerMaxSessions(maxSessions: number): void {
    this.shares.maxSessions = Math.min(this.shares.maxSessions, maxSessions);
  }

  /** Admits `count` more sessions, as far as the settings allow. */
  raiseMaxSessions(count: number): "fewer than allowed" | "as many as allowed" {
    this.shares.maxSessions += count;
    return this.shares.maxSessions < this.#settings.maxSessions
      ? "fewer than allowed"
      : "as many as allowed";
  }

  #refuse(name: LimitName, most: number, what: string): Welcome {
    this.#journal.limitReached(name);
    return { kind: "refused", refusal: tooMany(name, most, what), limit: name };
  }
}
