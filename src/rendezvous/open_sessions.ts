/**
 * The sessions that have no final response yet: each is taken as far as it can go, until it is
 * introduced, refused or gone.
 *
 * What a session waits for is never stored: it is derived from the lease table and the roster each
 * time one of them changes, so no order of events can leave it out of date.
 *
 * @module
 */

import { DeadlineHeap } from "../async/deadline_heap.ts";
import { FIRST_REQUEST_TIMEOUT_MS } from "../limits.ts";
import type { Introduction, Refusal, RemoteRequest, Response } from "../protocol/message.ts";
import { introductionsOf } from "./introduction.ts";
import type { Journal } from "./journal.ts";
import { LeaseHolds } from "./lease_holds.ts";
import type { LeaseTable } from "./lease_table.ts";
import { Readiness } from "./readiness.ts";
import * as refusals from "./refusals.ts";
import { Roster } from "./roster.ts";
import type { SeenDatagrams } from "./seen_datagrams.ts";
import { type ResponseOutlet, Session, type SessionRequest } from "./session.ts";
import type { SessionShares } from "./session_shares.ts";
import { isGuarded, isServed, refuseRemote } from "./takeover.ts";

/** What sessions depend on, and the lease manager changes besides. */
export interface Surroundings {
  readonly leases: LeaseTable;
  readonly seen: SeenDatagrams;
  readonly shares: SessionShares<Session>;
  readonly journal: Journal;
  /** 32 hex digits that nobody can guess. */
  readonly pairKey: () => string;
}

/** Holds them; {@linkcode LeaseManager} alone calls it, and says when. */
export class OpenSessions {
  readonly #leases: LeaseTable;
  readonly #shares: SessionShares<Session>;
  readonly #journal: Journal;
  readonly #pairKey: () => string;
  readonly #holds: LeaseHolds;
  readonly #readiness: Readiness;
  readonly #roster = new Roster();
  readonly #deadlines = new DeadlineHeap<Session>();
  readonly #sessions = new Set<Session>();
  /** Hosts whose queue was full when a client was looked at, and has not been empty since. */
  readonly #fullHosts = new WeakSet<Session>();

  constructor({ leases, seen, shares, journal, pairKey }: Surroundings) {
    this.#leases = leases;
    this.#shares = shares;
    this.#journal = journal;
    this.#pairKey = pairKey;
    this.#holds = new LeaseHolds(leases, seen, shares);
    this.#readiness = new Readiness(leases, seen);
  }

  /** All of them, the oldest first. */
  get all(): Iterable<Session> {
    return this.#sessions;
  }

  /** How many there are. */
  get size(): number {
    return this.#sessions.size;
  }

  /** Number of index entries for those that wait or host; 0 when there are none. */
  get rosterSize(): number {
    return this.#roster.size;
  }

  /** When {@linkcode expire} has something to do next, or `Infinity`. */
  get nextDeadlineMs(): number {
    return this.#deadlines.first?.deadlineMs ?? Infinity;
  }

  /** Makes a session of a connection that has a place. */
  open(connection: ResponseOutlet, nowMs: number): Session {
    const session = new Session(connection, nowMs);
    this.#sessions.add(session);
    this.#shares.add(session);
    this.#deadlines.set(session, nowMs + FIRST_REQUEST_TIMEOUT_MS);
    this.#journal.connected(session);
    return session;
  }

  /** A session makes its first request, with which it may take the places of older ones. */
  ask(session: Session, request: SessionRequest, nowMs: number): void {
    session.request = request;
    session.requestMs = nowMs;
    this.#shares.requested(session);
    this.#journal.asked(session);
    const refusal = refuseRemote(session, request, this.#roster);
    if (refusal !== undefined) return this.finish(session, refusal, nowMs);
    const rivals = this.#roster.rivalsOf(session, request);
    const guarded = rivals.find((rival) => isGuarded(rival, session, this.#readiness, nowMs));
    if (guarded !== undefined) {
      return this.finish(session, refusals.tokenHeld(session, guarded), nowMs);
    }
    const wasServed = rivals.length > 0 &&
      rivals.every((rival) => isServed(rival, this.#readiness, nowMs));
    for (const rival of rivals) this.#leave(rival);
    this.#roster.add(session);
    this.#holds.begin(session, request, nowMs);
    for (const rival of rivals) this.finish(rival, refusals.replaced(rival, session), nowMs);
    // A host's time starts at the later of its request and its datagram.
    if (request.connectionType === "Server") this.#leases.extend(session.leaseKey, nowMs);
    // Whoever waits although these places were ready waits for something else.
    if (wasServed) this.#setDeadline(session, nowMs);
    else this.#advance(session, nowMs);
  }

  /** A datagram has come that sessions of this name may have waited for. */
  wake(name: string, token: string | undefined, nowMs: number): void {
    const sessions = [...this.#roster.sessionsOf(name, token)];
    for (const session of sessions) this.#holds.attach(session);
    for (const session of sessions) this.#advance(session, nowMs);
  }

  /** A host has read all that it was told. */
  drained(host: Session, nowMs: number): void {
    // Or each response that a host reads would cost a look at all who wait for their own datagram.
    if (this.#fullHosts.delete(host)) this.#serveClients(host, nowMs);
  }

  /** Looks at those whose deadline has come; the ones whose time is really over are told so. */
  expire(nowMs: number): void {
    for (;;) {
      const session = this.#deadlines.first;
      if (session === undefined || session.deadlineMs > nowMs) return;
      const overdue = this.#readiness.overdue(session, nowMs);
      if (overdue === undefined) this.#advance(session, nowMs);
      else this.finish(session, overdue, nowMs);
    }
  }

  /** Refuses these. All leave before any is told, or clients would hear of their host first. */
  dismiss(sessions: readonly Session[], refusal: Refusal, nowMs: number): void {
    for (const session of sessions) this.#leave(session);
    for (const session of sessions) this.finish(session, refusal, nowMs);
  }

  /** Gives a session its final response. */
  finish(session: Session, response: Response, nowMs: number): void {
    if ("code" in response) this.#journal.refused(session, response);
    session.connection.send(response);
    session.connection.end();
    this.release(session, nowMs);
  }

  /** Ends a session that hears no more; whoever waits for it is told that it is gone. */
  release(session: Session, nowMs: number): void {
    session.state = "ended";
    this.#sessions.delete(session);
    this.#shares.remove(session);
    this.#deadlines.clear(session);
    this.#journal.ended(session);
    this.#leave(session);
    if (session.request?.connectionType !== "Server") return;
    for (const { host, clients } of this.#roster.doorsOf(session)) {
      if (host !== undefined && this.#readiness.isLive(host)) continue;
      for (const client of clients) this.#advance(client, nowMs);
    }
  }

  /** Nobody is introduced to the session any more, and its lease loses one user. */
  #leave(session: Session): void {
    if (this.#roster.remove(session)) this.#holds.end(session);
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
    for (const client of this.#roster.clientsOf(host)) {
      if (!this.#hasRoom(host)) return;
      this.#advance(client, nowMs);
    }
  }

  #advanceClient(client: Session, request: RemoteRequest, nowMs: number): void {
    const host = this.#roster.hostFor(client, request);
    if (host === undefined || !this.#readiness.isLive(host)) {
      return this.finish(client, refusals.hostNotFound(client, request, host), nowMs);
    }
    // A host that has not read what it was told is not ready: its clients wait.
    if (!this.#hasRoom(host)) return;
    const responses = this.#tryIntroduction(host, client, nowMs);
    if (responses === undefined) return;
    host.connection.send(responses[0]);
    this.finish(client, responses[1], nowMs);
  }

  /** Whether a host can be told of a client; once it can again, {@linkcode drained} looks at them. */
  #hasRoom(host: Session): boolean {
    const { hasRoom } = host.connection;
    if (!hasRoom) this.#fullHosts.add(host);
    return hasRoom;
  }

  #advancePeer(session: Session, request: RemoteRequest, nowMs: number): void {
    const partner = this.#roster.partnerOf(session, request);
    if (partner === undefined) {
      if (session.names !== undefined && this.#readiness.isLive(session)) {
        this.#roster.becomeReady(session);
      }
      return;
    }
    const responses = this.#tryIntroduction(session, partner, nowMs);
    if (responses === undefined) return;
    this.finish(session, responses[0], nowMs);
    this.finish(partner, responses[1], nowMs);
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
    this.#journal.introduced(a, b, nowMs);
    const bothExtended = a.token !== undefined && b.token !== undefined;
    return introductionsOf(
      { session: a, lease: leaseA },
      { session: b, lease: leaseB },
      bothExtended ? this.#pairKey() : undefined,
      nowMs,
    );
  }
}
