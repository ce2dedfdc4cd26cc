/**
 * The endpoints at which a remote peer may be reachable, and what probing them has shown.
 *
 * @module
 */

import {
  type Endpoint,
  familyOf,
  isLoopback,
  isPrivate,
  isSameEndpoint,
  isUnicastSource,
} from "../../address.ts";
import type { Introduction } from "../../protocol/message.ts";
import {
  MAX_CANDIDATES,
  MAX_LOCAL_CANDIDATES,
  MAX_LOCAL_PROBES,
  MAX_OUTSTANDING_PROBES,
} from "../limits.ts";
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
  /** When each probe left that may still be answered, by counter. */
  readonly outstanding: Map<number, number>;
}

/** Weight of a new sample in the smoothed round-trip time (RFC 6298). */
const SMOOTHING = 1 / 8;

/** All candidates of one remote peer. */
export class Candidates implements Iterable<Candidate> {
  readonly #all: Candidate[] = [];
  readonly #publicAddress: string;
  readonly #localAddresses: ReadonlySet<string>;

  /** Starts with what the server named; endpoints that can be nobody's are left out. */
  constructor(introduction: Introduction) {
    const { dest, extension } = introduction;
    const local = (extension?.destLocal ?? []).filter((endpoint) =>
      isUnicastSource(endpoint) && mayBeLocal(endpoint, introduction)
    ).slice(0, MAX_LOCAL_CANDIDATES);
    this.#publicAddress = dest.address;
    this.#localAddresses = new Set(local.map(({ address }) => address));
    this.#add(dest, "public", "introduced");
    for (const endpoint of local) {
      if (this.#find(endpoint) === undefined) this.#add(endpoint, "local", "introduced");
    }
  }

  [Symbol.iterator](): Iterator<Candidate> {
    return this.#all.values();
  }

  /** Whether an endpoint is known, without noting anything. */
  has(endpoint: Endpoint): boolean {
    return this.#find(endpoint) !== undefined;
  }

  /** Whether something authentic came from an endpoint. */
  hasHeard(endpoint: Endpoint): boolean {
    return this.#find(endpoint)?.heard ?? false;
  }

  /**
   * Notes that an authentic packet came from `source`.
   *
   * @param inUse is kept, whatever else must be forgotten
   */
  hear(source: Endpoint, inUse: Candidate | undefined): Candidate {
    let candidate = this.#find(source);
    if (candidate === undefined) {
      if (this.#all.length >= MAX_CANDIDATES) this.#forgetOne(inUse);
      candidate = this.#add(source, this.#kindOf(source), "seen");
    }
    candidate.heard = true;
    return candidate;
  }

  /** Notes a packet that says where this side is. @param counter of a probe, if it was one */
  sent(candidate: Candidate, counter: number | undefined, nowMs: number): void {
    candidate.probesSent++;
    candidate.probedMs = nowMs;
    candidate.urgent = false;
    if (counter === undefined) return;
    candidate.unanswered++;
    candidate.outstanding.set(counter, nowMs);
    const [oldest] = candidate.outstanding.keys();
    if (candidate.outstanding.size > MAX_OUTSTANDING_PROBES) candidate.outstanding.delete(oldest);
  }

  /**
   * Notes an authentic answer.
   *
   * @returns the candidate whose probe it answers: what is sent there arrives. `undefined` when the
   * probe is not known any more
   */
  answer(source: Endpoint, echo: number, nowMs: number): Candidate | undefined {
    for (const candidate of this.#all) {
      const sentMs = candidate.outstanding.get(echo);
      if (sentMs === undefined) continue;
      const isItself = isSameEndpoint(candidate.endpoint, source);
      const sampleMs = nowMs - sentMs;
      candidate.roundTripMs = candidate.roundTripMs === undefined
        ? sampleMs
        : candidate.roundTripMs + SMOOTHING * (sampleMs - candidate.roundTripMs);
      for (const counter of candidate.outstanding.keys()) {
        if (counter <= echo) candidate.outstanding.delete(counter);
      }
      candidate.unanswered = 0;
      candidate.urgent = false;
      candidate.answeredMs = nowMs;
      candidate.answeredFrom = isItself ? "itself" : "elsewhere";
      if (isItself) {
        candidate.heard = true;
        candidate.checkUntilMs = -Infinity;
      }
      return candidate;
    }
    return undefined;
  }

  /** Whether a local path may still answer: `heard` where a packet came over one. */
  get localHope(): "none" | "silent" | "heard" {
    const hopes = this.#all.filter((candidate) =>
      candidate.kind === "local" && candidate.answeredMs === undefined && !isSpent(candidate)
    );
    if (hopes.length === 0) return "none";
    return hopes.some(({ heard }) => heard) ? "heard" : "silent";
  }

  #find(endpoint: Endpoint): Candidate | undefined {
    return this.#all.find((candidate) => isSameEndpoint(candidate.endpoint, endpoint));
  }

  #add(endpoint: Endpoint, kind: PathKind, origin: PathOrigin): Candidate {
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
    this.#all.push(candidate);
    return candidate;
  }

  /**
   * A NAT that maps anew all the time must not fill the table. Those that never answered go first,
   * and of these the one that was probed longest ago; the path in use and what the server named stay.
   */
  #forgetOne(inUse: Candidate | undefined): void {
    const [least] = this.#all
      .filter((candidate) => candidate.origin === "seen" && candidate !== inUse)
      .toSorted((a, b) => compare(worthOf(a), worthOf(b)));
    this.#all.splice(this.#all.indexOf(least), 1);
  }

  #kindOf({ address }: Endpoint): PathKind {
    if (address === this.#publicAddress) return "public";
    return this.#localAddresses.has(address) || isPrivate(address) ? "local" : "public";
  }
}

/**
 * Whether a candidate got its share of probes. Nobody vouches for a local endpoint: it may be any
 * machine of this network.
 */
export function isSpent({ kind, origin, heard, answeredMs, probesSent }: Candidate): boolean {
  return kind === "local" && origin === "introduced" && !heard && answeredMs === undefined &&
    probesSent >= MAX_LOCAL_PROBES;
}

/**
 * A remote peer can name any endpoint as its local one, so only those are believed that cannot be a
 * third party on the internet. One's own machine is behind a loopback address: nobody's but a
 * neighbour's business.
 */
function mayBeLocal({ address }: Endpoint, { source, dest }: Introduction): boolean {
  if (familyOf(address) !== familyOf(dest.address)) return false;
  if (address === dest.address) return true;
  return isLoopback(address) ? source.address === dest.address : isPrivate(address);
}

function worthOf({ answeredMs = -Infinity, probedMs }: Candidate): readonly number[] {
  return [answeredMs, probedMs];
}

function compare([a0, a1]: readonly number[], [b0, b1]: readonly number[]): number {
  return a0 === b0 ? Number(a1 > b1) - Number(a1 < b1) : Number(a0 > b0) - Number(a0 < b0);
}
