/**
 * The server under test: the real decoders, lease manager and encoder, put together as
 * `src/server.ts` does, with a simulated network around and the checker beside every call.
 *
 * @module
 */

import type { Address } from "../../src/address.ts";
import { decodeRegistration, decodeRequest } from "../../src/protocol/decode.ts";
import { type Framed, JsonStream } from "../../src/protocol/json_stream.ts";
import type { Request } from "../../src/protocol/message.ts";
import type { LeaseManager, RendezvousSettings } from "../../src/rendezvous/lease_manager.ts";
import type { Session } from "../../src/rendezvous/session.ts";
import { Checker, type DatagramMeaning } from "./checker/checker.ts";
import type { KnownSession } from "./checker/memory.ts";
import { demand } from "./checker/violation.ts";
import type { Packet } from "../simulated/network.ts";
import type { Prng } from "../simulated/prng.ts";
import { type OutputLimits, ServedConnection } from "./served_connection.ts";
import type { TcpEnd } from "../simulated/tcp.ts";
import type { Trace } from "./trace.ts";
import type { VirtualClock } from "../simulated/virtual_clock.ts";

/** The class under test; mutants bring another. */
export type LeaseManagerClass = new (
  ...args: ConstructorParameters<typeof LeaseManager>
) => LeaseManager;

/** What a server is made of. */
export interface SimulatedServerOptions {
  readonly Manager: LeaseManagerClass;
  readonly settings: RendezvousSettings;
  readonly timerLatenessMs: number;
  readonly output: OutputLimits;
  readonly random32: () => number;
  readonly clock: VirtualClock;
  readonly prng: Prng;
  readonly trace: Trace;
}

/** What a request means, as its sender says. */
export type RequestMeaning = Request | "malformed";

/** One read of the real server takes at most this much. */
const READ_BYTES = 256;

/** A server in the simulated world. */
export class SimulatedServer {
  readonly checker: Checker;
  readonly #options: SimulatedServerOptions;
  readonly #manager: LeaseManager;
  #cancelTimer: (() => void) | undefined;
  #timerMs = Infinity;
  #state: "serving" | "stopped" = "serving";

  constructor(options: SimulatedServerOptions) {
    const { Manager, settings, random32, prng } = options;
    this.#options = options;
    this.checker = new Checker(options);
    this.#manager = new Manager(settings, { random32, pairKey: () => hex32(prng) });
    this.checker.watch(this.#manager);
  }

  /** The public counts of the manager. */
  get counts(): Pick<
    LeaseManager,
    "leaseCount" | "sessionCount" | "rosterSize" | "nextDeadlineMs"
  > {
    return this.#manager;
  }

  /** Takes a packet that arrived at the server's UDP port. */
  receive({ source, bytes, meaning }: Packet): void {
    if (this.#state === "stopped") return;
    const { counters } = this.#manager;
    const nowMs = this.#nowMs();
    this.checker.datagram(meaning as DatagramMeaning, source, nowMs, () => {
      const registration = decodeRegistration(bytes);
      if (registration.ok) return this.#manager.register(registration.value, source, nowMs);
      counters.datagrams[registration.reason]++;
      return registration.reason;
    });
    this.#afterChange();
  }

  /** Takes a connection. */
  accept(end: TcpEnd, address: Address): void {
    if (this.#state === "stopped") return end.reset();
    const { clock, output } = this.#options;
    let session: Session | undefined;
    let connection: ServedConnection | undefined;
    let gone = () => {};
    const known = this.checker.connection(address, this.#nowMs(), (known) => {
      connection = new ServedConnection(known, end, this.checker, clock, output, () => gone());
      session = this.#manager.connect(connection, this.#nowMs());
      return session === undefined ? "refused" : "session";
    });
    this.#afterChange();
    if (session !== undefined && connection !== undefined) {
      gone = this.#serve(end, connection, session, known);
    } else {
      end.events = { received() {}, finished: () => connection?.release(), lost() {} };
    }
  }

  /** The process has come to its descriptor limit. */
  shed(count: number): void {
    const nowMs = this.#nowMs();
    this.checker.shed(count, nowMs, () => this.#manager.shed(count, nowMs));
    this.#afterChange();
  }

  /** Stops: tells every session, takes nothing more. */
  stop(): void {
    this.#state = "stopped";
    this.#cancelTimer?.();
    const nowMs = this.#nowMs();
    this.checker.shutDown(nowMs, () => this.#manager.shutDown(nowMs));
  }

  /** Reads from a session's connection; returns what to do when this side closes it. */
  #serve(
    end: TcpEnd,
    connection: ServedConnection,
    session: Session,
    known: KnownSession,
  ): () => void {
    const stream = new JsonStream();
    let present = true;
    let readBytes = 0;
    const disconnect = () => {
      if (!present) return;
      present = false;
      const nowMs = this.#nowMs();
      this.checker.disconnection(known, nowMs, () => this.#manager.disconnect(session, nowMs));
      this.#afterChange();
    };
    end.events = {
      received: (bytes) => {
        for (let start = 0; start < bytes.length && present; start += READ_BYTES) {
          const chunk = bytes.subarray(start, start + READ_BYTES);
          this.#read(chunk, readBytes, stream, session, known, end);
          readBytes += chunk.length;
        }
      },
      finished: () => {
        if (!present) return;
        this.#takeEnd(stream, session, known, connection);
        disconnect();
        connection.release();
      },
      lost: () => {
        disconnect();
        connection.release();
      },
    };
    return disconnect;
  }

  /** Takes a chunk; the checker knows from its sender which requests are complete in it. */
  #read(
    chunk: Uint8Array,
    before: number,
    stream: JsonStream,
    session: Session,
    known: KnownSession,
    end: TcpEnd,
  ): void {
    if (!session.listens) return;
    const complete = end.otherPassages.filter(({ endOffset }) =>
      endOffset > before && endOffset <= before + chunk.length
    ).map(({ meaning }) => meaning as RequestMeaning);
    for (const framed of stream.push(chunk)) {
      const meaning = complete.shift();
      demand(
        meaning !== undefined,
        "Request: Only a complete request is acted on.",
        () => `#${known.id}: ${framed.ok ? new TextDecoder().decode(framed.value) : framed.reason}`,
      );
      this.#takeRequest(session, known, framed, meaning);
    }
    demand(
      complete.length === 0 || !session.listens || known.state === "answered",
      "Request: A request is acted on when its closing brace has arrived, never later.",
      () => `#${known.id} was not heard`,
    );
    this.#afterChange();
  }

  #takeRequest(
    session: Session,
    known: KnownSession,
    framed: Framed,
    meaning: RequestMeaning,
  ): void {
    const nowMs = this.#nowMs();
    const request = framed.ok ? decodeRequest(framed.value) : framed;
    this.checker.request(known, meaning, nowMs, () => {
      if (request.ok) this.#manager.request(session, request.value, nowMs);
      else this.#manager.malformed(session, request.reason, nowMs);
    });
  }

  #takeEnd(
    stream: JsonStream,
    session: Session,
    known: KnownSession,
    connection: ServedConnection,
  ): void {
    const nowMs = this.#nowMs();
    if (stream.partial && session.listens) {
      const explanation = "expected a whole request, received its start";
      this.checker.endOfStream(known, "inside a request", nowMs, () => {
        this.#manager.malformed(session, explanation, nowMs);
      });
    } else if (session.request === undefined) {
      connection.halfClose();
    } else {
      this.checker.endOfStream(known, "between requests", nowMs, () => {
        this.#manager.cancel(session, nowMs);
      });
    }
  }

  #afterChange(): void {
    const dueMs = this.#manager.nextDeadlineMs;
    if (this.#state === "stopped" || dueMs >= this.#timerMs) return;
    const { clock, prng, timerLatenessMs } = this.#options;
    this.#cancelTimer?.();
    this.#timerMs = dueMs;
    const delayMs = Math.max(0, dueMs - this.#nowMs()) + prng.between(0, timerLatenessMs);
    this.#cancelTimer = clock.schedule(delayMs, () => {
      this.#timerMs = Infinity;
      this.checker.timer(this.#nowMs(), () => this.#manager.expire(this.#nowMs()));
      this.#afterChange();
    });
  }

  #nowMs(): number {
    return this.#options.clock.nowMs();
  }
}

function hex32(prng: Prng): string {
  return Array.from({ length: 4 }, () => prng.next32().toString(16).padStart(8, "0")).join("");
}
