/**
 * JSON texts as strings. Only for bytes that `json.ts` has found to be JSON: nothing is checked
 * again here.
 *
 * @module
 */

/** The offset of what is not there. */
export const NOWHERE = -1;

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const LETTER_F = 0x66;
const LETTER_T = 0x74;
const LETTER_U = 0x75;

/** What the letter of a short escape stands for. */
const SHORT_ESCAPES: ReadonlyMap<number, number> = new Map(
  [["b", "\b"], ["f", "\f"], ["n", "\n"], ["r", "\r"], ["t", "\t"]].map(([letter, character]) => [
    letter.charCodeAt(0),
    character.charCodeAt(0),
  ]),
);

/**
 * The text at an offset.
 *
 * @param maxChars how many characters are wanted of it; a pair of surrogates may be one more
 * @returns `undefined` when there is no text
 */
export function readText(bytes: Uint8Array, offset: number, maxChars: number): string | undefined {
  if (offset === NOWHERE || bytes[offset] !== QUOTE) return undefined;
  let text = "";
  let at = offset + 1;
  while (bytes[at] !== QUOTE && text.length < maxChars) {
    const plainEnd = skipPlain(bytes, at, at + maxChars - text.length);
    if (plainEnd > at) {
      text += plainText(bytes, at, plainEnd);
      at = plainEnd;
    } else {
      text += String.fromCodePoint(codeAt(bytes, at));
      at += codeLength(bytes, at);
    }
  }
  return text;
}

/** Skips what stands for itself: ASCII without escapes. */
function skipPlain(bytes: Uint8Array, start: number, end: number): number {
  let at = start;
  for (; at < end; at++) {
    const byte = bytes[at];
    if (byte >= 0x80 || byte === QUOTE || byte === BACKSLASH) break;
  }
  return at;
}

/** Eight characters at once take a third of the time of one at a time. */
function plainText(bytes: Uint8Array, start: number, end: number): string {
  let text = "";
  let at = start;
  for (; at + 8 <= end; at += 8) {
    text += String.fromCharCode(
      bytes[at],
      bytes[at + 1],
      bytes[at + 2],
      bytes[at + 3],
      bytes[at + 4],
      bytes[at + 5],
      bytes[at + 6],
      bytes[at + 7],
    );
  }
  for (; at < end; at++) text += String.fromCharCode(bytes[at]);
  return text;
}

/**
 * The truth value at an offset.
 *
 * @returns `undefined` when there is none
 */
export function readBoolean(bytes: Uint8Array, offset: number): boolean | undefined {
  if (offset === NOWHERE) return undefined;
  if (bytes[offset] === LETTER_T) return true;
  return bytes[offset] === LETTER_F ? false : undefined;
}

/** The code point, or the surrogate of an escape, that is written at an offset. */
export function codeAt(bytes: Uint8Array, at: number): number {
  const byte = bytes[at];
  if (byte === BACKSLASH) return escapedCode(bytes, at + 1);
  if (byte < 0x80) return byte;
  if (byte < 0xe0) return (byte & 0x1f) << 6 | continuation(bytes, at + 1);
  if (byte < 0xf0) {
    return (byte & 0x0f) << 12 | continuation(bytes, at + 1) << 6 | continuation(bytes, at + 2);
  }
  return (byte & 0x07) << 18 | continuation(bytes, at + 1) << 12 |
    continuation(bytes, at + 2) << 6 | continuation(bytes, at + 3);
}

/** How many bytes {@linkcode codeAt} reads there. */
export function codeLength(bytes: Uint8Array, at: number): number {
  const byte = bytes[at];
  if (byte === BACKSLASH) return bytes[at + 1] === LETTER_U ? 6 : 2;
  return byte < 0x80 ? 1 : byte < 0xe0 ? 2 : byte < 0xf0 ? 3 : 4;
}

function escapedCode(bytes: Uint8Array, at: number): number {
  const letter = bytes[at];
  if (letter !== LETTER_U) return SHORT_ESCAPES.get(letter) ?? letter;
  return hexDigit(bytes[at + 1]) << 12 | hexDigit(bytes[at + 2]) << 8 |
    hexDigit(bytes[at + 3]) << 4 | hexDigit(bytes[at + 4]);
}

function hexDigit(byte: number): number {
  return byte <= 0x39 ? byte - 0x30 : (byte | 0x20) - 0x61 + 10;
}

function continuation(bytes: Uint8Array, at: number): number {
  return bytes[at] & 0x3f;
}
