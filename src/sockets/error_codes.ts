/**
 * The system's names of what went wrong with a socket.
 *
 * @module
 */

/** What a person reads; the runtimes have the code alone. */
const REASONS: Readonly<Record<string, string>> = {
  EADDRNOTAVAIL: "this machine has no address for it",
  ECONNREFUSED: "connection refused",
  ECONNRESET: "connection reset",
  EHOSTUNREACH: "no route to the host",
  ENETUNREACH: "the network is unreachable",
  ETIMEDOUT: "no answer",
};

/** The system's name of an error, e.g. `EADDRINUSE`; `undefined` where it is none of the system's. */
export function codeOf(error: unknown): string | undefined {
  return error instanceof Error && "code" in error ? String(error.code) : undefined;
}

/** The error of a TCP connection in words, where there are some. */
export function explained(error: Error): Error {
  const reason = REASONS[codeOf(error) ?? ""];
  return reason === undefined ? error : new Error(reason, { cause: error });
}
