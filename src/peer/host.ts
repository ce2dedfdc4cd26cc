/**
 * A host: any peer that knows its name can connect to it.
 *
 * @module
 */

import { type Endpoint, formatEndpoint } from "../address.ts";
import type { Introduction, PeerPort } from "../protocol/message.ts";
import type { Connection } from "./socket/connection.ts";
import { PeerError } from "./errors.ts";
import { HostPresence } from "./signaling/host_presence.ts";
import { type PeerOptions, serverAddresses, type Setup, setUp } from "./options.ts";
import { Conversations } from "./socket/conversation.ts";
import type { PeerSocket } from "./socket/peer_socket.ts";

/**
 * Hosts (ConnectionType `Server`): resolves once a server was asked, and from then on yields each
 * client that connects. Where the server has addresses of both IP versions, the host is present under
 * both, with one UDP socket each. Lost sessions are opened again without the user noticing.
 *
 * @example
 * ```ts ignore
 * import { host } from "./mod.ts";
 *
 * for await (const connection of await host({ server: "rendezvous.example.org", localPeerPort: 1 })) {
 *   (async () => {
 *     for await (const datagram of connection) await connection.send(datagram);
 *   })();
 * }
 * ```
 *
 * @throws {PeerError} `server_unreachable` when no session can be opened at first
 * @throws the signal's reason once it is aborted
 */
export async function host(options: PeerOptions): Promise<Host> {
  const setup = setUp(options);
  const started = new Host(setup, await serverAddresses(setup));
  return await started.asked();
}

/**
 * A running host. Iterate over it for the connections of clients; iteration ends when it is closed,
 * and throws a {@linkcode PeerError} when the server refuses it for good (`replaced`: another host
 * of the same name took over). Leaving a loop does not close it.
 */
export class Host implements AsyncIterable<Connection> {
  /** The PeerPort under which it is known. */
  readonly localPeerPort: PeerPort;
  readonly #setup: Setup;
  readonly #presence: HostPresence<Connection>;
  /** A client that comes back may do so under the other IP version. */
  readonly #conversations = new Conversations();

  /** Made by {@linkcode host}; not for direct use. */
  constructor(setup: Setup, addresses: readonly string[]) {
    this.localPeerPort = setup.localPeerPort;
    this.#setup = setup;
    this.#presence = new HostPresence<Connection>(
      setup,
      addresses,
      (introduction, socket) => void this.#connect(introduction, socket),
      (connection) => void connection.close(),
    );
  }

  /** Resolves with this host once the server was asked; closes it when that fails. */
  async asked(): Promise<this> {
    await this.#presence.asked();
    return this;
  }

  /** How the server sees it, per IP version; known after the first client or {@linkcode names}. */
  get observedEndpoints(): readonly Endpoint[] {
    return this.#presence.observedEndpoints;
  }

  /** Where its sockets are inside its own network. */
  get localEndpoints(): readonly Endpoint[] {
    return this.#presence.localEndpoints;
  }

  /**
   * Asks the server under which names clients can join: `IP/PEERPORT`, one per IP version.
   *
   * @returns none while the host is not live yet, or when the server knows no extensions
   */
  names(): Promise<string[]> {
    return this.#presence.names();
  }

  /** Clients as they connect. */
  [Symbol.asyncIterator](): AsyncIterator<Connection, undefined> {
    return this.#presence.clients;
  }

  /** Stops to host, closes all connections with notice, and ends the iteration. */
  close(): Promise<void> {
    return this.#presence.end();
  }

  /** For `await using`. */
  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  async #connect(introduction: Introduction, socket: PeerSocket): Promise<void> {
    try {
      const name = formatEndpoint(introduction.dest);
      const options = { mode: "Server", conversations: this.#conversations } as const;
      const connection = await socket.accept(introduction, name, options);
      if (connection !== undefined) this.#presence.clients.push(connection);
    } catch (error) {
      if (!(error instanceof PeerError)) throw error;
      if (error.code === "punch_failed") this.#setup.onEvent({ kind: "punch_failed", error });
    }
  }
}
