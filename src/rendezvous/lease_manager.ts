/**
 * The rendezvous itself: datagrams make leases, requests make sessions, and when both sides of a
 * pair are ready they are introduced. Synchronous; the only place that changes state.
 *
 * What a session waits for is never stored: it is derived from the lease table and the roster each
 * time one of them changes, so no order of events can leave it out of date.
 *
 * @module
 */

import {
  type Address,
  type Endpoint,
  isUnicast,
  packAddress,
  type PackedAddress,
} from "../address.ts";
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
import type { Counters, DatagramFate, LimitName, SessionStage } from "./counters.ts";
import { DeadlineHeap } from "../async/deadline_heap.ts";
import { introductionsOf } from "./introduction.ts";
import { type AbuseWatch, Journal, type Trace } from "./journal.ts";
import { leaseKey } from "./lease_key.ts";
import { Lateness } from "./lateness.ts";
import { LeaseTable } from "./lease_table.ts";
import type { PerPrefix } from "./prefix.ts";
import { Readiness } from "./readiness.ts";
import * as refusals from "./refusals.ts";
import { Roster } from "./roster.ts";
import { type DropReason, SeenDatagrams } from "./seen_datagrams.ts";
import {
  isRepetition,
  peerName,
  type ResponseOutlet,
  Session,
  type SessionRequest,
} from "./session.ts";
import type { SessionShares } from "./session_shares.ts";
import { isGuarded, isServed, refuseRemote } from "./takeover.ts";

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

/** The state machine. All times are milliseconds of one monotonic clock and never go back. */
export class LeaseManager {
  readonly #randomness: Randomness;
  readonly #journal: Journal;
  readonly #leases: LeaseTable;
  readonly #readiness: Readiness;
  readonly #roster = new Roster();
  readonly #deadlines = new DeadlineHeap<Session>();
  readonly #lateness = new Lateness();
  readonly #seen: SeenDatagrams;
  readonly #sessions = new Set<Session>();
  readonly #admission: Admission;
  readonly #shares: SessionShares<Session>;
  /** Hosts whose queue was full when a client was looked at, and has not been empty since. */
  readonly #fullHosts = new WeakSet<Session>();
  #isStopping = false;

  /**
   * @param settings timeouts and limits
   * @param randomness source of secrets
   * @param trace told of every event; leave it out where nobody reads it
   * @param abuse told of refusals that may answer an abuse
   */
  constructor(
    settings: RendezvousSettings,
    randomness: Randomness,
    trace?: Trace,
    abuse?: AbuseWatch,
  ) {
    const random32 = () => randomness.random32();
    this.#randomness = randomness;
    this.#journal = new Journal(trace, abuse);
    this.#admission = new Admission(settings, random32, this.#journal);
    this.#shares = this.#admission.shares;
    this.#leases = new LeaseTable({
      timeoutMs: settings.leaseTimeoutMs,
      maxLeases: settings.maxLeases,
      perPrefix: settings.leasesPerPrefix,
      random32,
    });
    this.#seen = new SeenDatagrams(random32);
    this.#readiness = new Readiness(this.#leases, this.#seen);
  }

  /** Totals since the start. */
  get counters(): Counters {
    return this.#journal.counters;
  }

  /** Number of leases. */
  get leaseCount(): number {
    return this.#leases.size;
  }

  /** Number of leases that an open session uses. */
  get leasesInUse(): number {
    return this.#leases.inUse;
  }

  /** The one private address from which all peers come, if that is so. */
  get soleSource(): Address | undefined {
    return this.#journal.soleSource.address;
  }

  /** Sessions that have no final response yet, the oldest first. */
  get sessions(): Iterable<Session> {
    return this.#sessions;
  }

  /** How many of them have come how far. */
  get sessionStages(): Record<SessionStage, number> {
    return this.#shares.stages;
  }

  /** How far one of them has come. */
  stageOf(session: Session): SessionStage {
    return this.#shares.stageOf(session);
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

  /**
   * Decides by its source alone whether a datagram is looked at: before it is decoded, so that
   * nobody's junk costs more than this.
   *
   * @returns the source's address for {@linkcode register}, or what has become of the datagram
   */
  admit(source: Endpoint, nowMs: number): PackedAddress | "bad_source" | "over_limit" {
    this.#lateness.received(nowMs);
    const packed = packAddress(source.address);
    if (source.port === 0 || !isUnicast(packed)) return this.drop("bad_source", source, nowMs);
    const limit = this.#admission.refuseDatagram(packed, nowMs);
    return limit === undefined ? packed : this.#refuseDatagram(source, limit);
  }

  /**
   * Takes a registration.
   *
   * @param packed what {@linkcode admit} made of its source
   */
  register(
    registration: Registration,
    source: Endpoint,
    packed: PackedAddress,
    nowMs: number,
  ): DatagramFate {
    this.expire(nowMs);
    const { address } = source;
    const { peerPort, token } = registration;
    const key = leaseKey(packed, peerPort, token);
    const { fate, users, limit } = this.#leases.register(key, source.port, nowMs);
    if (limit !== undefined) this.#journal.limitReached(limit);
    if (fate === "over_limit") return this.#refuseDatagram(source, limit as LimitName);
    this.#seen.taken(address, peerPort, token);
    // Nobody waits for a repetition, so a flood of them makes no work for the sessions.
    if (fate === "renewed" && users > 0 || fate === "created" && this.#seen.isWatched(address)) {
      this.#wake(peerName(address, peerPort), token, nowMs);
    }
    const outcome = fate === "repeated" ? "renewed" : fate;
    this.#journal.registered(outcome, source, peerPort);
    return outcome;
  }

  /** Takes a datagram that is no registration. */
  drop<Reason extends DropReason>(reason: Reason, source: Endpoint, nowMs: number): Reason {
    this.#seen.dropped(source.address, reason, nowMs);
    this.#journal.dropped(reason, source);
    return reason;
  }

  /** Notes that something arrived on a connection, whatever it is. */
  received(nowMs: number): void {
    this.#lateness.received(nowMs);
  }

  /**
   * Takes a new connection.
   *
   * @returns its session, or `undefined` when it was refused and has its answer
   */
  connect(connection: ResponseOutlet, nowMs: number): Session | undefined {
    this.#lateness.received(nowMs);
    const welcome = this.#isStopping
      ? { kind: "refused", refusal: refusals.shuttingDown(), limit: undefined } as const
      : this.#admission.welcome(connection.address, nowMs);
    if (welcome.kind === "refused") {
      this.#journal.turnedAway(connection.address, welcome.refusal, welcome.limit);
      connection.send(welcome.refusal);
      connection.end();
      return undefined;
    }
    const { displaced } = welcome;
    if (displaced !== undefined) this.#finish(displaced, refusals.gaveWay(this.maxSessions), nowMs);
    const session = new Session(connection, nowMs);
    this.#sessions.add(session);
    this.#shares.add(session);
    this.#deadlines.set(session, nowMs + FIRST_REQUEST_TIMEOUT_MS);
    this.#journal.connected(session);
    return session;
  }

  /** Takes a request. One that an ended or waiting session still makes is ignored. */
  request(session: Session, request: Request, nowMs: number): void {
    // First, or a session whose time is over would be told twice.
    this.expire(nowMs);
    if (!session.listens) return;
    this.#journal.received(request.connectionType);
    switch (session.request?.connectionType) {
      case undefined:
        return this.#requestFirst(session, request, nowMs);
      case "Server":
        return this.#requestAgain(session, session.request, request, nowMs);
      default:
        return this.#answerKeepAlive(session, request);
    }
  }

  /** Takes what is no request; a Peer's is ignored, as all that it says after its own. */
  malformed(session: Session, explanation: string, nowMs: number): void {
    if (!session.listens || session.request?.connectionType === "Peer") return;
    this.#journal.received("malformed");
    this.#finish(session, refusals.badRequest(explanation), nowMs);
  }

  /** The peer closed its sending side: whatever the session waits for is off. */
  cancel(session: Session, nowMs: number): void {
    if (session.state === "open") this.#finish(session, refusals.cancelled(session), nowMs);
  }

  /** All that the session was told has left: a host is ready for more clients. */
  drain(session: Session, nowMs: number): void {
    session.answer = "none";
    if (session.state === "ended" || session.request?.connectionType !== "Server") return;
    this.expire(nowMs);
    // Or each response that a host reads would cost a look at all who wait for their own datagram.
    if (this.#fullHosts.delete(session)) this.#serveClients(session, nowMs);
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
    return this.#shares.maxSessions;
  }

  /** Admits `count` more sessions, as far as the settings allow. */
  admitMore(count: number): "fewer than allowed" | "as many as allowed" {
    return this.#admission.raiseMaxSessions(count);
  }

  /** Tells these sessions that the server stops; those that have ended meanwhile are left out. */
  sendAway(sessions: readonly Session[], nowMs: number): void {
    const open = sessions.filter(({ state }) => state === "open");
    this.#dismiss(open, refusals.shuttingDown(), nowMs);
  }

  /** Tells every session that the server stops, and from now on every connection. */
  shutDown(nowMs: number): void {
    this.#isStopping = true;
    this.sendAway([...this.#sessions], nowMs);
  }

  get #dueMs(): number {
    return Math.min(this.#leases.nextExpiryMs, this.#deadlines.first?.deadlineMs ?? Infinity);
  }

  /** All leave before any is told, or clients would hear of their host first. */
  #dismiss(sessions: readonly Session[], refusal: Refusal, nowMs: number): void {
    for (const session of sessions) this.#leave(session);
    for (const session of sessions) this.#finish(session, refusal, nowMs);
  }

  #refuseDatagram(source: Endpoint, limit: LimitName): "over_limit" {
    this.#seen.refused(source.address, limit);
    this.#journal.overLimit(limit, source);
    return "over_limit";
  }

  /** A datagram has come that sessions of this name may have waited for. */
  #wake(name: string, token: string | undefined, nowMs: number): void {
    const sessions = [...this.#roster.sessionsOf(name, token)];
    for (const session of sessions) this.#attachLease(session);
    for (const session of sessions) this.#advance(session, nowMs);
  }

  /** The lease that a session waited for is there. */
  #attachLease(session: Session): void {
    const { watch } = session;
    if (watch === undefined) return;
    session.watch = undefined;
    this.#seen.unwatch(watch);
    this.#useLease(session);
  }

  /** The session uses its lease from the first moment at which both are there. */
  #useLease(session: Session): void {
    this.#leases.retain(session.leaseKey);
    this.#shares.gotLease(session);
  }

  #requestFirst(session: Session, request: Request, nowMs: number): void {
    if (request.connectionType === "KeepAlive") {
      const explanation = "KeepAlive: expected a Server session, received it as the first request";
      return this.#finish(session, refusals.badRequest(explanation), nowMs);
    }
    session.request = request;
    session.requestMs = nowMs;
    this.#shares.requested(session);
    this.#journal.asked(session);
    const refusal = refuseRemote(session, request, this.#roster);
    if (refusal !== undefined) return this.#finish(session, refusal, nowMs);
    const rivals = this.#roster.rivalsOf(session, request);
    const guarded = rivals.find((rival) => isGuarded(rival, session, this.#readiness, nowMs));
    if (guarded !== undefined) {
      return this.#finish(session, refusals.tokenHeld(session, guarded), nowMs);
    }
    const wasServed = rivals.length > 0 &&
      rivals.every((rival) => isServed(rival, this.#readiness, nowMs));
    for (const rival of rivals) this.#leave(rival);
    this.#join(session, request, nowMs);
    for (const rival of rivals) this.#finish(rival, refusals.replaced(rival, session), nowMs);
    // A host's time starts at the later of its request and its datagram.
    if (request.connectionType === "Server") this.#leases.extend(session.leaseKey, nowMs);
    // Whoever waits although these places were ready waits for something else.
    if (wasServed) this.#setDeadline(session, nowMs);
    else this.#advance(session, nowMs);
  }

  #join(session: Session, { localPeerPort }: SessionRequest, nowMs: number): void {
    this.#roster.add(session);
    if (this.#readiness.isLive(session)) return this.#useLease(session);
    const { address, token, leaseKey } = session;
    const cameWithoutToken = token !== undefined &&
      this.#leases.find({ ...leaseKey, token: undefined }) !== undefined;
    session.watch = this.#seen.watch(address, localPeerPort, nowMs, Number(cameWithoutToken));
  }

  #requestAgain(session: Session, first: ServerRequest, request: Request, nowMs: number): void {
    if (request.connectionType !== "KeepAlive") {
      if (!isRepetition(first, request)) {
        return this.#finish(session, refusals.otherRequest(session, request), nowMs);
      }
      session.request = request;
    }
    this.#leases.extend(session.leaseKey, nowMs);
    this.#answerKeepAlive(session, request);
  }

  /** One answer at a time: who asks faster than it reads gets no more of them. */
  #answerKeepAlive(session: Session, request: Request): void {
    if (request.connectionType !== "KeepAlive") return;
    const { token, answer } = request.extension ?? {};
    if (answer !== true || token !== session.token || session.answer === "queued") return;
    session.answer = "queued";
    this.#journal.keptAlive();
    session.connection.send({ leaseTimeoutS: this.#leases.timeoutMs / 1000 });
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
      return this.#finish(client, refusals.hostNotFound(client, request, host), nowMs);
    }
    // A host that has not read what it was told is not ready: its clients wait.
    if (!this.#hasRoom(host)) return;
    const responses = this.#tryIntroduction(host, client, nowMs);
    if (responses === undefined) return;
    host.connection.send(responses[0]);
    this.#finish(client, responses[1], nowMs);
  }

  /** Whether a host can be told of a client; once it can again, {@linkcode drain} looks at them. */
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
    this.#journal.introduced(a, b, nowMs);
    const bothExtended = a.token !== undefined && b.token !== undefined;
    return introductionsOf(
      { session: a, lease: leaseA },
      { session: b, lease: leaseB },
      bothExtended ? this.#randomness.pairKey() : undefined,
      nowMs,
    );
  }

  #finish(session: Session, response: Response, nowMs: number): void {
    if ("code" in response) this.#journal.refused(session, response);
    session.connection.send(response);
    session.connection.end();
    this.#release(session, nowMs);
  }

  #release(session: Session, nowMs: number): void {
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
    if (!this.#roster.remove(session)) return;
    if (session.watch === undefined) return this.#leases.release(session.leaseKey);
    this.#seen.unwatch(session.watch);
    session.watch = undefined;
  }
}
