/**
 * The rendezvous itself: datagrams make leases, requests make sessions, and when both sides of a
 * pair are ready they are introduced. Synchronous; the only place that changes state.
 *
 * What a session waits for is never stored: it is derived from the lease table and the roster each
 * time one of them changes, so no order of events can leave it out of date.
 *
 * @module
 */

import { type Endpoint, familyOf, formatEndpoint, isUnicastSource } from "../address.ts";
import { FIRST_REQUEST_TIMEOUT_MS, NEW_HOST_GUARD_MS } from "../limits.ts";
import type {
  Introduction,
  Refusal,
  Registration,
  RegistrationFault,
  RemoteRequest,
  Request,
  Response,
  ServerRequest,
} from "../protocol/message.ts";
import { Admission, type AdmissionSettings } from "./admission.ts";
import { Counters, type DatagramFate } from "./counters.ts";
import { DeadlineHeap } from "./deadline_heap.ts";
import { introduce } from "./introduction.ts";
import { type LeaseKey, LeaseTable } from "./lease_table.ts";
import type { PerPrefix } from "./prefix.ts";
import { PrefixHash } from "./prefix_limits.ts";
import { Lateness } from "./lateness.ts";
import { Readiness } from "./readiness.ts";
import * as refusals from "./refusals.ts";
import { Roster } from "./roster.ts";
import {
  type Connection,
  isSameRequest,
  peerName,
  remoteAddress,
  remoteName,
  Session,
} from "./session.ts";

/** What an operator can set. */
export interface RendezvousSettings extends AdmissionSettings {
  readonly leaseTimeoutMs: number;
  readonly maxLeases: number;
  readonly leasesPerPrefix: PerPrefix;
}

/** What the rendezvous cannot make itself, being pure. */
export interface Randomness {
  /** A secret 32-bit unsigned number. */
  random32(): number;
  /** 32 hex digits that nobody can guess. */
  pairKey(): string;
}

/** Told of what happens to each peer, for debugging; texts contain addresses. */
export type Trace = (event: string) => void;

/** The state machine. All times are milliseconds of one monotonic clock and never go back. */
export class LeaseManager {
  readonly counters = new Counters();
  readonly #randomness: Randomness;
  readonly #trace: Trace | undefined;
  readonly #leases: LeaseTable;
  readonly #readiness: Readiness;
  readonly #roster = new Roster();
  readonly #deadlines = new DeadlineHeap<Session>();
  readonly #lateness = new Lateness();
  #isStopping = false;
  readonly #sessions = new Set<Session>();
  readonly #prefixes: PrefixHash;
  readonly #admission: Admission;

  /**
   * @param settings timeouts and limits
   * @param randomness source of secrets
   * @param trace told of every event; leave it out where nobody reads it, texts cost time
   */
  constructor(settings: RendezvousSettings, randomness: Randomness, trace?: Trace) {
    const random32 = () => randomness.random32();
    this.#randomness = randomness;
    this.#trace = trace;
    this.#prefixes = new PrefixHash(random32);
    this.#admission = new Admission(settings, this.#prefixes, this.counters);
    this.#leases = new LeaseTable({
      timeoutMs: settings.leaseTimeoutMs,
      maxLeases: settings.maxLeases,
      perPrefix: settings.leasesPerPrefix,
      prefixes: this.#prefixes,
      random32,
      evicted: (key, expiresMs) => this.#noteEviction(key, expiresMs),
    });
    this.#readiness = new Readiness(this.#leases);
  }

  /** Number of leases. */
  get leaseCount(): number {
    return this.#leases.size;
  }

  /** Number of sessions that have no final response yet. */
  get sessionCount(): number {
    return this.#sessions.size;
  }

  /** Number of index entries for sessions that wait or host; 0 when there are none. */
  get rosterSize(): number {
    return this.#roster.size;
  }

  /** When {@linkcode expire} has something to do next, or `Infinity`. */
  get nextDeadlineMs(): number {
    return Math.max(this.#dueMs, this.#lateness.endMs);
  }

  /** Takes a registration that arrived from `source`. */
  register(registration: Registration, source: Endpoint, nowMs: number): DatagramFate {
    const fate = this.#register(registration, source, nowMs);
    this.counters.datagrams[fate]++;
    this.#trace?.(`datagram ${registration.peerPort} from ${source.address}: ${fate}`);
    return fate;
  }

  /** Takes a datagram that is no registration. */
  drop(fault: RegistrationFault, source: Endpoint): DatagramFate {
    this.counters.datagrams[fault]++;
    this.#trace?.(`datagram from ${formatEndpoint(source)}: ${fault}`);
    return fault;
  }

  /**
   * Takes a new connection.
   *
   * @returns its session, or `undefined` when it was refused for a limit and has its answer
   */
  connect(connection: Connection, nowMs: number): Session | undefined {
    const refusal = this.#isStopping
      ? refusals.shuttingDown()
      : this.#admission.openSession(connection.address, nowMs);
    if (refusal !== undefined) {
      this.counters.refusals[refusal.code]++;
      connection.send(refusal);
      connection.end();
      return undefined;
    }
    const session = new Session(connection, nowMs);
    this.counters.connections++;
    this.#sessions.add(session);
    this.#deadlines.set(session, nowMs + FIRST_REQUEST_TIMEOUT_MS);
    return session;
  }

  /** Takes a request. One that an ended or waiting session still makes is ignored. */
  request(session: Session, request: Request, nowMs: number): void {
    this.#lateness.received(nowMs);
    // First, or a session whose time is over would be told twice.
    this.expire(nowMs);
    if (!session.listens) return;
    if (session.request?.connectionType === "Server") {
      this.#requestAgain(session, session.request, request, nowMs);
    } else {
      this.#requestFirst(session, request, nowMs);
    }
  }

  /** Takes what is no request. */
  malformed(session: Session, explanation: string, nowMs: number): void {
    if (session.listens) this.#finish(session, refusals.badRequest(explanation), nowMs);
  }

  /** The peer closed its sending side: whatever the session waits for is off. */
  cancel(session: Session, nowMs: number): void {
    if (session.state === "open") this.#finish(session, refusals.cancelled(session), nowMs);
  }

  /** All that the session was told has left: a host is ready for more clients. */
  drain(session: Session, nowMs: number): void {
    if (session.state === "ended" || session.request?.connectionType !== "Server") return;
    this.expire(nowMs);
    this.#serveClients(session, nowMs);
  }

  /** The connection is gone. */
  disconnect(session: Session, nowMs: number): void {
    if (session.state === "open") this.#release(session, nowMs);
  }

  /** Does what has become due: leases end, and sessions whose time is over are told so. */
  expire(nowMs: number): void {
    const dueMs = this.#dueMs;
    if (nowMs < dueMs || this.#lateness.holds(dueMs, nowMs)) return;
    this.#leases.expire(nowMs);
    for (;;) {
      const session = this.#deadlines.first;
      if (session === undefined || session.deadlineMs > nowMs) return;
      const overdue = this.#readiness.overdue(session, nowMs);
      if (overdue === undefined) this.#advance(session, nowMs);
      else this.#finish(session, overdue, nowMs);
    }
  }

  /**
   * Gives back `count` sessions, first those that asked for nothing yet, then the newest, and
   * admits no more than are left from now on: the process has come to its descriptor limit.
   *
   * @returns the number of sessions that are admitted from now on
   */
  shed(count: number, nowMs: number): number {
    const maxSessions = Math.max(1, this.#sessions.size - count);
    this.#admission.lowerMaxSessions(maxSessions);
    const open = [...this.#sessions];
    open.sort((a, b) => Number(a.request === undefined) - Number(b.request === undefined));
    const last = open.slice(Math.max(0, open.length - count));
    this.#dismiss(last, refusals.limitReached("the server has no descriptors left"), nowMs);
    return maxSessions;
  }

  /** Sessions that are admitted at the same time. */
  get maxSessions(): number {
    return this.#admission.maxSessions;
  }

  /** Admits `count` more sessions, as far as the settings allow. */
  admitMore(count: number): "fewer than allowed" | "as many as allowed" {
    return this.#admission.raiseMaxSessions(count);
  }

  /**
   * Tells every session that the server stops, and from now on every connection.
   *
   * @returns how many were told
   */
  shutDown(nowMs: number): number {
    this.#isStopping = true;
    const open = [...this.#sessions];
    this.#dismiss(open, refusals.shuttingDown(), nowMs);
    return open.length;
  }

  get #dueMs(): number {
    return Math.min(this.#leases.nextExpiryMs, this.#deadlines.first?.deadlineMs ?? Infinity);
  }

  /** All leave before any is told, or clients would hear of their host first. */
  #dismiss(sessions: readonly Session[], refusal: Refusal, nowMs: number): void {
    for (const session of sessions) this.#roster.remove(session);
    for (const session of sessions) this.#finish(session, refusal, nowMs);
  }

  #register(registration: Registration, source: Endpoint, nowMs: number): DatagramFate {
    this.#lateness.received(nowMs);
    if (!isUnicastSource(source)) return "bad_source";
    const cells = this.#prefixes.locate(source.address);
    if (!this.#admission.admitsDatagram(cells, nowMs)) return "over_limit";
    const isWithoutSessions = this.#admission.isWithoutSessions(cells);
    this.expire(nowMs);
    const { peerPort, token } = registration;
    const key = { address: source.address, peerPort, token };
    const outcome = this.#leases.register(key, source.port, nowMs);
    if (typeof outcome === "object") {
      this.counters.countLimit(`leases_per_${outcome.overLimit}`);
      return "over_limit";
    }
    // Nobody waits for a repetition, so a flood of them makes no work for the sessions.
    if (outcome === "repeated") return "renewed";
    if (isWithoutSessions) return outcome;
    for (const session of this.#roster.sessionsOf(peerName(source.address, peerPort))) {
      if (session.token === token) this.#advance(session, nowMs);
    }
    return outcome;
  }

  /** Whoever used a lease that gives way may wait for as long as the lease was to hold. */
  #noteEviction({ address, peerPort, token }: LeaseKey, expiresMs: number): void {
    this.counters.countLimit("max_leases");
    for (const session of this.#roster.sessionsOf(peerName(address, peerPort))) {
      if (session.token === token) session.leaseExpiresMs = expiresMs;
    }
  }

  #requestFirst(session: Session, request: Request, nowMs: number): void {
    if (request.connectionType === "KeepAlive") {
      const explanation = "KeepAlive: expected a Server session, received it as the first request";
      return this.#finish(session, refusals.badRequest(explanation), nowMs);
    }
    session.request = request;
    session.requestMs = nowMs;
    this.#trace?.(`${session.localName} asks as ${request.connectionType}`);
    const refusal = request.connectionType === "Server"
      ? undefined
      : this.#refuseRemote(session, request);
    if (refusal !== undefined) return this.#finish(session, refusal, nowMs);
    const rival = this.#roster.rivalOf(session, request);
    if (rival !== undefined && this.#isGuarded(rival, session, nowMs)) {
      return this.#finish(session, refusals.tokenHeld(session), nowMs);
    }
    const wasServed = rival !== undefined && rival.connection.hasRoom &&
      this.#readiness.usableLease(rival, nowMs) !== undefined;
    if (rival !== undefined) this.#roster.remove(rival);
    this.#roster.add(session);
    if (rival !== undefined) this.#finish(rival, refusals.replaced(rival), nowMs);
    // A host's time starts at the later of its request and its datagram.
    if (request.connectionType === "Server") this.#leases.extend(session.leaseKey, nowMs);
    // Whoever waits although this place was ready waits for something else.
    if (wasServed) this.#setDeadline(session, nowMs);
    else this.#advance(session, nowMs);
  }

  #refuseRemote(session: Session, request: RemoteRequest): Refusal | undefined {
    if (familyOf(remoteAddress(session, request)) !== familyOf(session.address)) {
      return refusals.familyMismatch(session, request);
    }
    return remoteName(session, request) === session.localName
      ? refusals.ownPeer(session)
      : undefined;
  }

  /** A Token guards who waits, a host that is live, and one that may be so in a moment. */
  #isGuarded(rival: Session, session: Session, nowMs: number): boolean {
    if (rival.token === undefined || rival.token === session.token) return false;
    return rival.request?.connectionType !== "Server" || this.#readiness.isLive(rival) ||
      nowMs <= rival.requestMs + NEW_HOST_GUARD_MS;
  }

  #requestAgain(session: Session, first: ServerRequest, request: Request, nowMs: number): void {
    if (request.connectionType !== "KeepAlive" && !isSameRequest(first, request)) {
      const explanation = `expected KeepAlive on the session of the host ${session.localName}, ` +
        `received another ${request.connectionType} request`;
      return this.#finish(session, refusals.badRequest(explanation), nowMs);
    }
    this.#leases.extend(session.leaseKey, nowMs);
    this.#setDeadline(session, nowMs);
  }

  /** Takes a session as far as it can go now, and notes when to look at it again. */
  #advance(session: Session, nowMs: number): void {
    const { request } = session;
    if (request === undefined || session.state === "ended") return;
    if (request.connectionType === "Server") this.#serveClients(session, nowMs);
    if (request.connectionType === "Client") this.#advanceClient(session, request, nowMs);
    if (request.connectionType === "Peer") this.#advancePeer(session, request, nowMs);
    if (session.state === "open") this.#setDeadline(session, nowMs);
  }

  #setDeadline(session: Session, nowMs: number): void {
    this.#deadlines.set(session, this.#readiness.deadlineMs(session, nowMs));
  }

  #serveClients(host: Session, nowMs: number): void {
    if (this.#readiness.usableLease(host, nowMs) === undefined) return;
    for (const client of this.#roster.clientsOf(host.localName)) {
      if (!host.connection.hasRoom) return;
      this.#advance(client, nowMs);
    }
  }

  #advanceClient(client: Session, request: RemoteRequest, nowMs: number): void {
    const host = this.#liveHost(remoteName(client, request));
    if (host === undefined) {
      return this.#finish(client, refusals.hostNotFound(client, request), nowMs);
    }
    // A host that has not read what it was told is not ready: its clients wait.
    if (!host.connection.hasRoom) return;
    const responses = this.#tryIntroduction(host, client, nowMs);
    if (responses === undefined) return;
    host.connection.send(responses[0]);
    this.counters.introductions++;
    this.#finish(client, responses[1], nowMs);
  }

  #advancePeer(session: Session, request: RemoteRequest, nowMs: number): void {
    const partner = this.#roster.partnerOf(session, request);
    if (partner === undefined) return;
    const responses = this.#tryIntroduction(session, partner, nowMs);
    if (responses === undefined) return;
    this.counters.introductions++;
    this.#finish(session, responses[0], nowMs);
    this.#finish(partner, responses[1], nowMs);
  }

  #liveHost(name: string): Session | undefined {
    const host = this.#roster.hostOf(name);
    return host !== undefined && this.#readiness.isLive(host) ? host : undefined;
  }

  /** What both are told, if both have a lease that can be used. */
  #tryIntroduction(
    a: Session,
    b: Session,
    nowMs: number,
  ): [Introduction, Introduction] | undefined {
    const leaseA = this.#readiness.usableLease(a, nowMs);
    const leaseB = this.#readiness.usableLease(b, nowMs);
    if (leaseA === undefined || leaseB === undefined) return undefined;
    this.#trace?.(`introducing ${a.localName} and ${b.localName}`);
    const bothExtended = a.token !== undefined && b.token !== undefined;
    return introduce(
      { session: a, lease: leaseA },
      { session: b, lease: leaseB },
      bothExtended ? this.#randomness.pairKey() : undefined,
      nowMs,
    );
  }

  #finish(session: Session, response: Response, nowMs: number): void {
    if ("code" in response) {
      this.counters.refusals[response.code]++;
      this.#trace?.(`${session.address} is told ${response.code}: ${response.explanation}`);
    }
    session.connection.send(response);
    session.connection.end();
    this.#release(session, nowMs);
  }

  #release(session: Session, nowMs: number): void {
    session.state = "ended";
    this.#sessions.delete(session);
    this.#admission.sessionClosed(session.address);
    this.#deadlines.clear(session);
    this.#roster.remove(session);
    if (session.request?.connectionType !== "Server") return;
    if (this.#liveHost(session.localName) !== undefined) return;
    for (const client of this.#roster.clientsOf(session.localName)) this.#advance(client, nowMs);
  }
}
