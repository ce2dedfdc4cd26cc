/**
 * One peer that does several things: it hosts, joins and meets others over the same sockets, under one
 * registration.
 *
 * @module
 */

import type { PeerPort } from "../protocol/message.ts";
import { PeerError } from "./errors.ts";
import { type Host, hostOver } from "./host.ts";
import { reachOver } from "./join.ts";
import { type ConnectionOptions, type PeerOptions, type RemoteOptions, setUp } from "./options.ts";
import { PeerSockets } from "./peer_sockets.ts";
import type { AskMode } from "./signaling/introducer.ts";
import type { Connection } from "./socket/connection.ts";

/** What all that one peer does has in common, and only {@linkcode openPeer} is told. */
export type PeerIdentityOption = "server" | "localPeerPort" | "token" | "platform";

/** What {@linkcode Peer.host} may add to, or change of, what {@linkcode openPeer} was told. */
export type PeerHostOptions = Omit<ConnectionOptions, PeerIdentityOption>;

/** What {@linkcode Peer.join} and {@linkcode Peer.connect} need besides. */
export type PeerRemoteOptions = Omit<RemoteOptions, PeerIdentityOption>;

/**
 * A peer with one PeerPort. While it hosts, asks for somebody or has a connection it has one UDP socket
 * per IP version, at most, which all of that shares.
 */
export interface Peer extends AsyncDisposable {
  /** Under which it is known. */
  readonly localPeerPort: PeerPort;

  /** Hosts, as {@linkcode host} does. */
  host(options?: PeerHostOptions): Promise<Host>;

  /** Connects to a peer that hosts, as {@linkcode join} does. */
  join(options: PeerRemoteOptions): Promise<Connection>;

  /** Connects to a peer that asks for this one as well, as {@linkcode connect} does. */
  connect(options: PeerRemoteOptions): Promise<Connection>;

  /** Ends all that it does, connections with notice. It does nothing afterwards. */
  close(): Promise<void>;
}

/**
 * Makes a peer that may host, join and connect at the same time, to whomever and as often as it likes.
 * {@linkcode host}, {@linkcode join} and {@linkcode connect} are each a peer that does one thing. It
 * asks nobody anything yet.
 *
 * @example
 * ```ts ignore
 * import { openPeer } from "./mod.ts";
 *
 * await using peer = await openPeer({ server: "rendezvous.example.org", localPeerPort: 1 });
 * const hosting = await peer.host();
 * const [a, b] = await Promise.all([
 *   peer.join({ remote: "203.0.113.7/1" }),
 *   peer.join({ remote: "198.51.100.9/1" }),
 * ]);
 * ```
 *
 * @param options hold for all that it does, where that says nothing else
 * @throws {TypeError} when an option is none
 */
export function openPeer(options: PeerOptions): Promise<Peer> {
  return Promise.resolve(options).then((options) => new OpenPeer(options));
}

class OpenPeer implements Peer {
  readonly localPeerPort: PeerPort;
  readonly #options: PeerOptions;
  readonly #sockets: PeerSockets;
  readonly #closed = new AbortController();
  readonly #open = new Set<Host | Connection>();

  constructor(options: PeerOptions) {
    const { localPeerPort, token, platform, signal } = setUp(options, "peer");
    this.localPeerPort = localPeerPort;
    this.#options = { ...options, localPeerPort, token: token as string, platform };
    this.#sockets = new PeerSockets(platform);
    const close = () => void this.close();
    if (signal.aborted) close();
    signal.addEventListener("abort", close, { once: true, signal: this.#closed.signal });
  }

  async host(options: PeerHostOptions = {}): Promise<Host> {
    const { hosting, ended } = await hostOver(this.#complete(options), this.#sockets);
    this.#hold(hosting, ended);
    return hosting;
  }

  join(options: PeerRemoteOptions): Promise<Connection> {
    return this.#reach(options, "Client");
  }

  connect(options: PeerRemoteOptions): Promise<Connection> {
    return this.#reach(options, "Peer");
  }

  async close(): Promise<void> {
    this.#closed.abort(new PeerError("cancelled", "the peer was closed on this side"));
    await Promise.all([...this.#open].map((one) => one.close()));
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  async #reach(options: PeerRemoteOptions, mode: AskMode): Promise<Connection> {
    const connection = await reachOver(this.#complete(options), mode, this.#sockets);
    this.#hold(connection, connection.ended);
    return connection;
  }

  #complete<More extends PeerHostOptions>(options: More): PeerOptions & More {
    const { signal = this.#closed.signal } = options;
    return {
      ...this.#options,
      ...options,
      signal: AbortSignal.any([signal, this.#closed.signal]),
    };
  }

  #hold(one: Host | Connection, ended: Promise<unknown>): void {
    this.#open.add(one);
    ended.then(() => this.#open.delete(one));
  }
}
