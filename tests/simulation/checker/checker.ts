/**
 * The checker: told of everything that is delivered to the server and everything that it answers, it
 * demands after every step what docs/PROTOCOL.md says. Its model of the rules is its own; of the
 * server it reads nothing but public counts.
 *
 * @module
 */

import { type Address, type Endpoint, formatEndpoint } from "../../../src/address.ts";
import type { RegistrationFault } from "../../../src/protocol/message.ts";
import type {
  Introduction,
  Registration,
  Request,
  Response,
} from "../../../src/protocol/message.ts";
import type { DatagramFate } from "../../../src/rendezvous/counters.ts";
import type { RendezvousSettings } from "../../../src/rendezvous/lease_manager.ts";
import type { Trace } from "../trace.ts";
import { QUANTUM_MS } from "../../simulated/virtual_clock.ts";
import { CountAllowance, prefixOf, RateAllowance } from "./allowances.ts";
import { Introductions } from "./introductions.ts";
import { KnownSession, leaseKey, Memory } from "./memory.ts";
import { checkObligations, waitForRoom } from "./obligations.ts";
import { checkRefusal, listens, takeRequest } from "./refusals.ts";
import type { Step, StepKind } from "./step.ts";
import { type PublicCounts, Tallies, tally } from "./tallies.ts";
import { isLive, passTime } from "./times.ts";
import { demand } from "./violation.ts";

/** What a datagram means, as its sender says. */
export type DatagramMeaning = Registration | { readonly fault: RegistrationFault | "bad_source" };

/** Options of a {@linkcode Checker}. */
export interface CheckerOptions {
  readonly settings: RendezvousSettings;
  /** How late the server's timer may ring. */
  readonly timerLatenessMs: number;
  readonly trace: Trace;
}

/** Watches one server. */
export class Checker {
  readonly tallies = new Tallies();
  readonly #settings: RendezvousSettings;
  #timerLatenessMs: number;
  readonly #trace: Trace;
  readonly #memory: Memory;
  readonly #introductions: Introductions;
  readonly #datagramRate: RateAllowance;
  readonly #connectionRate: RateAllowance;
  readonly #sessionCounts: CountAllowance;
  readonly #leaseCounts: CountAllowance;
  #maxSessions: number;
  #shown!: PublicCounts;
  #step: Step | undefined;
  #lastId = 0;
  /** Sessions that were closed in this step. */
  #closed: KnownSession[] = [];

  constructor({ settings, timerLatenessMs, trace }: CheckerOptions) {
    this.#settings = settings;
    this.#timerLatenessMs = timerLatenessMs;
    this.#trace = trace;
    this.#memory = new Memory(settings.leaseTimeoutMs, (address, by) => {
      this.#leaseCounts.change(address, by);
    });
    this.#introductions = new Introductions(this.#memory);
    this.#datagramRate = new RateAllowance(settings.datagramsPerSecond);
    this.#connectionRate = new RateAllowance(settings.connectionsPerSecond);
    this.#sessionCounts = new CountAllowance(settings.sessionsPerPrefix);
    this.#leaseCounts = new CountAllowance(settings.leasesPerPrefix);
    this.#maxSessions = settings.maxSessions;
  }

  /** Says whose public counts to compare with. */
  watch(shown: PublicCounts): void {
    this.#shown = shown;
  }

  /** A datagram is delivered; `act` hands it over and returns its fate. */
  datagram(
    meaning: DatagramMeaning,
    source: Endpoint,
    nowMs: number,
    act: () => DatagramFate,
  ): void {
    const words = "fault" in meaning ? meaning.fault : `${meaning.peerPort}#${meaning.token ?? ""}`;
    this.#run("datagram", nowMs, `${formatEndpoint(source)} ${words}`, (step) => {
      const expected = this.#fateOf(meaning, source, step);
      tally(this.tallies.fates, expected);
      const fate = act();
      this.#trace.note(`  ${fate}`);
      demand(
        fate === expected,
        "Registration: Every datagram has one fate.",
        () => `${fate}, not ${expected}`,
      );
    });
  }

  /** A connection is accepted; `act` hands it over and returns whether it became a session. */
  connection(
    address: Address,
    nowMs: number,
    act: (session: KnownSession) => "session" | "refused",
  ): KnownSession {
    const session = new KnownSession(++this.#lastId, address, nowMs);
    this.#run("connection", nowMs, `#${session.id} from ${address}`, (step) => {
      const limit = this.#connectionLimit(address, nowMs);
      if (limit === undefined) {
        this.tallies.connections++;
        this.#memory.sessions.add(session);
        this.#memory.openSessionCount++;
        this.#sessionCounts.change(address, 1);
      } else {
        tally(this.tallies.limits, limit);
        step.expected = "busy";
        step.limit = limit;
      }
      const outcome = act(session);
      demand(
        (outcome === "session") === (limit === undefined),
        "Limits and times: A connection is refused exactly when a limit is reached.",
        () => `${outcome}, limit ${limit}`,
      );
    }, session);
    return session;
  }

  /** Something that the server reads as a request is complete. */
  request(
    session: KnownSession,
    request: Request | "malformed",
    nowMs: number,
    act: () => void,
  ): void {
    const words = request === "malformed" ? request : request.connectionType;
    this.#run("request", nowMs, `#${session.id} ${words}`, (step) => {
      if (request !== "malformed" && listens(session)) this.#passTime(step);
      takeRequest(session, request, step, this.#memory);
      if (session.request !== undefined) this.#trace.note(`  of ${session.key}`);
      act();
    }, session);
  }

  /** The peer sends no more; `partial` when it stopped inside a request. */
  endOfStream(
    session: KnownSession,
    where: "between requests" | "inside a request",
    nowMs: number,
    act: () => void,
  ): void {
    this.#run("end of stream", nowMs, `#${session.id} ${where}`, (step) => {
      if (session.isOpen) {
        step.expected = listens(session) && where === "inside a request"
          ? "bad_request"
          : "cancelled";
      }
      act();
    }, session);
  }

  /** The connection is no more. */
  disconnection(session: KnownSession, nowMs: number, act: () => void): void {
    this.#run("disconnection", nowMs, `#${session.id}`, () => {
      if (session.isOpen) this.#close(session, "quit");
      act();
    }, session);
  }

  /** All that a session was told has left the server. */
  drained(session: KnownSession, nowMs: number, act: () => void): void {
    this.#run("drain", nowMs, `#${session.id}`, (step) => {
      this.#passTime(step);
      act();
    }, session);
  }

  /** The server's timer rings. */
  timer(nowMs: number, act: () => void): void {
    this.#run("timer", nowMs, "", (step) => {
      this.#passTime(step);
      act();
      demand(
        this.#shown.nextDeadlineMs > nowMs,
        "Limits and times: What was due is done.",
        () => `due at ${this.#shown.nextDeadlineMs}`,
      );
    });
  }

  /** The server gives back sessions: first those that asked for nothing, then the newest. */
  shed(count: number, nowMs: number, act: () => void): void {
    const open = [...this.#memory.sessions].filter(({ isOpen }) => isOpen);
    const silent = open.filter(({ request }) => request === undefined).slice(-count);
    const asking = open.filter(({ request }) => request !== undefined);
    const newest = asking.slice(Math.max(0, asking.length - (count - silent.length)));
    const left = Math.max(1, this.#memory.openSessionCount - count);
    this.#maxSessions = Math.min(this.#maxSessions, left);
    this.#run("shed", nowMs, `${count}`, act, undefined, new Set([...silent, ...newest]));
  }

  /** The server stops. */
  shutDown(nowMs: number, act: () => void): void {
    // Nobody rings any more.
    this.#timerLatenessMs = Infinity;
    this.#run("shut down", nowMs, "", act);
  }

  /** The server sends a response. */
  told(session: KnownSession, response: Response): void {
    const text = describeResponse(response);
    this.#trace.note(`  #${session.id} is told ${text}`);
    const step = this.#step;
    demand(
      step !== undefined,
      "Response: Nothing is said without a cause.",
      () => `#${session.id} ${text}`,
    );
    demand(
      session.isOpen && !session.ended,
      "Response: Nothing is sent after a session's final response, nor to one that is gone.",
      () => `#${session.id} ${session.state} was told ${text}`,
    );
    if ("code" in response) {
      checkRefusal(session, response, step, this.#memory);
      tally(this.tallies.refusals, response.code);
      this.#close(session, "answered");
    } else if ("source" in response) {
      this.#introduce(session, response, step);
    }
  }

  /** The server half-closes. */
  ended(session: KnownSession): void {
    demand(
      !session.isOpen && !session.ended &&
        (session.state === "answered" || session.request === undefined),
      "Response: A session is closed once, after its final response, if it ever said anything.",
      () => `#${session.id} is ${session.state}`,
    );
    session.ended = true;
  }

  #introduce(
    session: KnownSession,
    introduction: Introduction,
    step: Step,
  ): void {
    demand(
      session.request !== undefined,
      "Request: Only who asked is introduced.",
      () => `#${session.id} did not ask`,
    );
    const isHost = session.request.connectionType === "Server";
    // What was due comes first, and the host's lease may give way to what arrives.
    const wasDue = step.marked.some(({ due }) => due?.remote === session);
    demand(
      !isHost || wasDue || isLive(session, step.nowMs),
      "Server and Client: A host is live while it is introduced.",
      () => `#${session.id} is not`,
    );
    this.#introductions.told(session, introduction, step.nowMs);
    if (!isHost) this.#close(session, "answered");
  }

  #close(session: KnownSession, state: "answered" | "quit"): void {
    session.state = state;
    // One that was refused never had a place.
    if (!this.#memory.sessions.has(session)) return;
    this.#closed.push(session);
    this.#memory.openSessionCount--;
    this.#sessionCounts.change(session.address, -1);
    this.#memory.leave(session);
  }

  #run(
    kind: StepKind,
    nowMs: number,
    words: string,
    act: (step: Step) => void,
    subject?: KnownSession,
    shed: ReadonlySet<KnownSession> = new Set(),
  ): void {
    this.#trace.note(`${nowMs} ${kind} ${words}`);
    const clockMs = nowMs - this.#timerLatenessMs - QUANTUM_MS;
    const step: Step = { kind, nowMs, subject, clockMs, marked: [], shed };
    this.#step = step;
    act(step);
    this.#step = undefined;
    this.#introductions.endStep();
    this.tallies.introductions = this.#introductions.count;
    waitForRoom(step, this.#memory);
    checkObligations(step, this.#memory);
    for (const session of this.#closed) this.#memory.sessions.delete(session);
    this.#closed = [];
    this.tallies.check(this.#shown, this.#memory, step);
  }

  /** What was due before comes before what arrives. */
  #passTime(step: Step): void {
    step.marked = passTime(this.#memory, step.nowMs);
    step.clockMs = step.nowMs;
  }

  #fateOf(meaning: DatagramMeaning, source: Endpoint, step: Step): DatagramFate {
    if ("fault" in meaning) return meaning.fault;
    const { address } = source;
    const level = this.#datagramRate.take(address, step.nowMs);
    if (level !== undefined) return this.#overLimit(`datagrams_per_${level}`);
    this.#passTime(step);
    const known = this.#memory.leases.has(leaseKey(address, meaning.peerPort, meaning.token));
    if (!known && !this.#makeRoom(address)) return "over_limit";
    this.#memory.register(source, meaning.peerPort, meaning.token, step.nowMs);
    return known ? "renewed" : "created";
  }

  #overLimit(limit: string): "over_limit" {
    tally(this.tallies.limits, limit);
    return "over_limit";
  }

  /** Whether there is room for one more lease, once the one that must has given way. */
  #makeRoom(address: Address): boolean {
    const { leases } = this.#memory;
    const level = this.#leaseCounts.exceeded(address);
    if (level === undefined && leases.size < this.#settings.maxLeases) return true;
    tally(this.tallies.limits, level === undefined ? "max_leases" : `leases_per_${level}`);
    const sharing = level === undefined
      ? leases.values()
      : leases.values().filter((lease) =>
        prefixOf(lease.address, level) === prefixOf(address, level)
      );
    const victim = this.#memory.oldestIdle(sharing);
    if (victim !== undefined) this.#memory.forget(victim);
    return victim !== undefined;
  }

  #connectionLimit(address: Address, nowMs: number): string | undefined {
    const rate = this.#connectionRate.take(address, nowMs);
    if (rate !== undefined) return `connections_per_${rate}`;
    if (this.#memory.openSessionCount >= this.#maxSessions) return "max_sessions";
    const level = this.#sessionCounts.exceeded(address);
    return level === undefined ? undefined : `sessions_per_${level}`;
  }
}

function describeResponse(response: Response): string {
  if ("code" in response) return `${response.code}: ${response.explanation}`;
  return "source" in response
    ? `${formatEndpoint(response.source)} meets ${formatEndpoint(response.dest)}`
    : `kept alive, for ${response.leaseTimeoutS} s at a time`;
}
