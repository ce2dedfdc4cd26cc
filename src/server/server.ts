/**
 * The server: two loops, one for datagrams and one for connections, feed the lease manager, and one
 * timer tells it that time has passed.
 *
 * @module
 */

import { type Address, type Endpoint, formatEndpoint } from "../address.ts";
import { type Clock, systemClock } from "../clock.ts";
import {
  DESCRIPTOR_RESERVE,
  LIMIT_REPORT_INTERVAL_MS,
  MAX_REFUSED_LINGERING,
  SHUTDOWN_TIMEOUT_MS,
} from "../limits.ts";
import { LimitReport } from "./limit_report.ts";
import type { Log } from "./log.ts";
import { connections } from "../net/connections.ts";
import { receiveDatagrams } from "../net/datagrams.ts";
import { Lingering } from "../net/lingering.ts";
import { close, listen, type Listener } from "../net/listen.ts";
import type { SocketFault } from "../net/socket_errors.ts";
import type { TcpConnection } from "../net/tcp_connection.ts";
import { decodeRegistration, decodeRequest } from "../protocol/decode.ts";
import { encodeResponse } from "../protocol/encode.ts";
import { type Framed, JsonStream } from "../protocol/json_stream.ts";
import type { Response } from "../protocol/message.ts";
import type { Counters } from "../rendezvous/counters.ts";
import {
  LeaseManager,
  type Randomness,
  type RendezvousSettings,
} from "../rendezvous/lease_manager.ts";
import type { Connection, Session } from "../rendezvous/session.ts";

/** Where and how to serve. */
export interface ServerOptions {
  /** Address to listen on; `undefined` means all addresses of both families. */
  readonly host: Address | undefined;
  /** UDP and TCP port; 0 takes any free one. */
  readonly port: number;
  readonly settings: RendezvousSettings;
  readonly log: Log;
  /** Default: the clock of this process. */
  readonly clock?: Clock;
}

/** A running rendezvous server. */
export class Server {
  readonly #log: Log;
  readonly #clock: Clock;
  readonly #listeners: readonly Listener[];
  readonly #manager: LeaseManager;
  readonly #limitReport: LimitReport;
  readonly #open = new Set<TcpConnection>();
  readonly #lingering = new Lingering();
  readonly #loops: Promise<void>[];
  /** Per text of a socket error, when it may be logged again. */
  readonly #errorsMutedUntilMs = new Map<string, number>();
  #refusedLingering = 0;
  #stopping = false;
  #cancelTimer: (() => void) | undefined;
  #timerMs = Infinity;
  #whenEmpty: (() => void) | undefined;

  /**
   * Listens and starts to serve.
   *
   * @throws {ListenError} when it cannot listen
   */
  constructor({ host, port, settings, log, clock = systemClock }: ServerOptions) {
    this.#log = log;
    this.#clock = clock;
    this.#manager = new LeaseManager(settings, systemRandomness, log.debug);
    this.#limitReport = new LimitReport(this.#manager.counters.limits, log, clock);
    this.#listeners = listen(host, port);
    this.#loops = this.#listeners.flatMap(({ tcp, udp }) => [
      this.#receiveDatagrams(udp),
      this.#acceptConnections(tcp),
    ]);
  }

  /** Where it listens. */
  get endpoints(): readonly Endpoint[] {
    return this.#listeners.map(({ endpoint }) => endpoint);
  }

  /** Totals since the start. */
  get counters(): Counters {
    return this.#manager.counters;
  }

  /** Number of open sessions. */
  get sessionCount(): number {
    return this.#manager.sessionCount;
  }

  /** Number of leases. */
  get leaseCount(): number {
    return this.#manager.leaseCount;
  }

  /**
   * Stops listening, tells every session, and waits until all connections are closed or
   * {@linkcode SHUTDOWN_TIMEOUT_MS} have passed.
   *
   * @returns how many sessions were told
   */
  async stop(): Promise<number> {
    this.#stopping = true;
    for (const listener of this.#listeners) close(listener);
    this.#cancelTimer?.();
    this.#limitReport.stop();
    const told = this.#manager.shutDown(this.#clock.nowMs());
    const closeRest = setTimeout(() => {
      for (const connection of this.#open) connection.close();
    }, SHUTDOWN_TIMEOUT_MS);
    await Promise.all([...this.#loops, this.#allClosed()]);
    clearTimeout(closeRest);
    this.#lingering.closeAll();
    return told;
  }

  async #allClosed(): Promise<void> {
    if (this.#open.size === 0) return;
    await new Promise<void>((resolve) => this.#whenEmpty = resolve);
  }

  async #receiveDatagrams(socket: Deno.DatagramConn): Promise<void> {
    await receiveDatagrams(
      socket,
      (bytes, source) => this.#takeDatagram(bytes, source),
      (error) => this.#logError(error),
    );
  }

  #takeDatagram(bytes: Uint8Array, source: Endpoint): void {
    const registration = decodeRegistration(bytes);
    if (registration.ok) {
      this.#manager.register(registration.value, source, this.#clock.nowMs());
      this.#afterChange();
    } else {
      this.#manager.counters.datagrams[registration.reason]++;
      this.#log.debug?.(`datagram from ${formatEndpoint(source)}: ${registration.reason}`);
    }
  }

  async #acceptConnections(listener: Deno.TcpListener): Promise<void> {
    const onError = (error: unknown, fault: SocketFault) => {
      if (fault === "descriptors") this.#freeDescriptors();
      else this.#logError(error);
    };
    for await (const connection of connections(listener, this.#lingering, onError)) {
      this.#serve(connection);
    }
  }

  #serve(tcp: TcpConnection): void {
    if (this.#stopping) return tcp.close();
    this.#open.add(tcp);
    const session = this.#manager.connect(new PeerConnection(tcp), this.#clock.nowMs());
    this.#afterChange();
    if (session === undefined) this.#drainRefused(tcp);
    else this.#readRequests(tcp, session);
  }

  /** Lets a refused connection read why, as long as not too many do so at once. */
  async #drainRefused(tcp: TcpConnection): Promise<void> {
    if (this.#refusedLingering >= MAX_REFUSED_LINGERING) tcp.hurry();
    this.#refusedLingering++;
    while (typeof await tcp.read() === "object");
    this.#refusedLingering--;
    this.#forget(tcp);
  }

  async #readRequests(tcp: TcpConnection, session: Session): Promise<void> {
    const stream = new JsonStream();
    let chunk = await tcp.read();
    for (; typeof chunk === "object"; chunk = await tcp.read()) {
      if (!session.listens) continue;
      for (const framed of stream.push(chunk)) this.#takeRequest(session, framed);
      if (session.state === "open") tcp.settle();
      this.#afterChange();
    }
    const nowMs = this.#clock.nowMs();
    if (chunk === "eof") this.#takeEnd(tcp, session, stream, nowMs);
    this.#manager.disconnect(session, nowMs);
    this.#afterChange();
    this.#forget(tcp);
  }

  #forget(tcp: TcpConnection): void {
    this.#open.delete(tcp);
    if (this.#open.size === 0) this.#whenEmpty?.();
  }

  #takeRequest(session: Session, framed: Framed): void {
    const nowMs = this.#clock.nowMs();
    const request = framed.ok ? decodeRequest(framed.value) : framed;
    if (request.ok) this.#manager.request(session, request.value, nowMs);
    else this.#manager.malformed(session, request.reason, nowMs);
  }

  /** A peer that said nothing at all needs no answer. */
  #takeEnd(tcp: TcpConnection, session: Session, stream: JsonStream, nowMs: number): void {
    if (stream.partial && session.listens) {
      this.#manager.malformed(session, "expected a whole request, received its start", nowMs);
    } else if (session.request === undefined) {
      tcp.end();
    } else {
      this.#manager.cancel(session, nowMs);
    }
  }

  /** What only lingers has to go sooner than usual, and when nothing does, sessions go. */
  #freeDescriptors(): void {
    if (this.#lingering.size > 0) return this.#lingering.turn();
    const left = this.#manager.shed(DESCRIPTOR_RESERVE, this.#clock.nowMs());
    this.#log.error(
      `the process has no descriptors left: from now on it takes ${left} sessions at most; ` +
        "raise its descriptor limit or lower -max_sessions",
      { max_sessions: left },
    );
  }

  #logError(error: unknown): void {
    const text = error instanceof Error ? error.message : String(error);
    const nowMs = this.#clock.nowMs();
    if (nowMs < (this.#errorsMutedUntilMs.get(text) ?? 0)) return;
    this.#errorsMutedUntilMs.set(text, nowMs + LIMIT_REPORT_INTERVAL_MS);
    this.#log.error(`socket error: ${text}`);
  }

  /** After anything that may have changed what is due next, or reached a limit. */
  #afterChange(): void {
    if (this.#stopping) return;
    this.#limitReport.check();
    const dueMs = this.#manager.nextDeadlineMs;
    // A timer that rings too early finds nothing due and is set again.
    if (dueMs >= this.#timerMs) return;
    this.#cancelTimer?.();
    this.#timerMs = dueMs;
    this.#cancelTimer = this.#clock.schedule(dueMs - this.#clock.nowMs(), () => {
      this.#timerMs = Infinity;
      this.#manager.expire(this.#clock.nowMs());
      this.#afterChange();
    });
  }
}

/** A TCP connection as the rendezvous sees it. */
class PeerConnection implements Connection {
  readonly #tcp: TcpConnection;

  constructor(tcp: TcpConnection) {
    this.#tcp = tcp;
  }

  get address(): Address {
    return this.#tcp.address;
  }

  send(response: Response): "queued" | "overflow" {
    return this.#tcp.send(encodeResponse(response));
  }

  end(): void {
    this.#tcp.end();
  }
}

const systemRandomness: Randomness = {
  random32: () => crypto.getRandomValues(new Uint32Array(1))[0],
  pairKey: () => crypto.getRandomValues(new Uint8Array(16)).toHex(),
};
