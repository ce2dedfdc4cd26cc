/**
 * Connections to one remote peer: a client's and a peer's.
 *
 * @module
 */

import { type Family, familyOf } from "../address.ts";
import { abortable, sleep } from "../async/waiting.ts";
import { type ConnectionTerms, type PreparedPeer, preparePeer } from "./prepared_peer.ts";
import { ImpatienceError, PeerError } from "./errors.ts";
import {
  FIRST_PATIENCE_MS,
  MEET_AGAIN_PAUSE_MS,
  MEET_AGAIN_WINDOW_MS,
  PATIENCES_MS,
} from "./limits.ts";
import { type PeerKind, type RemoteOptions, toRemoteOrCode } from "./options.ts";
import type { PeerSockets } from "./peer_sockets.ts";
import { leadsElsewhere } from "./signaling/follow_up.ts";
import { type AskMode, Introducer } from "./signaling/introducer.ts";
import { isNamed } from "./signaling/naming.ts";
import type { RegisteredSocket } from "./signaling/registration.ts";
import type { SoughtPeer } from "./signaling/routes.ts";
import type { Setup } from "./signaling/setup.ts";
import type { IntroducedSocket } from "./signaling/standing_request.ts";
import type { Connection } from "./socket/connection.ts";
import { Conversations } from "./socket/conversations.ts";
import type { PeerSocket } from "./socket/peer_socket.ts";

/**
 * Connects to a peer that hosts (ConnectionType `Client`), by its code or by `IP/PEERPORT`. With
 * `wait: "on"` it waits for one.
 *
 * @example
 * ```ts ignore
 * import { join } from "./mod.ts";
 *
 * const connection = await join({
 *   server: "rendezvous.example.org",
 *   code: "008J-4CT4-ANK7-F24S-94",
 * });
 * await connection.send(new TextEncoder().encode("hello"));
 * for await (const datagram of connection) console.log(new TextDecoder().decode(datagram));
 * ```
 *
 * @throws {PeerError} `host_not_found` when the peer does not host, `punch_failed` when there is no
 * path to it, or it does not accept this peer, `cancelled` when `accept` does not want it,
 * `server_unreachable`, or another code of the protocol
 * @throws {TypeError} when an option is none, a code with a typing error for one
 * @throws the signal's reason once it is aborted
 */
export function join(options: RemoteOptions): Promise<Connection> {
  return reachOver(options, "Client");
}

/**
 * Connects to a peer that asks for this one as well (ConnectionType `Peer`). Waits until it does, for
 * as long as it takes; a server that cannot be reached meanwhile is asked again. With a code the two
 * that use it meet; a third waits for a fourth.
 *
 * @throws {PeerError} `punch_failed` when there is no path to it, or it does not accept this peer,
 * `cancelled` when `accept` does not want it, `replaced` when another process of the same Token asks,
 * `server_unreachable` when the server cannot be reached at first and `wait` is `off`, or another
 * code of the protocol
 * @throws {TypeError} when an option is none, a code with a typing error for one
 * @throws the signal's reason once it is aborted
 */
export function connect(options: RemoteOptions): Promise<Connection> {
  return reachOver(options, "Peer");
}

/** How the one with the same code is called: the code is a secret. */
const CALLED: Readonly<Record<AskMode, string>> = {
  Client: "the host of this code",
  Peer: "the peer of this code",
};

const KINDS: Readonly<Record<AskMode, PeerKind>> = { Client: "joiner", Peer: "peer" };

/** Connects. @param shared sockets of the same peer; default: its own */
export async function reachOver(
  options: RemoteOptions,
  mode: AskMode,
  shared?: PeerSockets,
): Promise<Connection> {
  const remote = toRemoteOrCode(options);
  const prepared = await preparePeer(options, KINDS[mode], shared);
  const { name, giveBack } = prepared;
  const target = remote ?? { name: name as string };
  const remoteName = options.remote ?? CALLED[mode];
  try {
    const reach = new Reach(prepared, mode, { target, remoteName });
    const connection = await reach.meet();
    connection.ended.then(giveBack);
    return connection;
  } catch (error) {
    giveBack();
    throw error;
  }
}

/** A remote peer as the server is asked for it, and as people call it. */
interface Remote {
  readonly target: SoughtPeer;
  readonly remoteName: string;
}

/** One remote peer, met once or more often, over the socket that this machine's address allows. */
class Reach {
  readonly #setup: Setup;
  readonly #mode: AskMode;
  readonly #remote: Remote;
  readonly #terms: ConnectionTerms;
  #registered: RegisteredSocket | undefined;
  readonly #sockets: PeerSockets;
  /** The connection, whichever socket its link is on. */
  readonly #conversations = new Conversations();

  constructor({ setup, sockets, terms }: PreparedPeer, mode: AskMode, remote: Remote) {
    this.#setup = setup;
    this.#mode = mode;
    this.#remote = remote;
    this.#terms = terms;
    this.#sockets = sockets;
  }

  /** For the first time. Where a path does not open under one IP version, the other one is tried. */
  async meet(): Promise<Connection> {
    const { signal, onEvent } = this.#setup;
    const introducer = this.#introducer(this.#setup);
    const except = new Set<Family>();
    let failed: PeerError | undefined;
    let patienceMs = isNamed(this.#remote.target) ? FIRST_PATIENCE_MS : undefined;
    for (;;) {
      const introduced = await introducer.introduce({ except, onSocket: this.#onSocket })
        .catch((error) => {
          // That the other IP version is missing explains less than why this one has no path.
          throw error instanceof PeerError && leadsElsewhere(error) ? failed ?? error : error;
        });
      try {
        return await this.#open(introduced, patienceMs);
      } catch (error) {
        signal.throwIfAborted();
        patienceMs = undefined;
        if (error instanceof ImpatienceError) continue;
        except.add(familyOf(introduced.introduction.dest.address));
        const isPath = error instanceof PeerError && error.code === "punch_failed";
        if (!isPath || !introducer.hasOther(except)) throw error;
        failed = error;
        onEvent({ kind: "punch_failed", error });
      }
    }
  }

  /** Told of each socket before it is registered. */
  readonly #onSocket = (registered: RegisteredSocket): void => this.#sockets.listen(registered);

  async #open(
    { introduction, socket }: IntroducedSocket,
    patienceMs: number | undefined,
  ): Promise<Connection> {
    const { signal, onEvent } = this.#setup;
    const close = () => void this.#conversations.close();
    signal.addEventListener("abort", close, { once: true });
    const release = () => {
      signal.removeEventListener("abort", close);
      this.#registered?.close();
      this.#registered = undefined;
    };
    try {
      const own = this.#use(socket);
      signal.throwIfAborted();
      const connection = await own.connect(introduction, this.#remote.remoteName, {
        ...this.#terms,
        mode: this.#mode,
        conversations: this.#conversations,
        onEvent,
        meetAgain: (connection, signal) => this.#meetAgain(connection, signal),
      }, patienceMs);
      connection.ended.then(release);
      if (signal.aborted) close();
      signal.throwIfAborted();
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
      for (let attempt = 0; !signal.aborted; attempt++) {
        await this.#tryAgain(connection, attempt, signal);
      }
    } finally {
      cancel();
    }
  }

  async #tryAgain(connection: Connection, attempt: number, signal: AbortSignal): Promise<void> {
    const setup: Setup = { ...this.#setup, wait: "on", signal };
    const patienceMs = isNamed(this.#remote.target) ? PATIENCES_MS[attempt] : undefined;
    try {
      const { introduction, socket } = await this.#introducer(setup).introduce({
        socket: this.#registered,
        onSocket: this.#onSocket,
      });
      // Where it is not needed any more nobody closes what is taken over now.
      if (signal.aborted) return socket.close();
      const renewing = this.#use(socket).renew(connection, introduction, patienceMs);
      await abortable(renewing, signal);
    } catch (error) {
      if (signal.aborted || error instanceof ImpatienceError) return;
      if (!(error instanceof PeerError)) throw error;
      setup.onEvent({ kind: "punch_failed", error });
      await sleep(setup.platform.clock, MEET_AGAIN_PAUSE_MS, signal).catch(() => {});
    }
  }

  #introducer(setup: Setup): Introducer {
    return new Introducer(setup, this.#remote.target, this.#mode);
  }

  /**
   * Takes over the socket of an introduction. A machine whose address changed has a new one; the one
   * before serves the links that it has.
   */
  #use(registered: RegisteredSocket): PeerSocket {
    this.#registered?.close();
    this.#registered = registered;
    return this.#sockets.of(registered);
  }
}
