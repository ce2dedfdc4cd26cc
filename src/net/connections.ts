/**
 * A TCP listener as an async iterable of connections.
 *
 * @module
 */

import { nextTurn } from "../async/next_turn.ts";
import { pause } from "../async/waiting.ts";
import { ACCEPTS_AT_ONCE } from "../limits.ts";
import {
  classifySocketError,
  SOCKET_ERROR_PAUSE_MS,
  type SocketFault,
} from "../sockets/socket_errors.ts";
import type { OpenConnections } from "./open_connections.ts";
import { TcpConnection } from "./tcp_connection.ts";

/**
 * Yields every connection until the listener is closed; survives every other error.
 *
 * @param all what the connections share
 * @param onError told of errors that are neither a close nor about a single connection
 */
export async function* connections(
  listener: Deno.TcpListener,
  all: OpenConnections,
  onError: (error: unknown, fault: SocketFault) => void,
): AsyncGenerator<TcpConnection, void, undefined> {
  let acceptedCount = 0;
  for (;;) {
    try {
      yield new TcpConnection(await listener.accept(), all);
      if (++acceptedCount % ACCEPTS_AT_ONCE === 0) await nextTurn();
    } catch (error) {
      const fault = classifySocketError(error);
      if (fault === "closed") return;
      if (fault === "transient") continue;
      onError(error, fault);
      await pause(all.clock, SOCKET_ERROR_PAUSE_MS);
    }
  }
}
