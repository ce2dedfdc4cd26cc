/**
 * Counters must add up, and nothing may be kept for those who are gone.
 *
 * @module
 */

import { ERROR_CODES, type ErrorCode } from "../../../src/protocol/message.ts";
import {
  type Counters,
  DATAGRAM_FATES,
  type DatagramFate,
} from "../../../src/rendezvous/counters.ts";
import type { Memory } from "./memory.ts";
import type { Step } from "./step.ts";
import { demand } from "./violation.ts";

/** What the server shows to everybody: numbers. */
export interface PublicCounts {
  readonly counters: Counters;
  readonly leaseCount: number;
  readonly sessionCount: number;
  readonly rosterSize: number;
  readonly nextDeadlineMs: number;
}

/** The same numbers, counted by the checker. */
export class Tallies {
  readonly fates = new Map<DatagramFate, number>();
  readonly refusals = new Map<ErrorCode, number>();
  readonly limits = new Map<string, number>();
  connections = 0;
  introductions = 0;
  /** Of these, by a host's name, by two Peers' names, and at a meeting point. */
  readonly byName = { hosts: 0, pairs: 0, meetings: 0 };
  /** Sessions that were taken over from another address. */
  moves = 0;
  /** Answered KeepAlives. */
  answers = 0;
  /** Sessions whose place a newcomer took. */
  gaveWay = 0;
  /** Steps at which lost time held back what was due. */
  heldBack = 0;

  /** Compares with what the server shows. */
  check(shown: PublicCounts, memory: Memory, step: Step): void {
    const { counters } = shown;
    for (const fate of DATAGRAM_FATES) {
      equal(counters.datagrams[fate], this.fates.get(fate) ?? 0, `datagrams ${fate}`);
    }
    for (const code of ERROR_CODES) {
      equal(counters.refusals[code], this.refusals.get(code) ?? 0, `refusals ${code}`);
    }
    equal(counters.connections, this.connections, "connections");
    equal(counters.introductions, this.introductions, "introductions");
    equal(counters.keepAlivesAnswered, this.answers, "answered KeepAlives");
    equal(counters.limits.size, this.limits.size, "limits reached");
    for (const [name, count] of counters.limits) {
      equal(count, this.limits.get(name) ?? 0, `limit ${name}`);
    }
    equal(shown.sessionCount, memory.sessions.size, "open sessions");
    checkKept(shown, memory, step);
  }
}

/** Counts one more. */
export function tally<Key>(counts: Map<Key, number>, key: Key): void {
  counts.set(key, (counts.get(key) ?? 0) + 1);
}

function equal(shown: number, counted: number, what: string): void {
  demand(
    shown === counted,
    "Registration: Counters add up.",
    () => `${what}: ${shown}, counted ${counted}`,
  );
}

function checkKept(shown: PublicCounts, memory: Memory, { clockMs }: Step): void {
  const { leases, openCount } = memory;
  const [oldest] = leases.values();
  demand(
    shown.leaseCount === leases.size && (oldest === undefined || oldest.untilMs > clockMs),
    "Registration: There is a lease for every key that was renewed in time, and no other.",
    () => `${shown.leaseCount} leases, counted ${leases.size}, the oldest until ${oldest?.untilMs}`,
  );
  demand(
    shown.rosterSize >= Math.min(1, openCount) && shown.rosterSize <= 3 * openCount,
    "Leaving: Nothing is kept for the gone.",
    () => `${shown.rosterSize} entries for ${openCount} waiting sessions`,
  );
  demand(
    (shown.nextDeadlineMs === Infinity) ===
      (shown.leaseCount === 0 && memory.sessions.size === 0),
    "Limits and times: A deadline is set as long as anything can run out, and no longer.",
    () => `next at ${shown.nextDeadlineMs}`,
  );
}
