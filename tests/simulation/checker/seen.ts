/**
 * What came from the address of a session that waits for its lease, and what `no_lease` must
 * therefore say.
 *
 * @module
 */

import type { PeerPort } from "../../../src/protocol/message.ts";
import type { DatagramMeaning } from "./gate.ts";

/** "What was dropped so shortly before may have been meant for the request." */
const RECENTLY_MS = 10_000;

/** Datagrams of one address that were dropped, each at most 10 s before the next. */
export class DropsOf {
  #count = 0;
  #lastMs = -Infinity;
  #reason = "";

  /** One more. */
  drop(reason: string, nowMs: number): void {
    this.#count = this.#isRecent(nowMs) ? this.#count + 1 : 1;
    this.#lastMs = nowMs;
    this.#reason = reason;
  }

  /** Counts them for a session that asks now. */
  countFor(seen: SeenOf, nowMs: number): void {
    if (this.#isRecent(nowMs)) seen.droppedBefore(this.#count, this.#reason);
  }

  #isRecent(nowMs: number): boolean {
    return nowMs - this.#lastMs <= RECENTLY_MS;
  }
}

/** Counted for each session by itself, from its request on and a moment before. */
export class SeenOf {
  taken = 0;
  /** Dropped before the request. The server keeps those of a few thousand addresses only. */
  before = 0;
  dropped = 0;
  lastReason = "";
  refused = 0;
  lastLimit = "";
  withToken = 0;
  withoutToken = 0;

  /** A datagram that was dropped for what it is. */
  drop(reason: string): void {
    this.dropped++;
    this.lastReason = reason;
  }

  /** So many were dropped just before the request. */
  droppedBefore(count: number, reason: string): void {
    this.before = count;
    this.lastReason = reason;
  }

  /** One that a limit kept out. */
  refuse(limit: string): void {
    this.refused++;
    this.lastLimit = limit;
  }

  /** One that made or renewed a lease. */
  take(meaning: DatagramMeaning, peerPort: PeerPort): void {
    this.taken++;
    if ("fault" in meaning || meaning.peerPort !== peerPort) return;
    if (meaning.token === undefined) this.withoutToken++;
    else this.withToken++;
  }

  /** "Where no datagram of an address was taken ... and some were refused for a limit". */
  get code(): "busy" | "no_lease" {
    return this.refused > 0 && this.taken === 0 ? "busy" : "no_lease";
  }

  /**
   * Whether an explanation says what was seen, and nothing else.
   *
   * @param ownToken that of the session
   */
  isSaidBy(explanation: string, ownToken: string | undefined): boolean {
    const limit = `refused for the limit ${this.lastLimit}`;
    if (this.code === "busy") return says(explanation, this.refused, limit);
    const another = ownToken === undefined ? "with a Token" : "with another Token";
    const dropped = `dropped, the last: ${this.lastReason}`;
    const observations = [
      [[this.withToken], another],
      [[ownToken === undefined ? 0 : this.withoutToken], "without a Token"],
      [Array.from({ length: this.before + 1 }, (_, i) => this.dropped + i), dropped],
      [[this.refused], limit],
    ] as const;
    const clauses = explanation.split("; ").slice(1);
    const said = observations.filter(([counts, words]) =>
      counts.some((count) => clauses.some((clause) => count > 0 && says(clause, count, words)))
    );
    return clauses.length === said.length &&
      observations.every((each) => said.includes(each) || each[0].includes(0));
  }
}

function says(clause: string, count: number, words: string): boolean {
  return new RegExp(`(^|, )${count} `).test(clause) && clause.endsWith(words);
}
