/**
 * The server: two loops, one for datagrams and one for connections, feed the service, and one timer
 * tells it that time has passed.
 *
 * @module
 */

import type { Address, Endpoint } from "../address.ts";
import { Alarm } from "../async/alarm.ts";
import { pause } from "../async/waiting.ts";
import { type Clock, systemClock } from "../clock.ts";
import { errorText } from "../error_text.ts";
import {
  LAST_ACCEPT_MS,
  LAST_ACCEPT_PAUSE_MS,
  LIMIT_REPORT_INTERVAL_MS,
  SHUTDOWN_TIMEOUT_MS,
} from "../limits.ts";
import { connections } from "../net/connections.ts";
import { datagrams } from "../sockets/datagrams.ts";
import { close, listen, type Listener } from "../net/listen.ts";
import { OpenConnections } from "../net/open_connections.ts";
import type { SocketFault } from "../sockets/socket_errors.ts";
import type { TcpConnection } from "../net/tcp_connection.ts";
import type { StatusSource } from "../http/status_source.ts";
import type { Counters } from "../rendezvous/counters.ts";
import {
  LeaseManager,
  type Randomness,
  type RendezvousSettings,
} from "../rendezvous/lease_manager.ts";
import { type ServedConnection, Service } from "../rendezvous/service.ts";
import { AbuseLog } from "./abuse_log.ts";
import { DescriptorGuard } from "./descriptor_guard.ts";
import { Drain } from "./drain.ts";
import { LanReport } from "./lan_report.ts";
import { LimitReport } from "./limit_report.ts";
import type { Log } from "./log.ts";
import { ObservedServer } from "./observed_server.ts";
import { SourceWarning } from "./source_warning.ts";

/** Where and how to serve. */
export interface ServerOptions {
  /** Addresses to listen on; none means all addresses of both families. */
  readonly host: readonly Address[];
  /** UDP and TCP port; 0 takes any free one. */
  readonly port: number;
  readonly settings: RendezvousSettings;
  readonly log: Log;
  /** Whether refusals are logged with their sources. Default: `"off"`. */
  readonly abuseLog?: "on" | "off";
  /** Default: the clock of this process. */
  readonly clock?: Clock | undefined;
}

/** A running rendezvous server. */
export class Server {
  readonly #log: Log;
  readonly #clock: Clock;
  readonly #listeners: readonly Listener[];
  readonly #manager: LeaseManager;
  readonly #service: Service;
  readonly #alarm: Alarm;
  readonly #limitReport: LimitReport;
  readonly #abuseLog: AbuseLog | undefined;
  readonly #lanReport: LanReport;
  readonly #open: OpenConnections;
  readonly #descriptors: DescriptorGuard;
  readonly #sourceWarning: SourceWarning;
  readonly #observed: ObservedServer;
  #drain: Drain | undefined;
  readonly #loops: Promise<void>[];
  #acceptedCount = 0;
  /** Per text of a socket error, when it may be logged again. */
  readonly #errorsMutedUntilMs = new Map<string, number>();

  /**
   * Listens and starts to serve.
   *
   * @throws {ListenError} when it cannot listen
   */
  constructor({ host, port, settings, log, abuseLog, clock = systemClock }: ServerOptions) {
    this.#log = log;
    this.#clock = clock;
    const abuse = abuseLog === "on" ? new AbuseLog(log, clock) : undefined;
    this.#abuseLog = abuse;
    this.#manager = new LeaseManager(settings, systemRandomness, log.debug, abuse?.refused);
    const service = new Service(this.#manager, systemRandomness.random32);
    this.#service = service;
    this.#alarm = new Alarm(clock, () => service.nextDeadlineMs, (nowMs) => service.expire(nowMs));
    this.#limitReport = new LimitReport(this.#manager.counters, log, clock);
    this.#lanReport = new LanReport(this.#manager.counters, log, clock);
    this.#open = new OpenConnections(clock);
    const { lingering } = this.#open;
    this.#descriptors = new DescriptorGuard({ manager: this.#manager, lingering, log, clock });
    this.#sourceWarning = new SourceWarning(() => this.#manager.soleSource, log);
    this.#listeners = listen(host, port);
    this.#observed = new ObservedServer({
      ...{ manager: this.#manager, open: this.#open, settings, clock },
      endpoints: this.endpoints,
    });
    this.#loops = this.#listeners.flatMap(({ tcp, udp }) => [
      this.#receiveDatagrams(udp),
      this.#acceptConnections(tcp),
    ]);
  }

  /** Where it listens. */
  get endpoints(): readonly Endpoint[] {
    return this.#listeners.map(({ endpoint }) => endpoint);
  }

  /** The server as whoever watches it may see it. */
  get observed(): StatusSource {
    return this.#observed;
  }

  /** Totals since the start. */
  get counters(): Counters {
    return this.#manager.counters;
  }

  /** Number of sessions that have no final response yet. */
  get sessionCount(): number {
    return this.#manager.sessionCount;
  }

  /** Number of open TCP connections, those included that only wait for their peer to close. */
  get connectionCount(): number {
    return this.#open.size;
  }

  /** Number of leases. */
  get leaseCount(): number {
    return this.#manager.leaseCount;
  }

  /** Serves on, says that new peers should go elsewhere, and sends hosts there, a few at a time. */
  drain(durationMs: number): void {
    this.#observed.phase = "draining";
    this.#drain = new Drain({ manager: this.#manager, clock: this.#clock, durationMs });
  }

  /**
   * Tells every session, stops listening, and waits until all connections are closed or
   * {@linkcode SHUTDOWN_TIMEOUT_MS} have passed.
   *
   * @returns how many connections were told, those included that waited to be accepted
   */
  async stop(): Promise<number> {
    this.#observed.phase = "stopping";
    this.#drain?.stop();
    this.#manager.shutDown(this.#clock.nowMs());
    await this.#acceptLast();
    for (const listener of this.#listeners) close(listener);
    await Promise.all(this.#loops);
    this.#alarm.stop();
    this.#limitReport.stop();
    this.#abuseLog?.stop();
    this.#descriptors.stop();
    await this.#open.closed(SHUTDOWN_TIMEOUT_MS);
    return this.counters.refusals.shutting_down;
  }

  /** Whoever connected already and waits to be accepted is told as well. */
  async #acceptLast(): Promise<void> {
    const endMs = this.#clock.nowMs() + LAST_ACCEPT_MS;
    for (let before = -1; before < this.#acceptedCount && this.#clock.nowMs() < endMs;) {
      before = this.#acceptedCount;
      await pause(this.#clock, LAST_ACCEPT_PAUSE_MS);
    }
  }

  async #receiveDatagrams(socket: Deno.DatagramConn): Promise<void> {
    const onError = (error: unknown) => this.#logError(error);
    for await (const { bytes, source } of datagrams(socket, this.#clock, onError)) {
      const fate = this.#service.receive(bytes, source, this.#clock.nowMs());
      if (fate === "created") this.#sourceWarning.check();
      this.#afterChange();
    }
  }

  async #acceptConnections(listener: Deno.TcpListener): Promise<void> {
    const onError = (error: unknown, fault: SocketFault) => {
      if (fault === "descriptors") this.#descriptors.exhausted();
      else this.#logError(error);
    };
    for await (const connection of connections(listener, this.#open, onError)) {
      this.#acceptedCount++;
      this.#serve(connection);
    }
  }

  async #serve(tcp: TcpConnection): Promise<void> {
    let nowMs = this.#clock.nowMs();
    const served = this.#service.accept(tcp, nowMs);
    this.#afterChange();
    for (;;) {
      const chunk = await tcp.read(served.readPauseMs(nowMs));
      nowMs = this.#clock.nowMs();
      if (typeof chunk === "object") served.read(chunk, nowMs);
      else if (chunk === "eof") served.finish(nowMs);
      else served.lose(nowMs);
      this.#afterChange();
      if (typeof chunk === "string") return;
      if (served.stands) tcp.settle(() => this.#drained(served));
    }
  }

  #drained(served: ServedConnection): void {
    served.drain(this.#clock.nowMs());
    this.#afterChange();
  }

  #logError(error: unknown): void {
    const text = errorText(error);
    const nowMs = this.#clock.nowMs();
    if (nowMs < (this.#errorsMutedUntilMs.get(text) ?? 0)) return;
    this.#errorsMutedUntilMs.set(text, nowMs + LIMIT_REPORT_INTERVAL_MS);
    this.#log.error(`socket error: ${text}`);
  }

  /** After anything that may have changed what is due next, reached a limit, or introduced somebody. */
  #afterChange(): void {
    this.#limitReport.check();
    this.#lanReport.check();
    this.#alarm.check();
  }
}

const systemRandomness: Randomness = {
  random32: () => crypto.getRandomValues(new Uint32Array(1))[0],
  pairKey: () => crypto.getRandomValues(new Uint8Array(16)).toHex(),
};
