/**
 * A TCP listener as an async iterable of connections.
 *
 * @module
 */

import { SOCKET_ERROR_PAUSE_MS } from "../limits.ts";
import type { Lingering } from "./lingering.ts";
import { pause } from "./pause.ts";
import { classifySocketError, type SocketFault } from "./socket_errors.ts";
import { TcpConnection } from "./tcp_connection.ts";

/**
 * Yields every connection until the listener is closed; survives every other error.
 *
 * @param lingering where the connections wait for their peers to close
 * @param onError told of errors that are neither a close nor about a single connection
 */
export async function* connections(
  listener: Deno.TcpListener,
  lingering: Lingering,
  onError: (error: unknown, fault: SocketFault) => void,
): AsyncGenerator<TcpConnection, void, undefined> {
  for (;;) {
    try {
      yield new TcpConnection(await listener.accept(), lingering);
    } catch (error) {
      const fault = classifySocketError(error);
      if (fault === "closed") return;
      if (fault === "transient") continue;
      onError(error, fault);
      await pause(SOCKET_ERROR_PAUSE_MS);
    }
  }
}
