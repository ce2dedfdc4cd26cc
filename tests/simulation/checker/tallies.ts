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
    equal(counters.limits.size, this.limits.size, "limits reached");
    for (const [name, count] of counters.limits) {
      equal(count, this.limits.get(name) ?? 0, `limit ${name}`);
    }
    equal(shown.sessionCount, memory.openSessionCount, "open sessions");
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

function checkKept(shown: PublicCounts, memory: Memory, { nowMs, clockMs }: Step): void {
  const { leases, openCount } = memory;
  let holding = leases.size;
  let lapsed = 0;
  for (const { untilMs } of leases.values()) {
    if (untilMs > nowMs) break;
    holding--;
    if (untilMs > clockMs) lapsed++;
  }
  demand(
    shown.leaseCount >= holding && shown.leaseCount <= holding + lapsed,
    "Registration: There is a lease for every key that was renewed in time, and no other.",
    () => `${shown.leaseCount} leases, counted ${holding} and ${lapsed} that have just ended`,
  );
  demand(
    shown.rosterSize >= Math.min(1, openCount) && shown.rosterSize <= 3 * openCount,
    "Leaving: Nothing is kept for the gone.",
    () => `${shown.rosterSize} entries for ${openCount} waiting sessions`,
  );
  demand(
    (shown.nextDeadlineMs === Infinity) === (shown.leaseCount === 0 && !hasOpen(memory)),
    "Limits and times: A deadline is set as long as anything can run out, and no longer.",
    () => `next at ${shown.nextDeadlineMs}`,
  );
}

function hasOpen(memory: Memory): boolean {
  for (const session of memory.sessions) if (session.isOpen) return true;
  return false;
}
