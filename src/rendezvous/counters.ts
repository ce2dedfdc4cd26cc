/**
 * What happened, in numbers: every datagram by its fate, every response by its outcome, every limit
 * that was reached. The counts add up.
 *
 * @module
 */

import { ERROR_CODES, type ErrorCode, type RegistrationFault } from "../protocol/message.ts";

/** What became of a datagram. */
export type DatagramFate = "created" | "renewed" | RegistrationFault | "bad_source" | "over_limit";

/** Every {@linkcode DatagramFate}. */
export const DATAGRAM_FATES: readonly DatagramFate[] = [
  "created",
  "renewed",
  "too_long",
  "not_json",
  "not_object",
  "missing_peer_port",
  "bad_peer_port",
  "bad_token",
  "bad_source",
  "over_limit",
];

/** A limit, named like the flag that sets it. */
export type LimitName =
  | "max_sessions"
  | "max_leases"
  | "datagrams_per_address"
  | "datagrams_per_network"
  | "connections_per_address"
  | "connections_per_network"
  | "sessions_per_address"
  | "sessions_per_network"
  | "leases_per_address"
  | "leases_per_network";

/** Totals since the start. */
export class Counters {
  /** Datagrams by fate. */
  readonly datagrams = zeros(DATAGRAM_FATES);
  /** Final error responses by code. */
  readonly refusals = zeros<ErrorCode>(ERROR_CODES);
  /** Pairs of peers that were told each other's endpoints. */
  introductions = 0;
  /** Connections that became sessions. */
  connections = 0;
  /** How often each limit was reached. */
  readonly limits = new Map<LimitName, number>();
  /** How often any limit was reached. */
  limitsReached = 0;
  /** Introductions of a peer with a private address to one with a public address. */
  privateToPublic = 0;

  /** Counts a limit that was reached. */
  countLimit(name: LimitName): void {
    this.limitsReached++;
    this.limits.set(name, (this.limits.get(name) ?? 0) + 1);
  }
}

function zeros<Name extends string>(names: readonly Name[]): Record<Name, number> {
  return Object.fromEntries(names.map((name) => [name, 0])) as Record<Name, number>;
}
