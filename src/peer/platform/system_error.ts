/**
 * What the runtimes say of what a system refused.
 *
 * @module
 */

import { codeOf } from "../../sockets/error_codes.ts";
import type { SendOutcome } from "./platform.ts";

/** No route, a refused earlier datagram (Windows), a closed socket, a length: it is lost. */
export function refusalOf(error: unknown): SendOutcome {
  return codeOf(error) === "EMSGSIZE" ? "too_long" : "refused";
}
