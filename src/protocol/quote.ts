/**
 * What came, in words for an explanation: short, on one line, and visible.
 *
 * @module
 */

import { escapeHidden } from "../visible_text.ts";
import { MAX_QUOTED_CHARS } from "./limits.ts";
import type { JsonDocument } from "./json.ts";
import { NOWHERE, readText } from "./json_text.ts";

const OPEN_BRACKET = 0x5b;
const OPEN_BRACE = 0x7b;

/** Names a value of a document: a text or a number as it is, the rest by its kind. */
export function quoteValue(json: JsonDocument, offset: number): string {
  if (offset === NOWHERE) return "nothing";
  const { bytes } = json;
  const byte = bytes[offset];
  if (byte === OPEN_BRACE) return "an object";
  if (byte === OPEN_BRACKET) return "a list";
  const text = readText(bytes, offset, MAX_QUOTED_CHARS + 1);
  if (text !== undefined) return escapeHidden(JSON.stringify(shorten(text)));
  const end = Math.min(json.scalarEnd(offset), offset + MAX_QUOTED_CHARS + 1);
  return shorten(String.fromCharCode(...bytes.subarray(offset, end)));
}

function shorten(text: string): string {
  if (text.length <= MAX_QUOTED_CHARS) return text;
  // A pair of surrogates is one character: half of it is none.
  const splitsPair = text.codePointAt(MAX_QUOTED_CHARS - 1) as number > 0xffff;
  return `${text.slice(0, splitsPair ? MAX_QUOTED_CHARS - 1 : MAX_QUOTED_CHARS)}...`;
}
