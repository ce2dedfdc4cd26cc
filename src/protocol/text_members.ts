/**
 * Members that are texts of the peers' own: what they may be, the same on both sides.
 *
 * @module
 */

import { readText } from "./json_text.ts";
import { MAX_NOTE_BYTES, MAX_TOKEN_CHARS } from "./limits.ts";

const LABEL = new RegExp(`^[ -~]{1,${MAX_TOKEN_CHARS}}$`);

/** What a Token and a name must be, in words. */
export const LABEL_WORDS = `1 to ${MAX_TOKEN_CHARS} printable ASCII characters`;

/** What a Note must be, in words. */
export const NOTE_WORDS =
  `a text of at most ${MAX_NOTE_BYTES} bytes of UTF-8 without unpaired surrogates`;

/**
 * The Token or the name at an offset.
 *
 * @returns `undefined` when there is none
 */
export function readLabel(bytes: Uint8Array, offset: number): string | undefined {
  const label = readText(bytes, offset, MAX_TOKEN_CHARS + 1);
  return label !== undefined && isLabel(label) ? label : undefined;
}

/** Whether a text can be a Token or a name. */
export function isLabel(text: string): boolean {
  return LABEL.test(text);
}

/**
 * The Note at an offset.
 *
 * @returns `undefined` when there is none
 */
export function readNote(bytes: Uint8Array, offset: number): string | undefined {
  const note = readText(bytes, offset, MAX_NOTE_BYTES + 1);
  return note !== undefined && note.isWellFormed() && utf8Length(note) <= MAX_NOTE_BYTES
    ? note
    : undefined;
}

/** Bytes that a text without unpaired surrogates takes in UTF-8. */
function utf8Length(text: string): number {
  let length = 0;
  for (let i = 0; i < text.length; i++) {
    const unit = text.charCodeAt(i);
    const isHalfOfPair = unit >= 0xd800 && unit < 0xe000;
    length += unit < 0x80 ? 1 : unit < 0x800 || isHalfOfPair ? 2 : 3;
  }
  return length;
}
