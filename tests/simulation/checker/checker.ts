/**
 * The checker: told of everything that is delivered to the server and everything that it answers, it
 * demands after every step what docs/PROTOCOL.md says. Its model of the rules is its own; of the
 * server it reads nothing but public counts.
 *
 * @module
 */

import { type Address, type Endpoint, formatEndpoint } from "../../../src/address.ts";
import type { Introduction, KeptAlive, Request, Response } from "../../../src/protocol/message.ts";
import type { DatagramFate } from "../../../src/rendezvous/counters.ts";
import type { RendezvousSettings } from "../../../src/rendezvous/lease_manager.ts";
import type { Trace } from "../trace.ts";
import { type DatagramMeaning, Gate } from "./gate.ts";
import { Introductions } from "./introductions.ts";
import { LostTime } from "./lost_time.ts";
import { KnownSession, Memory } from "./memory.ts";
import { checkObligations, waitForRoom } from "./obligations.ts";
import { ReadBudgets } from "./read_budgets.ts";
import { checkRefusal, listens, takeRequest } from "./refusals.ts";
import type { Step, StepKind } from "./step.ts";
import { type PublicCounts, Tallies, tally } from "./tallies.ts";
import { isLive, isReady, passTime } from "./times.ts";
import { demand } from "./violation.ts";

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
  readonly #trace: Trace;
  /** Asked about each read, and told of it. */
  readonly budgets = new ReadBudgets();
  /** Told when the world holds the server up. */
  readonly lostTime: LostTime;
  readonly #memory: Memory;
  readonly #introductions: Introductions;
  readonly #gate: Gate;
  #shown!: PublicCounts;
  #step: Step | undefined;
  #lastId = 0;
  /** Sessions that were closed in this step. */
  #closed: KnownSession[] = [];

  constructor({ settings, timerLatenessMs, trace }: CheckerOptions) {
    this.#settings = settings;
    this.lostTime = new LostTime(timerLatenessMs);
    this.#trace = trace;
    this.#memory = new Memory(settings.leaseTimeoutMs);
    this.#gate = new Gate(settings, this.#memory, this.tallies);
    this.#introductions = new Introductions(this.#memory, this.tallies);
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
      this.lostTime.received(nowMs);
      const expected = this.#gate.datagram(meaning, source, nowMs, () => this.#passTime(step));
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
      this.lostTime.received(nowMs);
      this.#gate.connection(address, step);
      const { expected } = step;
      if (expected === undefined) {
        this.tallies.connections++;
        this.#memory.sessions.add(session);
      }
      const outcome = act(session);
      demand(
        (outcome === "session") === (expected === undefined),
        "Limits and times: A connection is refused exactly when a limit is reached, or at a stop.",
        () => `${outcome}, expected ${expected}, limit ${step.limit}`,
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
      if (request !== "malformed") this.#passTime(step);
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
      session.answer = "none";
      if (session.isOpen && session.request?.connectionType === "Server") this.#passTime(step);
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
    const open = this.#memory.openSessions;
    const silent = open.filter(({ request }) => request === undefined).slice(-count);
    const asking = open.filter(({ request }) => request !== undefined);
    const newest = asking.slice(Math.max(0, asking.length - (count - silent.length)));
    this.#gate.shed(count);
    this.#run("shed", nowMs, `${count}`, act, undefined, new Set([...silent, ...newest]));
  }

  /** The server admits more sessions again, at most as many as at first. */
  admitMore(count: number): void {
    this.#gate.admitMore(count);
  }

  /** The server stops. */
  shutDown(nowMs: number, act: () => void): void {
    this.#gate.stop();
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
      if (response.code === "replaced" && session.address !== step.subject?.address) {
        this.tallies.moves++;
      }
      tally(this.tallies.refusals, response.code);
      this.#close(session, "answered");
    } else if ("source" in response) {
      this.#introduce(session, response, step);
    } else {
      this.#answer(session, response, step);
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

  #answer(session: KnownSession, { leaseTimeoutS }: KeptAlive, step: Step): void {
    demand(
      session === step.answers && leaseTimeoutS === this.#settings.leaseTimeoutMs / 1000,
      "Answered KeepAlive: Only who asks for it is told the lease timeout, one answer at a time.",
      () => `#${session.id} was told ${leaseTimeoutS}`,
    );
    session.answer = "queued";
    step.answers = undefined;
    this.tallies.answers++;
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
      !isHost || wasDue || isLive(session),
      "Server and Client: A host is live while it is introduced.",
      () => `#${session.id} is not`,
    );
    demand(
      !isHost || session.hasRoom(),
      "Server and Client: A host that has not read what it was told is told of nobody.",
      () => `#${session.id} is`,
    );
    if (session.request.connectionType === "Client") this.#checkOrder(session, step);
    this.#introductions.told(session, introduction, step.nowMs);
    if (!isHost) this.#close(session, "answered");
  }

  /**
   * Of clients that became ready at the same moment, or with their host, any may be first, and of
   * those that asked at the same moment by what the host has two of, its address and its name.
   */
  #checkOrder(client: KnownSession, { nowMs, startedAt }: Step): void {
    const beforeMs = this.lostTime.settledMs(nowMs);
    const host = this.#memory.hosts.get(client.remoteName);
    const wasReady = (session: KnownSession) =>
      isReady(session, beforeMs) && (session.leasedAt as number) < startedAt;
    if (host === undefined || !wasReady(host)) return;
    const earlier = this.#memory.sessions.values().find((session) =>
      session.isOpen && session.request?.connectionType === "Client" &&
      this.#memory.hosts.get(session.remoteName) === host && isEarlier(session, client) &&
      session.doom === undefined && wasReady(session)
    );
    demand(
      earlier === undefined,
      "Server and Client: Clients that wait are introduced in the order of their requests.",
      () => `#${client.id} came before #${earlier?.id}`,
    );
  }

  #close(session: KnownSession, state: "answered" | "quit"): void {
    session.state = state;
    // One that was refused never had a place.
    if (!this.#memory.sessions.has(session)) return;
    this.#closed.push(session);
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
    const clockMs = this.lostTime.settledMs(nowMs);
    const step: Step = {
      kind,
      startedAt: this.#memory.nextEvent(),
      nowMs,
      subject,
      clockMs,
      limit: undefined,
      gaveWay: undefined,
      answers: undefined,
      rivals: [],
      marked: [],
      shed,
    };
    this.#step = step;
    act(step);
    this.#step = undefined;
    this.#introductions.endStep();
    waitForRoom(step, this.#memory);
    checkObligations(step, this.#memory);
    for (const session of this.#closed) this.#memory.sessions.delete(session);
    this.#closed = [];
    this.tallies.check(this.#shown, this.#memory, step);
    this.lostTime.shown(this.#shown.nextDeadlineMs);
  }

  /** What was due before comes before what arrives, unless time was lost. */
  #passTime(step: Step): void {
    const { nowMs } = step;
    if (this.lostTime.holds(nowMs)) {
      this.tallies.heldBack++;
      return;
    }
    step.marked = passTime(this.#memory, nowMs, (dueMs) => this.lostTime.expires(dueMs, nowMs));
    step.clockMs = nowMs;
  }
}

function isEarlier(a: KnownSession, b: KnownSession): boolean {
  return a.remoteName === b.remoteName ? a.askedAt < b.askedAt : a.requestMs < b.requestMs;
}

function describeResponse(response: Response): string {
  if ("code" in response) return `${response.code}: ${response.explanation}`;
  return "source" in response
    ? `${formatEndpoint(response.source)} meets ${formatEndpoint(response.dest)}`
    : `kept alive, for ${response.leaseTimeoutS} s at a time`;
}
