/**
 * The rendezvous itself: datagrams make leases, requests make sessions, and when both sides of a
 * pair are ready they are introduced. Synchronous; whatever changes state is called from here.
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
import type { Registration, Request, ServerRequest } from "../protocol/message.ts";
import { Admission, type AdmissionSettings } from "./admission.ts";
import type { Counters, DatagramFate, LimitName, SessionStage } from "./counters.ts";
import { type AbuseWatch, Journal, type Trace } from "./journal.ts";
import { leaseKey } from "./lease_key.ts";
import { Lateness } from "./lateness.ts";
import { LeaseTable } from "./lease_table.ts";
import { OpenSessions } from "./open_sessions.ts";
import type { PerPrefix } from "./prefix.ts";
import * as refusals from "./refusals.ts";
import { type DropReason, SeenDatagrams } from "./seen_datagrams.ts";
import { isRepetition, peerName, type ResponseOutlet, type Session } from "./session.ts";
import type { SessionShares } from "./session_shares.ts";

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
  readonly #journal: Journal;
  readonly #leases: LeaseTable;
  readonly #seen: SeenDatagrams;
  readonly #admission: Admission;
  readonly #shares: SessionShares<Session>;
  readonly #sessions: OpenSessions;
  readonly #lateness = new Lateness();
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
    this.#sessions = new OpenSessions({
      leases: this.#leases,
      seen: this.#seen,
      shares: this.#shares,
      journal: this.#journal,
      pairKey: () => randomness.pairKey(),
    });
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
    return this.#sessions.all;
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
    return this.#sessions.rosterSize;
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
      this.#sessions.wake(peerName(address, peerPort), token, nowMs);
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
    if (displaced !== undefined) {
      this.#sessions.finish(displaced, refusals.gaveWay(this.maxSessions), nowMs);
    }
    return this.#sessions.open(connection, nowMs);
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
    this.#sessions.finish(session, refusals.badRequest(explanation), nowMs);
  }

  /** The peer closed its sending side: whatever the session waits for is off. */
  cancel(session: Session, nowMs: number): void {
    if (session.state === "open") {
      this.#sessions.finish(session, refusals.cancelled(session), nowMs);
    }
  }

  /** All that the session was told has left: a host is ready for more clients. */
  drain(session: Session, nowMs: number): void {
    session.answer = "none";
    if (session.state === "ended" || session.request?.connectionType !== "Server") return;
    this.expire(nowMs);
    this.#sessions.drained(session, nowMs);
  }

  /** The connection is gone. */
  disconnect(session: Session, nowMs: number): void {
    if (session.state === "open") this.#sessions.release(session, nowMs);
  }

  /** Does what has become due: leases end, and sessions whose time is over are told so. */
  expire(nowMs: number): void {
    const dueMs = this.#dueMs;
    if (nowMs < dueMs || this.#lateness.holds(dueMs, nowMs)) return;
    this.#leases.expire(nowMs);
    this.#sessions.expire(nowMs);
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
    const open = [...this.sessions];
    open.sort((a, b) => Number(a.request === undefined) - Number(b.request === undefined));
    const last = open.slice(Math.max(0, open.length - count));
    this.#sessions.dismiss(
      last,
      refusals.limitReached("the server has no descriptors left"),
      nowMs,
    );
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
    this.#sessions.dismiss(open, refusals.shuttingDown(), nowMs);
  }

  /** Tells every session that the server stops, and from now on every connection. */
  shutDown(nowMs: number): void {
    this.#isStopping = true;
    this.sendAway([...this.sessions], nowMs);
  }

  get #dueMs(): number {
    return Math.min(this.#leases.nextExpiryMs, this.#sessions.nextDeadlineMs);
  }

  #refuseDatagram(source: Endpoint, limit: LimitName): "over_limit" {
    this.#seen.refused(source.address, limit);
    this.#journal.overLimit(limit, source);
    return "over_limit";
  }

  #requestFirst(session: Session, request: Request, nowMs: number): void {
    if (request.connectionType === "KeepAlive") {
      const explanation = "KeepAlive: expected a Server session, received it as the first request";
      return this.#sessions.finish(session, refusals.badRequest(explanation), nowMs);
    }
    this.#sessions.ask(session, request, nowMs);
  }

  #requestAgain(session: Session, first: ServerRequest, request: Request, nowMs: number): void {
    if (request.connectionType !== "KeepAlive") {
      if (!isRepetition(first, request)) {
        return this.#sessions.finish(session, refusals.otherRequest(session, request), nowMs);
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
}
