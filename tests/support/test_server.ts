/**
 * A server in this process, with everything a test wants to look at.
 *
 * @module
 */

import { assertEquals } from "@std/assert";
import type { Address, Endpoint } from "../../src/address.ts";
import type { Log, LogProperties } from "../../src/server/log.ts";
import type { LimitName } from "../../src/rendezvous/counters.ts";
import type { RendezvousSettings } from "../../src/rendezvous/lease_manager.ts";
import { Server } from "../../src/server/server.ts";
import { VirtualClock } from "../simulated/virtual_clock.ts";
import { delay, until } from "./deadline.ts";
import { datagram } from "./messages.ts";
import { RawClient, RawSocket } from "./raw_client.ts";
import { DEFAULT_SETTINGS } from "./settings.ts";

/** Any moment but 0 at which a virtual clock can start. */
const START_MS = 1_000_000;
/** How much of it passes in a real millisecond while the server stops. */
const VIRTUAL_STEP_MS = 10;

/** How to start a {@linkcode TestServer}. */
export interface TestServerOptions {
  /** Default: `127.0.0.1`. `"all"` means all addresses of both families. */
  readonly host?: Address | "all";
  readonly settings?: Partial<RendezvousSettings>;
  /** Default: the clock of this process; a virtual one stands still until `advance`. */
  readonly clock?: "virtual";
}

/** A running server, its log, and the clients and sockets that were opened through it. */
export class TestServer {
  readonly server: Server;
  readonly log = new MemoryLog();
  readonly #sockets: RawSocket[] = [];
  readonly #clients: RawClient[] = [];
  readonly #host: Address;
  readonly #clock: VirtualClock | undefined;

  constructor({ host = "127.0.0.1", settings, clock }: TestServerOptions = {}) {
    this.#host = host === "all" ? "127.0.0.1" : host;
    this.#clock = clock === "virtual" ? new VirtualClock(START_MS) : undefined;
    this.server = new Server({
      host: host === "all" ? [] : [host],
      port: 0,
      settings: { ...DEFAULT_SETTINGS, ...settings },
      log: this.log,
      ...(this.#clock && { clock: this.#clock }),
    });
  }

  /** Lets virtual time pass. */
  advance(ms: number): void {
    if (this.#clock === undefined) throw new Error("Cannot advance: expected a virtual clock");
    this.#clock.runUntil(this.#clock.nowMs() + ms);
  }

  /** Where clients reach it at `address`. */
  at(address: Address = this.#host): Endpoint {
    return { address, port: this.server.endpoints[0].port };
  }

  /** Number of datagrams whose fate is decided. */
  get datagrams(): number {
    return sum(this.server.counters.datagrams);
  }

  /** A UDP socket at a loopback address, which is closed with the server. */
  socket(address: Address = this.#host): RawSocket {
    const socket = new RawSocket(address);
    this.#sockets.push(socket);
    return socket;
  }

  /** Sends a datagram and waits until the server has it; again when it was lost. */
  async deliver(socket: RawSocket, data: string | Uint8Array, to = this.at()): Promise<void> {
    const before = this.datagrams;
    let sentMs = -Infinity;
    await until(async () => {
      if (this.datagrams > before) return true;
      if (performance.now() - sentMs > 1_000) {
        sentMs = performance.now();
        await socket.send(to, data);
      }
      return false;
    }, "the datagram to arrive");
  }

  /** Registers a new socket as a peer. */
  async register(
    peerPort: number | bigint,
    { token, address = this.#host }: { token?: string; address?: Address } = {},
  ): Promise<RawSocket> {
    const socket = this.socket(address);
    await this.deliver(socket, datagram(peerPort, token), this.at(loopbackFor(address)));
    return socket;
  }

  /** A TCP connection, which is closed with the server. */
  async connect(address: Address = this.#host, from?: Address): Promise<RawClient> {
    const client = await RawClient.connect(this.at(address), from);
    this.#clients.push(client);
    return client;
  }

  /** Waits until that many connections have become sessions since the start. */
  async connected(count: number): Promise<void> {
    await until(() => this.server.counters.connections >= count, `${count} sessions`);
  }

  /** Waits until a limit was reached that many times. */
  async counted(limit: LimitName, times: number): Promise<void> {
    const reached = () => this.server.counters.limits.get(limit) ?? 0;
    await until(() => reached() >= times, () => `${limit} ${times} times, not ${reached()}`);
  }

  /** Connects, sends a request, and waits until the server has taken it. */
  async ask(request: string, address?: Address, from?: Address): Promise<RawClient> {
    const before = this.log.requests;
    const client = await this.connect(address, from);
    await client.send(request);
    await until(() => this.log.requests > before, "the request to arrive");
    return client;
  }

  /** Virtual time goes on until the server has stopped. */
  async #stop(): Promise<void> {
    let state: "stopping" | "stopped" = "stopping";
    const stopped = this.server.stop().then(() => state = "stopped");
    while (this.#clock !== undefined && state === "stopping") {
      this.advance(VIRTUAL_STEP_MS);
      await delay(1);
    }
    await stopped;
  }

  /** Stops everything and checks that the server sent no datagram to anyone. */
  async [Symbol.asyncDispose](): Promise<void> {
    for (const client of this.#clients) client.close();
    await this.#stop();
    const received = this.#sockets.map((socket) => socket.received);
    for (const socket of this.#sockets) await socket.close();
    assertEquals(received, this.#sockets.map(() => 0), "the server sent a datagram");
  }
}

/** A log that a test can read. */
export class MemoryLog implements Log {
  readonly infos: { message: string; properties: LogProperties }[] = [];
  readonly warnings: string[] = [];
  readonly errors: string[] = [];
  readonly events: string[] = [];

  readonly debug = (message: string): void => void this.events.push(message);

  info(message: string, properties: LogProperties = {}): void {
    this.infos.push({ message, properties });
  }

  warn(message: string): void {
    this.warnings.push(message);
  }

  error(message: string): void {
    this.errors.push(message);
  }

  /** Number of requests that the server has taken. */
  get requests(): number {
    return this.events.filter((event) => event.includes(" asks as ")).length;
  }
}

/** The sum of a record of counters. */
export function sum(counters: Readonly<Record<string, number>>): number {
  return Object.values(counters).reduce((total, count) => total + count, 0);
}

/** The loopback address that a socket at `address` can reach. */
function loopbackFor(address: Address): Address {
  return address.includes(":") ? "::1" : "127.0.0.1";
}
