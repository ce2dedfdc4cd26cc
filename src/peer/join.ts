/**
 * Connections to one remote peer: a client's and a peer's.
 *
 * @module
 */

import { type Family, familyOf } from "../address.ts";
import { abortable, sleep } from "../async/waiting.ts";
import { type ConnectionTerms, connectionTerms } from "./connection_terms.ts";
import { PeerError } from "./errors.ts";
import { MEET_AGAIN_PAUSE_MS, MEET_AGAIN_WINDOW_MS } from "./limits.ts";
import { type PeerKind, type RemoteOptions, setUp, toRemote } from "./options.ts";
import { PeerSockets } from "./peer_sockets.ts";
import { leadsElsewhere } from "./signaling/follow_up.ts";
import { type AskMode, Introducer } from "./signaling/introducer.ts";
import type { RegisteredSocket } from "./signaling/registration.ts";
import type { Setup } from "./signaling/setup.ts";
import type { IntroducedSocket } from "./signaling/standing_request.ts";
import type { Connection } from "./socket/connection.ts";
import { Conversations } from "./socket/conversation.ts";
import type { PeerSocket } from "./socket/peer_socket.ts";

/**
 * Connects to a peer that hosts (ConnectionType `Client`). With `wait: "on"` it waits for one.
 *
 * @example
 * ```ts ignore
 * import { join } from "./mod.ts";
 *
 * const connection = await join({
 *   server: "rendezvous.example.org",
 *   remote: "203.0.113.7/1",
 * });
 * await connection.send(new TextEncoder().encode("hello"));
 * for await (const datagram of connection) console.log(new TextDecoder().decode(datagram));
 * ```
 *
 * @throws {PeerError} `host_not_found` when the peer does not host, `punch_failed` when there is no
 * path to it, `server_unreachable`, or another code of the protocol
 * @throws the signal's reason once it is aborted
 */
export function join(options: RemoteOptions): Promise<Connection> {
  return reach(options, "Client", "joiner");
}

/**
 * Connects to a peer that asks for this one as well (ConnectionType `Peer`). Waits until it does, for
 * as long as it takes; a server that cannot be reached meanwhile is asked again.
 *
 * @throws {PeerError} `punch_failed` when there is no path to it, `replaced` when another process of
 * the same Token asks, `server_unreachable` when the server cannot be reached at first and `wait` is
 * `off`, or another code of the protocol
 * @throws the signal's reason once it is aborted
 */
export function connect(options: RemoteOptions): Promise<Connection> {
  return reach(options, "Peer", "peer");
}

/** Where a path does not open under one IP version, the other one is tried. */
async function reach(options: RemoteOptions, mode: AskMode, kind: PeerKind): Promise<Connection> {
  const setup = setUp(options, kind);
  const introducer = new Introducer(setup, toRemote(options.remote), mode);
  const terms = await connectionTerms(options, setup.platform);
  const reach = new Reach(setup, options.remote, mode, terms);
  const except = new Set<Family>();
  let failed: PeerError | undefined;
  for (;;) {
    const introduced = await introducer.introduce({ except, onSocket: reach.onSocket })
      .catch((error) => {
        // That the other IP version is missing explains less than why this one has no path.
        throw error instanceof PeerError && leadsElsewhere(error) ? failed ?? error : error;
      });
    try {
      return await reach.open(introduced);
    } catch (error) {
      setup.signal.throwIfAborted();
      except.add(familyOf(introduced.introduction.dest.address));
      const isPath = error instanceof PeerError && error.code === "punch_failed";
      if (!isPath || !introducer.hasOther(except)) throw error;
      failed = error;
      setup.onEvent({ kind: "punch_failed", error });
    }
  }
}

/** One remote peer, met once or more often, over the socket that this machine's address allows. */
class Reach {
  readonly #setup: Setup;
  readonly #remoteName: string;
  readonly #mode: AskMode;
  readonly #terms: ConnectionTerms;
  #registered: RegisteredSocket | undefined;
  readonly #sockets: PeerSockets;
  /** The connection, whichever socket its link is on. */
  readonly #conversations = new Conversations();

  constructor(setup: Setup, remoteName: string, mode: AskMode, terms: ConnectionTerms) {
    this.#setup = setup;
    this.#remoteName = remoteName;
    this.#mode = mode;
    this.#terms = terms;
    this.#sockets = new PeerSockets(setup.platform);
  }

  /** Told of each socket before it is registered. */
  readonly onSocket = (registered: RegisteredSocket): void => this.#sockets.listen(registered);

  async open({ introduction, socket }: IntroducedSocket): Promise<Connection> {
    const { signal, onEvent } = this.#setup;
    const close = async () => {
      await this.#conversations.close();
      await this.#sockets.close();
    };
    signal.addEventListener("abort", close, { once: true });
    const release = () => {
      signal.removeEventListener("abort", close);
      close();
    };
    try {
      const own = this.#use(socket);
      signal.throwIfAborted();
      const connection = await own.connect(introduction, this.#remoteName, {
        ...this.#terms,
        mode: this.#mode,
        conversations: this.#conversations,
        onEvent,
        meetAgain: (connection, signal) => this.#meetAgain(connection, signal),
      });
      connection.ended.then(release);
      return connection;
    } catch (error) {
      release();
      throw error;
    }
  }

  /** Without patience it is tried for a while only. */
  async #meetAgain(connection: Connection, until: AbortSignal): Promise<void> {
    const { platform: { clock }, wait } = this.#setup;
    const tooLong = new AbortController();
    const cancel = wait === "on"
      ? () => {}
      : clock.schedule(MEET_AGAIN_WINDOW_MS, () => tooLong.abort());
    const signal = AbortSignal.any([until, tooLong.signal, this.#setup.signal]);
    try {
      while (!signal.aborted) await this.#tryAgain(connection, signal);
    } finally {
      cancel();
    }
  }

  async #tryAgain(connection: Connection, signal: AbortSignal): Promise<void> {
    const setup: Setup = { ...this.#setup, wait: "on", signal };
    const introducer = new Introducer(setup, toRemote(this.#remoteName), this.#mode);
    try {
      const introduced = await introducer.introduce({
        socket: this.#registered,
        onSocket: this.onSocket,
      });
      const renewing = this.#use(introduced.socket).renew(connection, introduced.introduction);
      await abortable(renewing, signal);
    } catch (error) {
      if (signal.aborted) return;
      if (!(error instanceof PeerError)) throw error;
      setup.onEvent({ kind: "punch_failed", error });
      await sleep(setup.platform.clock, MEET_AGAIN_PAUSE_MS, signal).catch(() => {});
    }
  }

  /** A machine whose address changed has a new socket; others serve what they still have. */
  #use(registered: RegisteredSocket): PeerSocket {
    this.#registered = registered;
    return this.#sockets.only(registered);
  }
}
