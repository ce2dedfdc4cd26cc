/**
 * The rendezvous itself: datagrams make leases, requests make sessions, and when both sides of a
 * pair are ready they are introduced. Synchronous; the only place that changes state.
 *
 * What a session waits for is never stored: it is derived from the lease table and the roster each
 * time one of them changes, so no order of events can leave it out of date.
 *
 * @module
 */

import { type Endpoint, familyOf, isUnicast, packAddress } from "../address.ts";
import { FIRST_REQUEST_TIMEOUT_MS } from "../limits.ts";
import type {
  Introduction,
  Refusal,
  Registration,
  RemoteRequest,
  Request,
  Response,
  ServerRequest,
} from "../protocol/message.ts";
import { Admission, type AdmissionSettings } from "./admission.ts";
import { Counters, type DatagramFate } from "./counters.ts";
import { DeadlineHeap } from "./deadline_heap.ts";
import { introduce } from "./introduction.ts";
import { leaseKey } from "./lease_key.ts";
import { LeaseTable } from "./lease_table.ts";
import type { PerPrefix } from "./prefix.ts";
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
import { SessionCounts, type SessionSettings } from "./session_counts.ts";

/** What an operator can set. */
export interface RendezvousSettings extends AdmissionSettings, SessionSettings {
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
  readonly #sessions = new Set<Session>();
  readonly #admission: Admission;
  readonly #sessionCounts: SessionCounts;

  /**
   * @param settings timeouts and limits
   * @param randomness source of secrets
   * @param trace told of every event; leave it out where nobody reads it, texts cost time
   */
  constructor(settings: RendezvousSettings, randomness: Randomness, trace?: Trace) {
    const random32 = () => randomness.random32();
    this.#randomness = randomness;
    this.#trace = trace;
    this.#admission = new Admission(settings, random32, this.counters);
    this.#sessionCounts = new SessionCounts(settings, random32, this.counters);
    this.#leases = new LeaseTable({
      timeoutMs: settings.leaseTimeoutMs,
      maxLeases: settings.maxLeases,
      perPrefix: settings.leasesPerPrefix,
      random32,
    });
    this.#readiness = new Readiness(this.#leases);
  }

  /** Number of leases. */
  get leaseCount(): number {
    return this.#leases.size;
  }

  /** Number of connections that are sessions, ended ones that still linger included. */
  get sessionCount(): number {
    return this.#sessions.size;
  }

  /** Number of index entries for sessions that wait or host; 0 when there are none. */
  get rosterSize(): number {
    return this.#roster.size;
  }

  /** When {@linkcode expire} has something to do next, or `Infinity`. */
  get nextDeadlineMs(): number {
    return Math.min(this.#leases.nextExpiryMs, this.#deadlines.first?.deadlineMs ?? Infinity);
  }

  /** Takes a registration that arrived from `source`. */
  register(registration: Registration, source: Endpoint, nowMs: number): DatagramFate {
    const fate = this.#register(registration, source, nowMs);
    this.counters.datagrams[fate]++;
    this.#trace?.(`datagram ${registration.peerPort} from ${source.address}: ${fate}`);
    return fate;
  }

  /**
   * Takes a new connection.
   *
   * @returns its session, or `undefined` when it was refused for a limit and has its answer
   */
  connect(connection: Connection, nowMs: number): Session | undefined {
    const source = packAddress(connection.address);
    const refusal = this.#admission.refuseConnection(source, nowMs) ??
      this.#sessionCounts.open(source);
    if (refusal !== undefined) {
      this.counters.refusals.busy++;
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

  /** The connection is gone. */
  disconnect(session: Session, nowMs: number): void {
    if (!this.#sessions.delete(session)) return;
    this.#sessionCounts.close(packAddress(session.address));
    if (session.state === "open") this.#release(session, nowMs);
  }

  /** Does what has become due: leases end, and sessions whose time is over are told so. */
  expire(nowMs: number): void {
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
    this.#sessionCounts.lowerMaxSessions(maxSessions);
    const open = this.#openSessions();
    open.sort((a, b) => Number(a.request === undefined) - Number(b.request === undefined));
    const last = open.slice(Math.max(0, open.length - count));
    this.#dismiss(last, refusals.limitReached("the server has no descriptors left"), nowMs);
    return maxSessions;
  }

  /**
   * Tells every session that the server stops.
   *
   * @returns how many were told
   */
  shutDown(nowMs: number): number {
    const open = this.#openSessions();
    this.#dismiss(open, refusals.shuttingDown(), nowMs);
    return open.length;
  }

  #openSessions(): Session[] {
    return [...this.#sessions].filter((session) => session.state === "open");
  }

  /** All leave before any is told, or clients would hear of their host first. */
  #dismiss(sessions: readonly Session[], refusal: Refusal, nowMs: number): void {
    for (const session of sessions) this.#leave(session);
    for (const session of sessions) this.#finish(session, refusal, nowMs);
  }

  #register(registration: Registration, source: Endpoint, nowMs: number): DatagramFate {
    const packed = packAddress(source.address);
    if (source.port === 0 || !isUnicast(packed)) return "bad_source";
    if (this.#admission.refuseDatagram(packed, nowMs) !== undefined) return "over_limit";
    this.expire(nowMs);
    const { peerPort, token } = registration;
    const key = leaseKey(packed, peerPort, token);
    const { fate, users, limit } = this.#leases.register(key, source.port, nowMs);
    if (limit !== undefined) this.counters.countLimit(limit);
    if (fate === "over_limit") return fate;
    // Nobody waits for a repetition, so a flood of them makes no work for the sessions.
    if (fate === "repeated") return "renewed";
    const isAwaited = fate === "renewed" ? users > 0 : !this.#sessionCounts.isZero(packed);
    if (!isAwaited) return fate;
    const sessions = this.#roster.sessionsOf(peerName(source.address, peerPort))
      .filter((session) => session.token === token);
    if (fate === "created") { for (const _ of sessions) this.#leases.retain(key); }
    for (const session of sessions) this.#advance(session, nowMs);
    return fate;
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
    const rival = this.#rivalOf(session, request);
    if (rival !== undefined && this.#isProtected(rival, session)) {
      return this.#finish(session, refusals.tokenHeld(session), nowMs);
    }
    const wasReady = rival !== undefined && this.#readiness.usableLease(rival, nowMs) !== undefined;
    if (rival !== undefined) this.#leave(rival);
    this.#roster.add(session);
    this.#leases.retain(session.leaseKey);
    if (rival !== undefined) this.#finish(rival, refusals.replaced(rival), nowMs);
    // A host's time starts at the later of its request and its datagram.
    if (request.connectionType === "Server") this.#leases.extend(session.leaseKey, nowMs);
    // Whoever waits although this place was ready waits for something else.
    if (wasReady) this.#setDeadline(session, nowMs);
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

  /** The session whose place this one would take. */
  #rivalOf(session: Session, request: ServerRequest | RemoteRequest): Session | undefined {
    switch (request.connectionType) {
      case "Server":
        return this.#roster.hostOf(session.localName);
      case "Peer":
        return this.#roster.rivalOf(session, request);
      case "Client":
        return undefined;
    }
  }

  /** A Token guards a waiting peer, and a host that is live. */
  #isProtected(rival: Session, session: Session): boolean {
    if (rival.token === undefined || rival.token === session.token) return false;
    return rival.request?.connectionType === "Peer" || this.#readiness.isLive(rival);
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
    for (const client of this.#roster.clientsOf(host.localName)) this.#advance(client, nowMs);
  }

  #advanceClient(client: Session, request: RemoteRequest, nowMs: number): void {
    const host = this.#roster.hostOf(remoteName(client, request));
    if (host === undefined || !this.#readiness.isLive(host)) {
      return this.#finish(client, refusals.hostNotFound(client, request, host), nowMs);
    }
    const responses = this.#tryIntroduction(host, client, nowMs);
    if (responses === undefined) return;
    // A host that does not read: its connection closes itself, and its registration ends.
    if (host.connection.send(responses[0]) === "overflow") return this.#release(host, nowMs);
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
    this.#deadlines.clear(session);
    this.#leave(session);
    if (session.request?.connectionType !== "Server") return;
    const successor = this.#roster.hostOf(session.localName);
    if (successor !== undefined && this.#readiness.isLive(successor)) return;
    for (const client of this.#roster.clientsOf(session.localName)) this.#advance(client, nowMs);
  }
  /** Nobody is introduced to the session any more, and its lease loses one user. */
  #leave(session: Session): void {
    if (this.#roster.remove(session)) this.#leases.release(session.leaseKey);
  }
}
