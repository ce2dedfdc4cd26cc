/**
 * A host: any peer that knows its name can connect to it.
 *
 * @module
 */

import { type Endpoint, type Family, familyOf, formatEndpoint } from "../address.ts";
import type { Introduction, PeerPort } from "../protocol/message.ts";
import type { Connection } from "./connection.ts";
import { PeerError } from "./errors.ts";
import { type HostEvents, HostSession } from "./host_session.ts";
import { MAX_QUEUED_CONNECTIONS } from "./limits.ts";
import { type PeerOptions, serverAddresses, type Setup, setUp } from "./options.ts";
import type { PeerSocket } from "./peer_socket.ts";
import { Queue } from "./queue.ts";

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
  await started.asked();
  return started;
}

/**
 * A running host. Iterate over it for the connections of clients; iteration ends when it is closed,
 * and throws a {@linkcode PeerError} when the server refuses it for good (`replaced`: another host
 * of the same name took over).
 */
export class Host implements AsyncIterable<Connection> {
  /** The PeerPort under which it is known. */
  readonly localPeerPort: PeerPort;
  readonly #setup: Setup;
  readonly #ended = new AbortController();
  readonly #sessions: readonly HostSession[];
  readonly #runs: readonly Promise<void>[];
  readonly #connections = new Queue<Connection>(
    MAX_QUEUED_CONNECTIONS,
    (connection) => void connection.close(),
  );
  #closing: Promise<void> | undefined;

  /** Made by {@linkcode host}; not for direct use. */
  constructor(setup: Setup, addresses: readonly string[]) {
    this.localPeerPort = setup.localPeerPort;
    this.#setup = setup;
    const signal = this.#ended.signal;
    const onIntroduction = (introduction: Introduction, socket: PeerSocket) =>
      void this.#connect(introduction, socket);
    this.#sessions = openSessions({ ...setup, signal }, addresses, { onIntroduction });
    this.#runs = this.#sessions.map((session) => this.#run(session));
    if (setup.signal.aborted) this.close();
    setup.signal.addEventListener("abort", () => this.close(), { once: true, signal });
  }

  /** Resolves when one of its sessions has asked the server. */
  async asked(): Promise<void> {
    try {
      await Promise.any(this.#sessions.map(({ asked }) => asked));
    } catch (error) {
      await this.close();
      throw error instanceof AggregateError ? error.errors[0] : error;
    } finally {
      this.#setup.signal.throwIfAborted();
    }
  }

  /** How the server sees it, per IP version; known after the first client or {@linkcode names}. */
  get observedEndpoints(): readonly Endpoint[] {
    return this.#sessions.flatMap(({ observed }) => observed === undefined ? [] : [observed]);
  }

  /**
   * Asks the server under which names clients can join: `IP/PEERPORT`, one per IP version.
   *
   * @returns none while the host is not live yet, or when the server knows no extensions
   */
  async names(): Promise<string[]> {
    const endpoints = await Promise.all(this.#sessions.map((session) => session.observe()));
    return endpoints.flatMap((endpoint) =>
      endpoint === undefined ? [] : [`${endpoint.address}/${this.localPeerPort}`]
    );
  }

  /** Where its sockets are inside its own network. */
  get localEndpoints(): readonly Endpoint[] {
    return this.#sessions.flatMap(({ socket }) => socket.localEndpoints);
  }

  /** Clients as they connect. */
  [Symbol.asyncIterator](): AsyncIterator<Connection, undefined> {
    return this.#connections;
  }

  /** Stops to host, closes all connections with notice, and ends the iteration. */
  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  /** For `await using`. */
  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  async #close(): Promise<void> {
    this.#ended.abort();
    this.#connections.end();
    await Promise.all(this.#runs);
    await Promise.all(this.#sessions.map(({ socket }) => socket.close()));
  }

  /**
   * A refusal for good ends the host as a whole: under both IP versions it is one peer. A machine
   * that lacks one of them does without.
   */
  async #run(session: HostSession): Promise<void> {
    try {
      await session.run();
    } catch (error) {
      if (!session.hasAsked) return;
      this.#connections.fail(error);
      this.#closing ??= Promise.resolve().then(() => this.#close());
    }
  }

  async #connect(introduction: Introduction, socket: PeerSocket): Promise<void> {
    try {
      const name = formatEndpoint(introduction.dest);
      this.#connections.push(await socket.connect(introduction, name));
    } catch (error) {
      if (!(error instanceof PeerError)) throw error;
      if (error.code === "punch_failed") this.#setup.onEvent({ kind: "punch_failed", error });
    }
  }
}

/** One session per IP version of the server. @throws the last failure when none can be opened */
function openSessions(
  setup: Setup,
  addresses: readonly string[],
  events: HostEvents,
): HostSession[] {
  const families: readonly Family[] = ["IPv6", "IPv4"];
  const sessions: HostSession[] = [];
  let failure: unknown;
  for (const family of families) {
    const endpoints = addresses.filter((address) => familyOf(address) === family)
      .map((address) => ({ address, port: setup.server.port }));
    if (endpoints.length === 0) continue;
    try {
      sessions.push(new HostSession(setup, endpoints, events));
    } catch (error) {
      failure = error;
    }
  }
  if (sessions.length === 0) throw failure;
  return sessions;
}
