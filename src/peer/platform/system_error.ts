/**
 * What the runtimes say of what a system refused.
 *
 * @module
 */

import type { SendOutcome } from "./platform.ts";

/** The system's name of an error, e.g. `EADDRINUSE`; `undefined` where it is none of the system's. */
export function codeOf(error: unknown): string | undefined {
  return error instanceof Error && "code" in error ? String(error.code) : undefined;
}

/** No route, a refused earlier datagram (Windows), a closed socket, a length: it is lost. */
export function refusalOf(error: unknown): SendOutcome {
  return codeOf(error) === "EMSGSIZE" ? "too_long" : "refused";
}
