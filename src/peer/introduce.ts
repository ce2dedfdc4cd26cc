/**
 * Introductions without connections, for applications with a UDP protocol of their own, and for
 * servers and peers that know no extensions.
 *
 * @module
 */

import type { Endpoint } from "../address.ts";
import { ask } from "./ask.ts";
import { type RemoteOptions, setUp, toRemote } from "./options.ts";
import type { UdpSocket } from "./platform.ts";

/** What {@linkcode introduce} needs. */
export interface IntroduceOptions extends RemoteOptions {
  /** `join`: the remote peer hosts. `connect`: it asks for this peer as well. */
  readonly mode: "join" | "connect";
  /** `none` keeps to part 1 of the protocol, as an old peer does. Default: `offered`. */
  readonly extensions?: "offered" | "none";
}

/** Both peers' endpoints, and the socket whose mapping the remote peer was told of. */
export interface Introduced {
  /** Yours now, to use and to close. It was not read from. */
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
 * Has the server introduce this peer, and hands over the socket and both endpoints. Opening the hole
 * is up to the caller: both sides send to each other, and repeat it, since the first datagrams of one
 * side are dropped by the other's NAT.
 *
 * @throws {PeerError} `server_unreachable`, or a code of the protocol
 * @throws the signal's reason once it is aborted
 */
export async function introduce(options: IntroduceOptions): Promise<Introduced> {
  const setup = setUp(options);
  const { socket, introduction } = await ask(
    options.extensions === "none" ? { ...setup, token: undefined } : setup,
    toRemote(options.remote),
    options.mode === "join" ? "Client" : "Peer",
  );
  const { source, dest, extension } = introduction;
  return {
    socket: socket.udp,
    source,
    dest,
    destLocal: extension?.destLocal ?? [],
    pairKey: extension?.pairKey,
  };
}
