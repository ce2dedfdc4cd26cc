/**
 * The endpoints at which a remote peer may be reachable, and what probing them has shown.
 *
 * @module
 */

import { type Endpoint, familyOf, formatEndpoint, isUnicastSource } from "../../address.ts";
import type { Introduction } from "../../protocol/message.ts";
import { MAX_CANDIDATES, MAX_OUTSTANDING_PROBES } from "../limits.ts";
import type { PathKind, PathOrigin } from "../path.ts";

/** One endpoint of the remote peer. */
export interface Candidate {
  readonly endpoint: Endpoint;
  readonly kind: PathKind;
  readonly origin: PathOrigin;
  probesSent: number;
  /** Probes since the last answer. */
  unanswered: number;
  probedMs: number;
  /** When it last answered; `undefined` until it does. */
  answeredMs: number | undefined;
  /**
   * Where the last answer came from. A NAT that maps anew answers from elsewhere; probes sent to the
   * candidate arrive all the same.
   */
  answeredFrom: "itself" | "elsewhere";
  /** Smoothed; `undefined` until it answers. */
  roundTripMs: number | undefined;
  /** Whether a packet came from it. */
  heard: boolean;
  /** Until then it is probed quickly even while another path is in use. */
  checkUntilMs: number;
  /** To be probed as soon as the pace allows: the remote peer shows that it may answer now. */
  urgent: boolean;
  /** When each probe left that may still be answered, by sequence. */
  readonly outstanding: Map<number, number>;
}

/** Weight of a new sample in the smoothed round-trip time (RFC 6298). */
const SMOOTHING = 1 / 8;

/** All candidates of one remote peer. */
export class Candidates implements Iterable<Candidate> {
  readonly #byEndpoint = new Map<string, Candidate>();
  readonly #publicAddress: string;
  readonly #localAddresses: ReadonlySet<string>;

  /** Starts with what the server named; endpoints that can be nobody's are left out. */
  constructor({ dest, extension }: Introduction) {
    const family = familyOf(dest.address);
    const local = (extension?.destLocal ?? []).filter((endpoint) =>
      familyOf(endpoint.address) === family && isUnicastSource(endpoint)
    );
    this.#publicAddress = dest.address;
    this.#localAddresses = new Set(local.map(({ address }) => address));
    this.#add(dest, "public", "introduced");
    for (const endpoint of local) {
      if (!this.#byEndpoint.has(formatEndpoint(endpoint))) {
        this.#add(endpoint, "local", "introduced");
      }
    }
  }

  [Symbol.iterator](): Iterator<Candidate> {
    return this.#byEndpoint.values();
  }

  /** Notes that an authentic packet came from `source`. */
  hear(source: Endpoint): Candidate {
    const candidate = this.#byEndpoint.get(formatEndpoint(source)) ??
      this.#add(source, this.#kindOf(source), "seen");
    candidate.heard = true;
    return candidate;
  }

  /** Notes a probe. */
  probe(candidate: Candidate, sequence: number, nowMs: number): void {
    candidate.probesSent++;
    candidate.unanswered++;
    candidate.probedMs = nowMs;
    candidate.urgent = false;
    candidate.outstanding.set(sequence, nowMs);
    if (candidate.outstanding.size > MAX_OUTSTANDING_PROBES) {
      const oldest = candidate.outstanding.keys().next().value as number;
      candidate.outstanding.delete(oldest);
    }
  }

  /**
   * Notes an authentic answer.
   *
   * @returns the candidate whose probe it answers: what is sent there arrives. `undefined` when the
   * probe is not known any more
   */
  answer(source: Endpoint, echo: number, nowMs: number): Candidate | undefined {
    const candidate = [...this].find(({ outstanding }) => outstanding.has(echo));
    if (candidate === undefined) return undefined;
    const isItself = formatEndpoint(candidate.endpoint) === formatEndpoint(source);
    const sentMs = candidate.outstanding.get(echo) as number;
    const sampleMs = nowMs - sentMs;
    candidate.roundTripMs = candidate.roundTripMs === undefined
      ? sampleMs
      : candidate.roundTripMs + SMOOTHING * (sampleMs - candidate.roundTripMs);
    for (const sequence of candidate.outstanding.keys()) {
      if (sequence <= echo) candidate.outstanding.delete(sequence);
    }
    candidate.unanswered = 0;
    candidate.urgent = false;
    candidate.answeredMs = nowMs;
    candidate.answeredFrom = isItself ? "itself" : "elsewhere";
    if (isItself) candidate.heard = true;
    return candidate;
  }

  /** Whether a local path may still answer. */
  get hopesForLocal(): boolean {
    return [...this].some(({ kind, answeredMs }) => kind === "local" && answeredMs === undefined);
  }

  #add(
    endpoint: Endpoint,
    kind: PathKind,
    origin: PathOrigin,
  ): Candidate {
    const key = formatEndpoint(endpoint);
    if (this.#byEndpoint.size >= MAX_CANDIDATES) this.#forgetOne();
    const candidate: Candidate = {
      endpoint,
      kind,
      origin,
      probesSent: 0,
      unanswered: 0,
      probedMs: -Infinity,
      answeredMs: undefined,
      answeredFrom: "elsewhere",
      roundTripMs: undefined,
      heard: false,
      checkUntilMs: -Infinity,
      urgent: false,
      outstanding: new Map(),
    };
    this.#byEndpoint.set(key, candidate);
    return candidate;
  }

  /**
   * A NAT that maps anew all the time must not fill the table. Of the seen ones, those that never
   * answered go first, and of these the one that was probed longest ago.
   */
  #forgetOne(): void {
    const worth = ({ answeredMs = -Infinity, probedMs }: Candidate) => [answeredMs, probedMs];
    const [least] = [...this]
      .filter(({ origin }) => origin === "seen")
      .toSorted((a, b) => compare(worth(a), worth(b)));
    this.#byEndpoint.delete(formatEndpoint(least.endpoint));
  }

  #kindOf({ address }: Endpoint): PathKind {
    if (address === this.#publicAddress) return "public";
    return this.#localAddresses.has(address) || isPrivate(address) ? "local" : "public";
  }
}

/** Addresses that never are on the internet (RFC 6890), as far as a path may use them. */
const PRIVATE = /^(?:10\.|127\.|169\.254\.|192\.168\.|172\.(?:1[6-9]|2\d|3[01])\.|f[cd]|fe[89ab])/;

function isPrivate(address: string): boolean {
  return PRIVATE.test(address) || address === "::1";
}

function compare([a0, a1]: number[], [b0, b1]: number[]): number {
  return a0 === b0 ? Number(a1 > b1) - Number(a1 < b1) : Number(a0 > b0) - Number(a0 < b0);
}
