/**
 * Text of somebody else, made fit to be shown: nothing hides in it, and it stays on its line.
 *
 * @module
 */

/**
 * Controls, characters that format, reorder or cannot be seen, the separators of lines and
 * paragraphs, unpaired surrogates, what Unicode has not assigned, and every blank but the space:
 * where only the space is allowed, another one would look right.
 */
const HIDDEN = /(?! )[\p{C}\p{Z}\p{Default_Ignorable_Code_Point}]/gu;
/** All that is visible in ASCII; most texts need no closer look. */
const VISIBLE_ASCII = /^[ -~]*$/;

/**
 * Writes characters that hide, reorder or break text as `\uXXXX`. Every text of somebody else goes
 * through here on its way to an `Error`, a terminal or a log.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { escapeHidden } from "./visible_text.ts";
 *
 * assertEquals(escapeHidden("user\u202Egpj.exe"), "user\\u202egpj.exe");
 * ```
 */
export function escapeHidden(text: string): string {
  return VISIBLE_ASCII.test(text) ? text : text.replace(HIDDEN, escapeUnits);
}

function escapeUnits(character: string): string {
  let escaped = "";
  for (let i = 0; i < character.length; i++) {
    escaped += `\\u${character.charCodeAt(i).toString(16).padStart(4, "0")}`;
  }
  return escaped;
}
