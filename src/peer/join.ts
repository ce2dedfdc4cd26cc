/**
 * Connections to one remote peer: a client's and a peer's.
 *
 * @module
 */

import { ask, type AskMode } from "./signaling/ask.ts";
import type { Connection } from "./socket/connection.ts";
import { type RemoteOptions, setUp, toRemote } from "./options.ts";

/**
 * Connects to a peer that hosts (ConnectionType `Client`).
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
  return reach(options, "Client");
}

/**
 * Connects to a peer that asks for this one as well (ConnectionType `Peer`). Waits until it does, for
 * as long as it takes; a session with the server that is lost meanwhile is opened again.
 *
 * @throws {PeerError} `punch_failed` when there is no path to it, `server_unreachable` when the
 * server cannot be reached at first, or another code of the protocol
 * @throws the signal's reason once it is aborted
 */
export function connect(options: RemoteOptions): Promise<Connection> {
  return reach(options, "Peer");
}

async function reach(options: RemoteOptions, mode: AskMode): Promise<Connection> {
  const setup = setUp(options);
  const { signal } = setup;
  const { socket, introduction } = await ask(setup, toRemote(options.remote), mode);
  const close = () => void socket.close();
  signal.addEventListener("abort", close, { once: true });
  const release = () => {
    signal.removeEventListener("abort", close);
    close();
  };
  try {
    signal.throwIfAborted();
    const connection = await socket.connect(introduction, options.remote, { mode });
    connection.ended.then(release);
    return connection;
  } catch (error) {
    release();
    signal.throwIfAborted();
    throw error;
  }
}
