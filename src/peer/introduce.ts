/**
 * Introductions without connections, for applications with a UDP protocol of their own, and for
 * servers and peers that know no extensions.
 *
 * @module
 */

import type { Endpoint } from "../address.ts";
import type { Introduction } from "../protocol/message.ts";
import { ask } from "./signaling/ask.ts";
import { HostPresence } from "./signaling/host_presence.ts";
import { type PeerOptions, serverAddresses, type Setup, setUp, toRemote } from "./options.ts";
import type { UdpSocket } from "./platform/platform.ts";

/** Whether the protocol's extensions are used: `none` keeps to part 1, as an old peer does. */
export type Extensions = "offered" | "none";

/** What {@linkcode introduce} needs. */
export interface IntroduceOptions extends PeerOptions {
  /** `join`: the remote peer hosts. `connect`: it asks for this peer as well. */
  readonly mode: "join" | "connect";
  /** `IP/PEERPORT`, `NAME/PEERPORT`, or `/PEERPORT` with extensions. */
  readonly remote: string;
  /** Default: `offered`. */
  readonly extensions?: Extensions;
}

/** What {@linkcode introduceClients} needs. */
export interface IntroduceClientsOptions extends PeerOptions {
  /** Default: `offered`. */
  readonly extensions?: Extensions;
}

/** Both peers' endpoints, and the socket whose mapping the remote peer was told of. */
export interface Introduced {
  /** Not read from by anybody else. */
  readonly socket: UdpSocket;
  /** This peer as the server sees it. */
  readonly source: Endpoint;
  /** The remote peer as the server sees it. */
  readonly dest: Endpoint;
  /** The remote peer inside its own network; empty without extensions. */
  readonly destLocal: readonly Endpoint[];
  /** The same secret on both sides; `undefined` unless server and remote peer know extensions. */
  readonly pairKey: string | undefined;
}

/**
 * Has the server introduce this peer, and hands over the socket and both endpoints; the socket is the
 * caller's to close. Opening the hole is up to the caller: both sides send to each other, and repeat
 * it, since the first datagrams of one side are dropped by the other's NAT.
 *
 * @throws {PeerError} `server_unreachable`, or a code of the protocol
 * @throws the signal's reason once it is aborted
 */
export async function introduce(options: IntroduceOptions): Promise<Introduced> {
  const mode = options.mode === "join" ? "Client" : "Peer";
  const { socket, introduction } = await ask(setUpPlain(options), toRemote(options.remote), mode);
  return toIntroduced(introduction, socket.udp);
}

/**
 * Hosts, and has the server introduce every client; all share the host's socket, from which its
 * registrations go on leaving.
 *
 * @throws {PeerError} `server_unreachable` when no session can be opened at first
 * @throws the signal's reason once it is aborted
 */
export async function introduceClients(
  options: IntroduceClientsOptions,
): Promise<IntroducedClients> {
  const setup = setUpPlain(options);
  const clients = new IntroducedClients(setup, await serverAddresses(setup));
  return await clients.asked();
}

/**
 * The clients of a host as they are introduced. Iteration ends when it is closed or aborted, and
 * throws a {@linkcode PeerError} when the server refuses the host for good.
 */
export class IntroducedClients implements AsyncIterable<Introduced> {
  readonly #presence: HostPresence<Introduced>;

  /** Made by {@linkcode introduceClients}; not for direct use. */
  constructor(setup: Setup, addresses: readonly string[]) {
    this.#presence = new HostPresence<Introduced>(
      setup,
      addresses,
      (introduction, { udp }) => this.#presence.clients.push(toIntroduced(introduction, udp)),
    );
  }

  /** Resolves with this object once the server was asked; closes it when that fails. */
  async asked(): Promise<this> {
    await this.#presence.asked();
    return this;
  }

  /** Clients as they are introduced. */
  [Symbol.asyncIterator](): AsyncIterator<Introduced, undefined> {
    return this.#presence.clients;
  }

  /** Stops to host and closes the sockets. */
  close(): Promise<void> {
    return this.#presence.end();
  }

  /** For `await using`. */
  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }
}

function setUpPlain(options: PeerOptions & { readonly extensions?: Extensions }): Setup {
  const setup = setUp(options);
  return options.extensions === "none" ? { ...setup, token: undefined } : setup;
}

function toIntroduced({ source, dest, extension }: Introduction, socket: UdpSocket): Introduced {
  const { destLocal = [], pairKey } = extension ?? {};
  return { socket, source, dest, destLocal, pairKey };
}
