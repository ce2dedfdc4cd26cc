/**
 * The lease manager under test as the service sees it: every call and every response goes past the
 * checker.
 *
 * @module
 */

import type { Request } from "../../src/protocol/message.ts";
import type { LeaseManager } from "../../src/rendezvous/lease_manager.ts";
import type { ResponseOutlet, Session } from "../../src/rendezvous/session.ts";
import type { TcpEnd } from "../simulated/tcp.ts";
import type { SimulatedTransport } from "../simulated/transport.ts";
import type { Checker } from "./checker/checker.ts";
import type { KnownSession } from "./checker/memory.ts";
import { demand } from "./checker/violation.ts";

/** What a request means, as its sender says; behind what is `unreadable` nothing is ever heard. */
export type RequestMeaning = Request | "malformed" | "unreadable";

/** A connection that is about to be handed to the service. */
export interface Arrival {
  readonly known: KnownSession;
  /** The server's side of it. */
  readonly end: TcpEnd;
  readonly transport: SimulatedTransport;
}

/** Puts the checker between a service and its lease manager. */
export class WatchedManager {
  /** To be given to the service. */
  readonly manager: LeaseManager;
  readonly #real: LeaseManager;
  readonly #checker: Checker;
  readonly #arrivals = new Map<Session, Arrival>();
  readonly #sessions = new Map<KnownSession, Session>();
  /** How many of its sender's messages each session was heard with. */
  readonly #heard = new Map<Session, number>();
  /** Sessions on which nothing more is heard. */
  readonly #deaf = new Set<Session>();
  #arrival: Arrival | undefined;
  /** Whether the connection that was handed over last became a session. */
  outcome: "session" | "refused" = "refused";

  constructor(real: LeaseManager, checker: Checker) {
    this.#real = real;
    this.#checker = checker;
    const watched: Partial<Record<keyof LeaseManager, unknown>> = {
      connect: (connection: ResponseOutlet, nowMs: number) => this.#connect(connection, nowMs),
      request: (session: Session, request: Request, nowMs: number) =>
        this.#heardOf(session, nowMs, () => real.request(session, request, nowMs)),
      malformed: (session: Session, explanation: string, nowMs: number) =>
        this.#heardOf(session, nowMs, () => real.malformed(session, explanation, nowMs)),
      cancel: (session: Session, nowMs: number) =>
        checker.endOfStream(
          this.#known(session),
          "between requests",
          nowMs,
          () => real.cancel(session, nowMs),
        ),
      disconnect: (session: Session, nowMs: number) =>
        checker.disconnection(
          this.#known(session),
          nowMs,
          () => real.disconnect(session, nowMs),
        ),
      drain: (session: Session, nowMs: number) =>
        checker.drained(this.#known(session), nowMs, () => real.drain(session, nowMs)),
    };
    this.manager = new Proxy(real, {
      get: (target, name) => {
        const value = watched[name as keyof LeaseManager] ?? Reflect.get(target, name);
        return typeof value === "function" ? value.bind(target) : value;
      },
    });
  }

  /** Says whose connection the service hands over next. */
  expect(arrival: Arrival): void {
    this.#arrival = arrival;
  }

  #connect(connection: ResponseOutlet, nowMs: number): Session | undefined {
    const arrival = this.#arrival as Arrival;
    const { known, transport } = arrival;
    const checker = this.#checker;
    const session = this.#real.connect({
      address: connection.address,
      get hasRoom() {
        return connection.hasRoom;
      },
      send(response) {
        checker.told(known, response);
        transport.meaning = response;
        connection.send(response);
      },
      end() {
        checker.ended(known);
        connection.end();
      },
    }, nowMs);
    this.outcome = session === undefined ? "refused" : "session";
    if (session === undefined) return undefined;
    known.hasRoom = () => transport.hasRoom;
    this.#arrivals.set(session, arrival);
    this.#sessions.set(known, session);
    return session;
  }

  /** Demands that whatever is complete on a connection was acted on. */
  checkHeard({ end, transport }: Arrival, known: KnownSession): void {
    const session = this.#sessions.get(known);
    if (session === undefined || !session.listens || known.state === "answered") return;
    if (this.#deaf.has(session)) return;
    const passage = end.otherPassages[this.#heard.get(session) ?? 0];
    demand(
      passage === undefined || passage.endOffset > transport.readBytes,
      "Request: A request is acted on when its closing brace has arrived, never later.",
      () => `#${known.id} was not heard`,
    );
  }

  /** The next thing that its sender says is complete on this session, or the start of one. */
  #heardOf(session: Session, nowMs: number, act: () => void): void {
    const { known, end, transport } = this.#arrivals.get(session) as Arrival;
    const heard = this.#heard.get(session) ?? 0;
    const passage = end.otherPassages[heard];
    if (passage === undefined || passage.endOffset > transport.readBytes) {
      demand(
        transport.isFinished,
        "Request: Only a complete request is acted on.",
        () => `#${known.id} was acted on`,
      );
      return this.#checker.endOfStream(known, "inside a request", nowMs, act);
    }
    this.#heard.set(session, heard + 1);
    const meaning = passage.meaning as RequestMeaning;
    if (meaning === "unreadable") this.#deaf.add(session);
    const request = meaning === "unreadable" ? "malformed" : meaning;
    this.#checker.request(known, request, nowMs, act);
  }

  #known(session: Session): KnownSession {
    return (this.#arrivals.get(session) as Arrival).known;
  }
}
