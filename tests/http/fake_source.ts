/**
 * A server that is only looked at, in the hands of a test.
 *
 * @module
 */

import type { ObservedSession, StatusSource } from "../../src/http/status_source.ts";
import { Counters, LIMIT_NAMES, type LimitName } from "../../src/rendezvous/counters.ts";

/** Nothing happens in it but what a test writes. */
export class FakeSource implements StatusSource {
  program = "containment_breach";
  version = "1.2.3";
  endpoints = ["192.0.2.1:6969"];
  counters = new Counters();
  leases = 0;
  leasesInUse = 0;
  sessions = { connected: 0, registering: 0, hosting: 0, waiting: 0 };
  connections = 0;
  limits = {
    ...Object.fromEntries(LIMIT_NAMES.map((name) => [name, 0])) as Record<LimitName, number>,
    max_sessions: 100,
    max_leases: 1_000,
  };
  maxSessionsByFlag = 100;
  soleSourceQuestion: string | undefined;
  phase: StatusSource["phase"] = "serving";
  observed: ObservedSession[] = [];

  observedSessions(most: number): ObservedSession[] {
    return this.observed.slice(0, most);
  }
}
