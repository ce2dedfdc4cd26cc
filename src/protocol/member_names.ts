/**
 * The names of members that the protocol knows, compared with names as they stand in the bytes:
 * nothing is decoded, so a name that nobody asked for costs next to nothing.
 *
 * @module
 */

import { codeAt, codeLength, NOWHERE } from "./json_text.ts";

type Match = "exact" | "other_case" | "none";

const CASE_BIT = 0x20;
/** The one character beyond ASCII whose lower case is within it: the Kelvin sign, a `k`. */
const KELVIN_SIGN = 0x212a;
const LETTER_K = 0x6b;
/** A character takes at most this many bytes, as `\u0050`. */
const MAX_BYTES_PER_CHAR = 6;

/** A fixed set of names, each of ASCII letters only, no two of which differ in case alone. */
export class MemberNames {
  readonly #names: readonly string[];
  readonly #written: readonly Uint8Array[];
  readonly #nowhere: readonly number[];
  readonly #shortest: number;

  constructor(names: readonly string[]) {
    const encoder = new TextEncoder();
    this.#names = names;
    this.#written = names.map((name) => encoder.encode(name));
    this.#shortest = Math.min(...names.map((name) => name.length));
    this.#nowhere = names.flatMap(() => [NOWHERE, NOWHERE]);
  }

  /** Two offsets for each name, all {@linkcode NOWHERE}. */
  emptyOffsets(): number[] {
    return this.#nowhere.slice();
  }

  /**
   * Where in `offsets` the offset of a name's value stands; behind it stands the offset of the
   * value under the same name in another case.
   */
  indexOf(name: string): number {
    return 2 * this.#names.indexOf(name);
  }

  /** Notes the value of the name between `start` and `end` in `offsets`, if the name is one of these. */
  note(bytes: Uint8Array, start: number, end: number, value: number, offsets: number[]): void {
    if (end - start < this.#shortest) return;
    for (let i = 0; i < this.#written.length; i++) {
      const match = compare(bytes, start, end, this.#written[i]);
      if (match === "none") continue;
      offsets[match === "exact" ? 2 * i : 2 * i + 1] = value;
      return;
    }
  }
}

function compare(bytes: Uint8Array, start: number, end: number, name: Uint8Array): Match {
  const length = end - start;
  if (length === name.length) return comparePlain(bytes, start, name);
  return length > name.length && length <= MAX_BYTES_PER_CHAR * name.length
    ? compareWritten(bytes, start, end, name)
    : "none";
}

/** A name of one byte for each character: as long as the name, it cannot be otherwise. */
function comparePlain(bytes: Uint8Array, start: number, name: Uint8Array): Match {
  let match: Match = "exact";
  for (let i = 0; i < name.length; i++) {
    const byte = bytes[start + i];
    if (byte === name[i]) continue;
    if ((byte ^ name[i]) !== CASE_BIT) return "none";
    match = "other_case";
  }
  return match;
}

/** A name that is longer than its characters: written with escapes, or beyond ASCII. */
function compareWritten(bytes: Uint8Array, start: number, end: number, name: Uint8Array): Match {
  let match: Match = "exact";
  let at = start;
  for (let i = 0; i < name.length; i++) {
    if (at >= end) return "none";
    const code = codeAt(bytes, at);
    at += codeLength(bytes, at);
    if (code === name[i]) continue;
    const isKelvin = code === KELVIN_SIGN && (name[i] | CASE_BIT) === LETTER_K;
    if ((code ^ name[i]) !== CASE_BIT && !isKelvin) return "none";
    match = "other_case";
  }
  return at === end ? match : "none";
}
