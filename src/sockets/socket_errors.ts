/**
 * What an error of a socket means for the loop that met it.
 *
 * @module
 */

/** Pause after a failed accept or receive: long enough not to spin, short enough not to matter. */
export const SOCKET_ERROR_PAUSE_MS = 100;

/**
 * `closed`: the socket was closed on purpose. `descriptors`: the process has no descriptors left
 * (when the whole system has none, giving some back helps nobody: `unknown`). `transient`: about one
 * packet or connection only, go on. `unknown`: go on, but not at full speed.
 */
export type SocketFault = "closed" | "descriptors" | "transient" | "unknown";

/** Classifies what an accept or a receive threw. */
export function classifySocketError(error: unknown): SocketFault {
  if (error instanceof Deno.errors.BadResource || error instanceof Deno.errors.Interrupted) {
    return "closed";
  }
  // Windows reports a datagram that was refused far away on the next receive; Linux hands out a
  // connection that was reset before it was accepted, and then knows no address for it.
  if (
    error instanceof Deno.errors.NotConnected ||
    error instanceof Deno.errors.ConnectionReset ||
    error instanceof Deno.errors.ConnectionAborted ||
    error instanceof Deno.errors.ConnectionRefused
  ) return "transient";
  return error instanceof Error && "code" in error && error.code === "EMFILE"
    ? "descriptors"
    : "unknown";
}
