/**
 * The clients' side of an existing TCP application through a punched hole: `-listen=tcp:` beside its
 * clients.
 *
 * @module
 */

import { type Endpoint, formatEndpoint } from "../../address.ts";
import { pause } from "../../async/waiting.ts";
import { type Connection, PeerError, type Platform } from "../../peer/mod.ts";
import { CommandStreams, RESET_CODES } from "../command_streams.ts";
import { Drops, type LossReason } from "../drops.ts";
import { MAX_CLIENTS, REOPEN_PORT_MS } from "../limits.ts";
import type { Say } from "../status.ts";
import type { FlowAddress } from "./flow_address.ts";
import { openListening } from "./listen.ts";
import { joinFlow, resetCodeOf } from "./tcp_flow.ts";
import { listenTcp, type TcpPort, type TcpSocket } from "./tcp_socket.ts";

/** What carries clients now. */
interface Carriage {
  readonly streams: CommandStreams;
  readonly drops: Drops;
}

/** Why the other side reset a stream, for the sum and in words. */
const REFUSALS: Readonly<Record<number, readonly [LossReason, string]>> = {
  [RESET_CODES.service_refused]: [
    "service_refused",
    "the service behind the other side cannot be reached; it is said there why",
  ],
  [RESET_CODES.too_many]: [
    "too_many",
    "the other side carries no more at a time, or needed its place for another joiner; a larger " +
    "-max_flows there allows more",
  ],
  [RESET_CODES.not_served]: ["mismatch", "the other side does not carry TCP"],
};

/** One port, on which each connection of a client is a stream. */
export class TcpListener {
  readonly #platform: Platform;
  readonly #say: Say;
  readonly #drops: Drops;
  #port!: TcpPort;
  #carriage: Carriage | undefined;
  #clients = 0;
  #state: "open" | "reopening" | "closed" = "open";

  private constructor(platform: Platform, say: Say) {
    this.#platform = platform;
    this.#say = say;
    this.#drops = new Drops("a client of -listen", say, "TCP connection");
  }

  /** Listens; who comes without a connection to the other side is reset, and that is said. */
  static async open(
    platform: Platform,
    address: FlowAddress,
    say: Say,
  ): Promise<TcpListener> {
    const listener = new TcpListener(platform, say);
    listener.#port = await openListening(
      platform.network,
      address,
      (at) => listenTcp(at, (socket) => listener.#welcome(socket)),
    );
    return listener;
  }

  /** Where it listens. */
  get local(): Endpoint {
    return this.#port.local;
  }

  /** Carries clients over a connection until that is over. */
  async carry(connection: Connection): Promise<void> {
    this.#drops.sayTotal();
    const drops = new Drops(connection.remoteName, this.#say, "TCP connection");
    const streams = new CommandStreams(connection, { use: "tcp_listen", say: this.#say });
    this.#carriage = { streams, drops };
    await connection.ended;
    this.#carriage = undefined;
    drops.sayTotal();
  }

  /** Stops listening. */
  close(): void {
    this.#state = "closed";
    this.#drops.sayTotal();
    this.#port.close();
  }

  async #welcome(socket: TcpSocket): Promise<void> {
    const refusal = this.#refusal();
    if (refusal !== undefined) {
      socket.reset();
      (this.#carriage?.drops ?? this.#drops).count(refusal[0], () => refusal[1]);
      return;
    }
    this.#clients++;
    this.#sayClient("opened", socket);
    try {
      await this.#carry(socket, this.#carriage as Carriage);
    } finally {
      this.#clients--;
      this.#sayClient("closed", socket);
    }
  }

  /** Why no client is taken now. */
  #refusal(): readonly [LossReason, string] | undefined {
    if (this.#carriage === undefined) {
      return ["no_connection", "there is no connection to the other side yet"];
    }
    if (!this.#carriage.streams.isMatch) return REFUSALS[RESET_CODES.not_served];
    if (this.#clients >= MAX_CLIENTS) {
      return ["too_many", `${MAX_CLIENTS} are open; more need a -listen of their own`];
    }
    if (this.#hasDescriptor()) return undefined;
    this.#reopen();
    return ["no_socket", "this process may open no more files; raise its limit (ulimit -n)"];
  }

  #hasDescriptor(): boolean {
    try {
      this.#platform.network.openUdp("IPv4").close();
      return true;
    } catch {
      return false;
    }
  }

  /** In Deno, what could not accept for want of a descriptor never accepts again, and says nothing. */
  async #reopen(): Promise<void> {
    if (this.#state !== "open") return;
    this.#state = "reopening";
    while (this.#state === "reopening") {
      await pause(this.#platform.clock, REOPEN_PORT_MS);
      // While there is still no descriptor: the next time.
      if (this.#state === "reopening") {
        await this.#port.reopen().then(() => this.#opened(), () => {});
      }
    }
  }

  #opened(): void {
    if (this.#state === "closed") this.#port.close();
    else this.#state = "open";
  }

  async #carry(socket: TcpSocket, { streams, drops }: Carriage): Promise<void> {
    let failure: unknown;
    try {
      const stream = await streams.open();
      failure = await joinFlow(socket, { ...stream, beginning: new Uint8Array() });
    } catch (error) {
      // None could be opened: the connection of the peers is over.
      if (!(error instanceof PeerError)) throw error;
      failure = error;
      socket.reset();
    }
    const refusal = REFUSALS[resetCodeOf(failure) ?? RESET_CODES.reset];
    if (refusal !== undefined) drops.count(refusal[0], () => refusal[1]);
  }

  #sayClient(what: "opened" | "closed", { remote }: TcpSocket): void {
    const client = formatEndpoint(remote);
    const text = `TCP connection of ${client} ${what}`;
    this.#say({ level: "detail", kind: `flow_${what}`, text, members: { client } });
  }
}
