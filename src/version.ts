/**
 * The version, which deno.json alone says, and the runtime that it needs.
 *
 * @module
 */

import config from "../deno.json" with { type: "json" };

/** Name of the program. */
export const PROGRAM = "containment_breach";

/** Version of the program, e.g. `1.0.0`. */
export const VERSION: string = config.version;

/** Oldest Deno that has everything the program uses: `Uint8Array.prototype.toHex` came last. */
export const LOWEST_DENO = "2.5.0";

/** Why the program cannot run on this version of Deno: one sentence. */
export function runtimeFault(deno: string): string | undefined {
  const [major, minor] = deno.split(".").map(Number);
  const [lowestMajor, lowestMinor] = LOWEST_DENO.split(".").map(Number);
  if (major > lowestMajor || major === lowestMajor && minor >= lowestMinor) return undefined;
  return `Cannot run on Deno ${deno}: expected ${LOWEST_DENO} or newer; "deno upgrade" gets one`;
}
