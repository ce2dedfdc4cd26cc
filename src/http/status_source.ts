/**
 * What the room needs of the server: to look, and nothing else.
 *
 * @module
 */

import type { Counters, LimitName, SessionStage } from "../rendezvous/counters.ts";

/** One open session, for a page that shows peers. */
export interface ObservedSession {
  /** The peer's address as the server sees it. */
  readonly address: string;
  readonly stage: SessionStage;
  /** Seconds since it connected. */
  readonly ageS: number;
}

/** A server that is looked at. Every read costs the same, however much the server holds. */
export interface StatusSource {
  readonly program: string;
  readonly version: string;
  /** Where it listens. */
  readonly endpoints: readonly string[];
  readonly counters: Counters;
  readonly leases: number;
  readonly leasesInUse: number;
  /** Open sessions by how far they have come. */
  readonly sessions: Readonly<Record<SessionStage, number>>;
  /** Open TCP connections, those included that only wait for their peer to close. */
  readonly connections: number;
  /** Limits as they are now; 0 is none. */
  readonly limits: Readonly<Record<LimitName, number>>;
  /** The most sessions by the flag: the limit is lower while descriptors are short. */
  readonly maxSessionsByFlag: number;
  /** What to ask oneself when all peers come from one private address; else nothing. */
  readonly soleSourceQuestion: string | undefined;
  /** Whether it serves on, or is about to stop. */
  readonly phase: "serving" | "draining" | "stopping";
  /** Some open sessions, the oldest first. */
  observedSessions(most: number): ObservedSession[];
}

/** The number of open sessions. */
export function sessionCount({ sessions }: StatusSource): number {
  return Object.values(sessions).reduce((total, count) => total + count, 0);
}
