/**
 * A host as the server knows it: present under each IP version that the server has.
 *
 * @module
 */

import { type Endpoint, type Family, familyOf } from "../../address.ts";
import type { Introduction } from "../../protocol/message.ts";
import { HostSession } from "./host_session.ts";
import { MAX_QUEUED_CLIENTS } from "../limits.ts";
import type { Setup } from "../options.ts";
import type { PeerSocket } from "../socket/peer_socket.ts";
import { Queue } from "../../async/queue.ts";

/** What becomes of a client; `socket` is the one that it was told of. */
export type OnClient = (introduction: Introduction, socket: PeerSocket) => void;

/** The sessions of one host, and what its clients become, to be iterated. */
export class HostPresence<Client> {
  /** What {@linkcode OnClient} made of the clients. */
  readonly clients: Queue<Client>;
  readonly #setup: Setup;
  readonly #ended = new AbortController();
  readonly #sessions: readonly HostSession[];
  readonly #runs: readonly Promise<void>[];

  /**
   * Becomes present, until the signal of `setup` is aborted.
   *
   * @param addresses of the server
   * @param onClient is to put something into `clients`
   * @param onDropped told of clients that nobody iterated in time
   * @throws {PeerError} `server_unreachable` when this machine has no socket for any of them
   */
  constructor(
    setup: Setup,
    addresses: readonly string[],
    onClient: OnClient,
    onDropped?: (client: Client) => void,
  ) {
    this.#setup = setup;
    this.clients = new Queue(MAX_QUEUED_CLIENTS, onDropped);
    this.#sessions = this.#openSessions(addresses, onClient);
    this.#runs = this.#sessions.map((session) => this.#run(session));
    const { signal } = this.#ended;
    setup.signal.addEventListener("abort", () => this.end(), { once: true, signal });
  }

  /**
   * Resolves when the server was asked under one IP version at least. Ends when it could not be.
   *
   * @throws {PeerError} why it could not be
   * @throws the signal's reason once it is aborted
   */
  async asked(): Promise<void> {
    try {
      this.#setup.signal.throwIfAborted();
      await Promise.any(this.#sessions.map(({ asked }) => asked));
    } catch (error) {
      await this.end();
      this.#setup.signal.throwIfAborted();
      throw error instanceof AggregateError ? error.errors[0] : error;
    }
  }

  /** How the server sees it, per IP version, as far as known. */
  get observedEndpoints(): readonly Endpoint[] {
    return this.#sessions.flatMap(({ observed }) => observed === undefined ? [] : [observed]);
  }

  /** Where its sockets are inside its own network. */
  get localEndpoints(): readonly Endpoint[] {
    return this.#sessions.flatMap(({ socket }) => socket.localEndpoints);
  }

  /** The names under which clients can ask for it; none while the server does not know it. */
  async names(): Promise<string[]> {
    const endpoints = await Promise.all(this.#sessions.map((session) => session.observe()));
    return endpoints.flatMap((endpoint) =>
      endpoint === undefined ? [] : [`${endpoint.address}/${this.#setup.localPeerPort}`]
    );
  }

  /** Leaves the server, ends the iteration, closes all links with notice, then the sockets. */
  async end(): Promise<void> {
    this.#ended.abort();
    this.clients.end();
    await Promise.all(this.#runs);
    await Promise.all(this.#sessions.map(({ socket }) => socket.close()));
  }

  /** A machine that lacks one IP version does without. */
  #openSessions(addresses: readonly string[], onClient: OnClient): HostSession[] {
    const families: readonly Family[] = ["IPv6", "IPv4"];
    const setup = { ...this.#setup, signal: this.#ended.signal };
    const sessions: HostSession[] = [];
    let failure: unknown;
    for (const family of families) {
      const endpoints = addresses.filter((address) => familyOf(address) === family)
        .map((address) => ({ address, port: setup.server.port }));
      if (endpoints.length === 0) continue;
      try {
        sessions.push(new HostSession(setup, endpoints, onClient));
      } catch (error) {
        failure = error;
      }
    }
    if (sessions.length === 0) throw failure;
    return sessions;
  }

  /** A refusal for good counts for the host as a whole: under both IP versions it is one peer. */
  async #run(session: HostSession): Promise<void> {
    try {
      await session.run();
    } catch (error) {
      if (!session.hasAsked) return;
      this.clients.fail(error);
      this.end();
    }
  }
}
