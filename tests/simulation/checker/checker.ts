/**
 * The checker: told of everything that is delivered to the server and everything that it answers, it
 * demands after every step what docs/PROTOCOL.md says. Its model of the rules is its own; of the
 * server it reads nothing but public counts.
 *
 * @module
 */

import { type Address, type Endpoint, formatEndpoint } from "../../../src/address.ts";
import type {
  Introduction,
  KeptAlive,
  Registration,
  RegistrationFault,
  Request,
  Response,
} from "../../../src/protocol/message.ts";
import type { DatagramFate } from "../../../src/rendezvous/counters.ts";
import type { RendezvousSettings } from "../../../src/rendezvous/lease_manager.ts";
import type { Trace } from "../trace.ts";
import { CountAllowance, prefixOf, RateAllowance } from "./allowances.ts";
import { whoGivesWay } from "./giving_way.ts";
import { Introductions } from "./introductions.ts";
import { LostTime } from "./lost_time.ts";
import { KnownSession, leaseKey, Memory, type SessionRequest } from "./memory.ts";
import { checkObligations, waitForRoom } from "./obligations.ts";
import { ReadBudgets } from "./read_budgets.ts";
import { checkRefusal, listens, takeRequest } from "./refusals.ts";
import type { Step, StepKind } from "./step.ts";
import { type PublicCounts, Tallies, tally } from "./tallies.ts";
import { isLive, isReady, passTime } from "./times.ts";
import { demand } from "./violation.ts";

/** What a datagram means, as its sender says. */
export type DatagramMeaning = Registration | { readonly fault: RegistrationFault };

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
  readonly #datagramRate: RateAllowance;
  readonly #connectionRate: RateAllowance;
  readonly #sessionCounts: CountAllowance;
  readonly #leaseCounts: CountAllowance;
  #maxSessions: number;
  #state: "serving" | "stopping" = "serving";
  #shown!: PublicCounts;
  #step: Step | undefined;
  #lastId = 0;
  /** Sessions that were closed in this step. */
  #closed: KnownSession[] = [];

  constructor({ settings, timerLatenessMs, trace }: CheckerOptions) {
    this.#settings = settings;
    this.lostTime = new LostTime(timerLatenessMs);
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
      this.lostTime.received(nowMs);
      this.#judgeConnection(address, step);
      const { expected } = step;
      if (expected === undefined) {
        this.tallies.connections++;
        this.#memory.sessions.add(session);
        this.#memory.openSessionCount++;
        this.#sessionCounts.change(address, 1);
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
    const open = [...this.#memory.sessions].filter(({ isOpen }) => isOpen);
    const silent = open.filter(({ request }) => request === undefined).slice(-count);
    const asking = open.filter(({ request }) => request !== undefined);
    const newest = asking.slice(Math.max(0, asking.length - (count - silent.length)));
    const left = Math.max(1, this.#memory.openSessionCount - count);
    this.#maxSessions = Math.min(this.#maxSessions, left);
    this.#run("shed", nowMs, `${count}`, act, undefined, new Set([...silent, ...newest]));
  }

  /** The server admits more sessions again, at most as many as at first. */
  admitMore(count: number): void {
    this.#maxSessions = Math.min(this.#maxSessions + count, this.#settings.maxSessions);
  }

  /** The server stops. */
  shutDown(nowMs: number, act: () => void): void {
    this.#state = "stopping";
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

  /** Of clients that became ready at the same moment, or with their host, any may be first. */
  #checkOrder(client: KnownSession, { nowMs, startedAt }: Step): void {
    const beforeMs = this.lostTime.settledMs(nowMs);
    const host = this.#memory.hosts.get(client.remoteName);
    const wasReady = (session: KnownSession) =>
      isReady(session, beforeMs) && (session.leasedAt as number) < startedAt;
    if (host === undefined || !wasReady(host)) return;
    const earlier = this.#memory.sessions.values().find((session) =>
      session.isOpen && session.request?.connectionType === "Client" &&
      session.remoteName === client.remoteName && session.askedAt < client.askedAt &&
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
    const clockMs = this.lostTime.settledMs(nowMs);
    const step: Step = {
      kind,
      startedAt: this.#memory.nextEvent(),
      nowMs,
      subject,
      clockMs,
      gaveWay: undefined,
      answers: undefined,
      marked: [],
      shed,
    };
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

  /** The source is judged first, and what is no registration counts like one. */
  #fateOf(meaning: DatagramMeaning, source: Endpoint, step: Step): DatagramFate {
    const { address } = source;
    this.lostTime.received(step.nowMs);
    if (isBadSource(source)) return this.#drop(address, "bad_source");
    const level = this.#datagramRate.take(address, step.nowMs);
    if (level !== undefined) return this.#refuse(address, `datagrams_per_${level}`);
    if ("fault" in meaning) return this.#drop(address, meaning.fault);
    this.#passTime(step);
    const known = this.#memory.leases.has(leaseKey(address, meaning.peerPort, meaning.token));
    const limit = known ? undefined : this.#makeRoom(address);
    if (limit !== undefined) return this.#refuse(address, limit);
    for (const session of this.#memory.waitingForLease(address)) {
      session.seen.take(meaning, (session.request as SessionRequest).localPeerPort);
    }
    this.#memory.register(source, meaning.peerPort, meaning.token, step.nowMs);
    return known ? "renewed" : "created";
  }

  #drop<Reason extends DatagramFate>(address: Address, reason: Reason): Reason {
    for (const session of this.#memory.waitingForLease(address)) session.seen.drop(reason);
    return reason;
  }

  #refuse(address: Address, limit: string): "over_limit" {
    if (limit.startsWith("datagrams")) tally(this.tallies.limits, limit);
    for (const session of this.#memory.waitingForLease(address)) session.seen.refuse(limit);
    return "over_limit";
  }

  /** Makes room for one more lease, or says the limit for which there is none. */
  #makeRoom(address: Address): string | undefined {
    const { leases } = this.#memory;
    const level = this.#leaseCounts.exceeded(address);
    if (level === undefined && leases.size < this.#settings.maxLeases) return undefined;
    const limit = level === undefined ? "max_leases" : `leases_per_${level}`;
    tally(this.tallies.limits, limit);
    const sharing = level === undefined
      ? leases.values()
      : leases.values().filter((lease) =>
        prefixOf(lease.address, level) === prefixOf(address, level)
      );
    const victim = this.#memory.oldestIdle(sharing);
    if (victim === undefined) return limit;
    this.#memory.forget(victim);
    return undefined;
  }

  /** Whether a connection has a place, and who must give one up for it. */
  #judgeConnection(address: Address, step: Step): void {
    if (this.#state === "stopping") {
      step.expected = "shutting_down";
      return;
    }
    const rate = this.#connectionRate.take(address, step.nowMs);
    const level = rate === undefined ? this.#sessionCounts.exceeded(address) : undefined;
    if (rate !== undefined) step.limit = `connections_per_${rate}`;
    else if (level !== undefined) step.limit = `sessions_per_${level}`;
    else if (this.#memory.openSessionCount >= this.#maxSessions) {
      step.limit = "max_sessions";
      const placed = [...this.#memory.sessions].filter(({ isOpen }) => isOpen);
      step.gaveWay = whoGivesWay(placed, address, step.nowMs);
    }
    if (step.limit === undefined) return;
    tally(this.tallies.limits, step.limit);
    if (step.gaveWay === undefined) step.expected = "busy";
    else this.tallies.gaveWay++;
  }
}

/** "port 0, unspecified, multicast or broadcast source" */
function isBadSource({ address, port }: Endpoint): boolean {
  const firstByte = Number(address.split(".")[0]);
  return port === 0 || address === "0.0.0.0" || address === "255.255.255.255" ||
    address === "::" || firstByte >= 224 && firstByte < 240 || address.startsWith("ff");
}

function describeResponse(response: Response): string {
  if ("code" in response) return `${response.code}: ${response.explanation}`;
  return "source" in response
    ? `${formatEndpoint(response.source)} meets ${formatEndpoint(response.dest)}`
    : `kept alive, for ${response.leaseTimeoutS} s at a time`;
}
