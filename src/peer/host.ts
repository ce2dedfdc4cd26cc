/**
 * A host: any peer that knows its name can connect to it.
 *
 * @module
 */

import { type Endpoint, formatEndpoint } from "../address.ts";
import type { Introduction, PeerPort } from "../protocol/message.ts";
import { type PreparedPeer, preparePeer } from "./prepared_peer.ts";
import { PeerError } from "./errors.ts";
import type { ConnectionEvent } from "./events.ts";
import type { ConnectionOptions } from "./options.ts";
import type { PeerSockets } from "./peer_sockets.ts";
import { HostPresence } from "./signaling/host_presence.ts";
import type { Setup } from "./signaling/setup.ts";
import type { IntroducedSocket } from "./signaling/standing_request.ts";
import { NotAcceptedError } from "./socket/acceptance.ts";
import type { Connection } from "./socket/connection.ts";
import type { ConnectOptions } from "./socket/conversation.ts";
import { checkReason } from "./socket/user_input.ts";
import { Conversations } from "./socket/conversations.ts";

/**
 * Hosts (ConnectionType `Server`): resolves once a server was asked, with a code once that is known
 * to understand it, and from then on yields each client that connects. Where the server has addresses
 * of both IP versions, the host is present under both, with one UDP socket each. A server that cannot
 * be reached yet, or any more, is tried again until it can, unless `wait` says otherwise.
 *
 * @example
 * ```ts ignore
 * import { host, newCode } from "./mod.ts";
 *
 * const code = newCode();
 * console.log(`join with ${code}`);
 * for await (const connection of await host({ server: "rendezvous.example.org", code })) {
 *   (async () => {
 *     for await (const datagram of connection) await connection.send(datagram);
 *   })();
 * }
 * ```
 *
 * @throws {PeerError} `server_unreachable` when no session can be opened at first and `wait` is `off`;
 * `bad_request` when the server is too old for codes
 * @throws {TypeError} when an option is none, a code with a typing error for one
 * @throws the signal's reason once it is aborted
 */
export async function host(options: ConnectionOptions): Promise<Host> {
  return (await hostOver(options)).hosting;
}

/** A host, and when it is none any more. */
export interface StartedHost {
  readonly hosting: Host;
  readonly ended: Promise<void>;
}

/** Hosts. @param shared sockets of the same peer; default: its own */
export async function hostOver(
  options: ConnectionOptions,
  shared?: PeerSockets,
): Promise<StartedHost> {
  const prepared = await preparePeer(options, "host", shared);
  const hosting = new RunningHost(prepared);
  const { presence } = hosting;
  const ended = new Promise<void>((resolve) => {
    presence.ended.addEventListener("abort", () => resolve(), { once: true });
  });
  ended.then(prepared.giveBack);
  await presence.asked();
  return { hosting, ended };
}

/**
 * A running host. Iterate over it for the connections of clients; iteration ends when it is closed,
 * and throws a {@linkcode PeerError} when the server refuses it for good (`replaced`: another host
 * of the same name took over). Leaving a loop does not close it.
 */
export interface Host extends AsyncIterable<Connection>, AsyncDisposable {
  /** The PeerPort under which it is known. */
  readonly localPeerPort: PeerPort;
  /** How the server sees it, per IP version; known after the first client or {@linkcode names}. */
  readonly observedEndpoints: readonly Endpoint[];
  /** Where its sockets are inside its own network. */
  readonly localEndpoints: readonly Endpoint[];

  /**
   * Asks the server under which names clients can join: `IP/PEERPORT`, one per IP version.
   *
   * @returns none while the host is not live yet, when another host has its name, or when the server
   * knows no extensions
   */
  names(): Promise<string[]>;

  /** Clients as they connect. */
  [Symbol.asyncIterator](): AsyncIterator<Connection, undefined>;

  /**
   * Stops to host, closes all connections with notice, and ends the iteration.
   *
   * @param reason what the clients are to know, see {@linkcode Connection.close}
   * @throws {RangeError} when it is too long; then nothing is closed
   */
  close(reason?: string): Promise<void>;
}

class RunningHost implements Host {
  readonly localPeerPort: PeerPort;
  readonly presence: HostPresence<Connection>;
  readonly #setup: Setup;
  readonly #sockets: PeerSockets;
  readonly #conversations = new Conversations();
  readonly #options: Omit<ConnectOptions, "mode">;

  constructor({ setup, sockets, terms }: PreparedPeer) {
    this.localPeerPort = setup.localPeerPort;
    this.#setup = setup;
    // A client that comes back may do so under the other IP version.
    const onEvent = (event: ConnectionEvent) => {
      // It may be this side whose network has changed.
      if (event.kind === "silent") this.presence.check();
      setup.onEvent(event);
    };
    this.#options = { ...terms, conversations: this.#conversations, onEvent };
    this.#sockets = sockets;
    this.presence = new HostPresence<Connection>(setup, {
      onClient: (introduced) => void this.#connect(introduced),
      onDropped: (connection) => void connection.close(),
      onSocket: (socket) => this.#sockets.listen(socket),
    });
    this.presence.ended.addEventListener("abort", () => this.#conversations.close(), {
      once: true,
    });
  }

  get observedEndpoints(): readonly Endpoint[] {
    return this.presence.observedEndpoints;
  }

  get localEndpoints(): readonly Endpoint[] {
    return this.presence.localEndpoints;
  }

  names(): Promise<string[]> {
    return this.presence.names();
  }

  [Symbol.asyncIterator](): AsyncIterator<Connection, undefined> {
    return this.presence.clients;
  }

  async close(reason?: string): Promise<void> {
    checkReason(reason);
    const closed = this.#conversations.close(reason);
    this.presence.end();
    await closed;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  /** What goes wrong with one client, in a handler of its events as well, is nobody else's matter. */
  async #connect({ introduction, socket }: IntroducedSocket): Promise<void> {
    const { source, dest } = introduction;
    const name = formatEndpoint(dest);
    try {
      this.#setup.onEvent({ kind: "introduced", source, dest });
      const options = { ...this.#options, mode: "Server" } as const;
      const connection = await this.#sockets.of(socket).accept(introduction, name, options);
      if (connection === undefined) return;
      if (this.presence.ended.aborted) await connection.close();
      else this.presence.clients.push(connection);
    } catch (error) {
      this.#tellFailure(introduction, error);
    } finally {
      socket.close();
    }
  }

  #tellFailure({ dest }: Introduction, reason: unknown): void {
    const name = formatEndpoint(dest);
    const error = reason instanceof PeerError ? reason : new PeerError(
      "punch_failed",
      `Cannot reach ${name}: this program failed: ${reason}`,
    );
    try {
      if (error instanceof NotAcceptedError) this.#setup.onEvent({ kind: "refused", dest });
      else if (error.code === "punch_failed") this.#setup.onEvent({ kind: "punch_failed", error });
    } catch {
      // Whoever is told of failures fails: nobody is left to be told.
    }
  }
}
