/**
 * What happened, in numbers: every datagram by its fate, every response by its outcome, every limit
 * that was reached. The counts add up.
 *
 * @module
 */

import type { Family } from "../address.ts";
import {
  ERROR_CODES,
  type ErrorCode,
  type RegistrationFault,
  type RemoteRequest,
  type Request,
} from "../protocol/message.ts";
import { FixedHistogram } from "./fixed_histogram.ts";

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

/** What became of the bytes of a session: a request of some type, or none. */
export type RequestType = Request["connectionType"] | "malformed";

/** Every {@linkcode RequestType}. */
const REQUEST_TYPES: readonly RequestType[] = [
  "Server",
  "Client",
  "Peer",
  "KeepAlive",
  "malformed",
];

/** How far a session has come. */
export type SessionStage =
  /** It has asked for nothing yet. */
  | "connected"
  /** It asked, and its datagram is awaited. */
  | "registering"
  /** A host, which clients find. */
  | "hosting"
  /** A Peer or Client that waits for whom it asked for. */
  | "waiting";

/** By whose request an introduction came about. */
export type IntroductionMode = RemoteRequest["connectionType"];

/** Every {@linkcode LimitName}, in the order of the flags. */
export const LIMIT_NAMES = [
  "max_sessions",
  "max_leases",
  "datagrams_per_address",
  "datagrams_per_network",
  "connections_per_address",
  "connections_per_network",
  "sessions_per_address",
  "sessions_per_network",
  "leases_per_address",
  "leases_per_network",
] as const;

/** A limit, named like the flag that sets it. */
export type LimitName = typeof LIMIT_NAMES[number];

/**
 * Bounds for the time from a request to its introduction: a round trip for the datagram, the 100 ms
 * of a stale lease, the pauses after which peers repeat a lost datagram, and a whole lease.
 */
const INTRODUCTION_BOUNDS_MS = [1, 5, 10, 25, 50, 100, 250, 500, 1_000, 2_500, 5_000, 30_000];

/** Totals since the start. */
export class Counters {
  /** Datagrams by fate. */
  readonly datagrams = zeros(DATAGRAM_FATES);
  /** Final error responses by code. */
  readonly refusals = zeros<ErrorCode>(ERROR_CODES);
  /** Requests by type; those that an ended or waiting session makes beyond its own are ignored. */
  readonly requests = zeros(REQUEST_TYPES);
  /** Answers to KeepAlives. */
  keepAlivesAnswered = 0;
  /** Pairs of peers that were told each other's endpoints. */
  introductions = 0;
  /** The same by mode and IP version. */
  readonly introductionsBy: Readonly<Record<IntroductionMode, Record<Family, number>>> = {
    Client: { IPv4: 0, IPv6: 0 },
    Peer: { IPv4: 0, IPv6: 0 },
  };
  /** How long each of them took from the later of the two requests. */
  readonly introductionTimes = new FixedHistogram(INTRODUCTION_BOUNDS_MS);
  /** Connections that became sessions. */
  connections = 0;
  /** How often each limit was reached. */
  readonly limits = new Map<LimitName, number>();
  /** How often any limit was reached. */
  limitsReached = 0;
  /** Introductions of a peer with a private address to one with a public address. */
  privateToPublic = 0;

  /**
   * Counts an introduction.
   *
   * @param tookMs milliseconds since the later of the two requests
   */
  countIntroduction(mode: IntroductionMode, family: Family, tookMs: number): void {
    this.introductions++;
    this.introductionsBy[mode][family]++;
    this.introductionTimes.observe(tookMs);
  }

  /** Counts a limit that was reached. */
  countLimit(name: LimitName): void {
    this.limitsReached++;
    this.limits.set(name, (this.limits.get(name) ?? 0) + 1);
  }
}

function zeros<Name extends string>(names: readonly Name[]): Record<Name, number> {
  return Object.fromEntries(names.map((name) => [name, 0])) as Record<Name, number>;
}
