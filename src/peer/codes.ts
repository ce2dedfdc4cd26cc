/**
 * Codes as users hold them.
 *
 * @module
 */

import { CODE_BYTES, formatCode, readCode } from "./channel/codes.ts";
import { systemPlatform } from "./platform/node_platform.ts";
import type { Platform } from "./platform/platform.ts";

/**
 * Makes a code by which two people meet: one side hosts with it, the other joins with it. Whoever has
 * it can be either side.
 *
 * @example
 * ```ts ignore
 * import { host, newCode } from "./mod.ts";
 *
 * const code = newCode();
 * console.log(`Tell your friend: ${code}`);
 * const hosting = await host({ server: "rendezvous.example.org", code });
 * ```
 *
 * @param platform gives the randomness; default: {@linkcode systemPlatform}
 * @returns 80 random bits and a check, as `XXXX-XXXX-XXXX-XXXX-CC`
 */
export function newCode(platform: Platform = systemPlatform): string {
  return formatCode(platform.secrets.randomBytes(CODE_BYTES));
}

/**
 * Checks a code that somebody typed, without a network: dashes, blanks and case do not matter, I and L
 * are read as 1, O as 0.
 *
 * @example
 * ```ts
 * import { assertEquals, assertThrows } from "@std/assert";
 * import { parseCode } from "./codes.ts";
 *
 * assertEquals(parseCode("oo8j 4ct4 ank7 f24s 94"), "008J-4CT4-ANK7-F24S-94");
 * assertThrows(() => parseCode("008J-4CT4-ANK7-F24S-95"), TypeError, "typing error");
 * ```
 *
 * @returns the code as {@linkcode newCode} writes it
 * @throws {TypeError} saying what is wrong with it; the message never holds the code
 */
export function parseCode(text: string): string {
  return formatCode(readCode(text));
}
