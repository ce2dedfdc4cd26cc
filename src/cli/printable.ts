/**
 * Text from strangers, made fit for a line.
 *
 * @module
 */

/** Control, format (U+202E turns a line around), line ends of Unicode, halves of characters. */
const UNPRINTABLE = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/gu;

/**
 * Writes what would end a line, or change how it looks, as JSON escapes it.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { printable } from "./printable.ts";
 *
 * assertEquals(printable("one\ntwo"), "one\\u000atwo");
 * ```
 */
export function printable(text: string): string {
  return text.replace(UNPRINTABLE, (character) => character.split("").map(escapeUnit).join(""));
}

function escapeUnit(unit: string): string {
  return `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`;
}
