/**
 * Connections to one remote peer: a client's and a peer's.
 *
 * @module
 */

import { type Family, familyOf } from "../address.ts";
import { PeerError } from "./errors.ts";
import { type RemoteOptions, setUp, toRemote } from "./options.ts";
import { type AskMode, Introducer } from "./signaling/introducer.ts";
import type { Setup, Wait } from "./signaling/setup.ts";
import type { IntroducedSocket } from "./signaling/standing_request.ts";
import type { Connection } from "./socket/connection.ts";
import { PeerSocket } from "./socket/peer_socket.ts";

/**
 * Connects to a peer that hosts (ConnectionType `Client`). With `wait: "on"` it waits for one.
 *
 * @example
 * ```ts ignore
 * import { join } from "./mod.ts";
 *
 * const connection = await join({
 *   server: "rendezvous.example.org",
 *   localPeerPort: 2,
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
  return reach(options, "Client", "off");
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
  return reach(options, "Peer", "on");
}

/** Where a path does not open under one IP version, the other one is tried. */
async function reach(options: RemoteOptions, mode: AskMode, wait: Wait): Promise<Connection> {
  const setup = setUp(options, wait);
  const introducer = new Introducer(setup, toRemote(options.remote), mode);
  const except = new Set<Family>();
  for (;;) {
    const introduced = await introducer.introduce({ except });
    try {
      return await open(setup, introduced, options.remote);
    } catch (error) {
      setup.signal.throwIfAborted();
      except.add(familyOf(introduced.introduction.dest.address));
      const isPath = error instanceof PeerError && error.code === "punch_failed";
      if (!isPath || !introducer.hasOther(except)) throw error;
      setup.onEvent({ kind: "punch_failed", error });
    }
  }
}

async function open(
  { platform, signal }: Setup,
  { introduction, socket: { udp, local } }: IntroducedSocket,
  remoteName: string,
): Promise<Connection> {
  const socket = new PeerSocket(platform, udp, local);
  const close = () => void socket.close();
  signal.addEventListener("abort", close, { once: true });
  const release = () => {
    signal.removeEventListener("abort", close);
    close();
  };
  try {
    signal.throwIfAborted();
    const connection = await socket.connect(introduction, remoteName);
    connection.ended.then(release);
    return connection;
  } catch (error) {
    release();
    throw error;
  }
}
