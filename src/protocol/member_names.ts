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

/** A fixed set of names, each of ASCII letters only, no two of which differ in case alone. */
export class MemberNames {
  readonly #names: readonly string[];
  readonly #written: readonly Uint8Array[];
  readonly #nowhere: readonly number[];
  readonly #shortest: number;
  /** The characters of a name that is longer than they are, read once for all names. */
  readonly #codes: Uint16Array;

  constructor(names: readonly string[]) {
    const encoder = new TextEncoder();
    this.#names = names;
    this.#written = names.map((name) => encoder.encode(name));
    this.#shortest = Math.min(...names.map((name) => name.length));
    this.#codes = new Uint16Array(Math.max(0, ...names.map((name) => name.length)));
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
    const length = end - start;
    if (length < this.#shortest) return;
    for (let i = 0; i < this.#written.length; i++) {
      // As long as the name, it has one byte for each character.
      if (this.#written[i].length !== length) continue;
      const match = compare(bytes, start, this.#written[i]);
      if (match === "none") continue;
      offsets[match === "exact" ? 2 * i : 2 * i + 1] = value;
      return;
    }
    if (length > this.#shortest) this.#noteLonger(bytes, start, end, value, offsets);
  }

  /** A name that is longer than its characters: written with escapes, or beyond ASCII. */
  #noteLonger(bytes: Uint8Array, start: number, end: number, value: number, offsets: number[]) {
    const count = this.#readCodes(bytes, start, end);
    for (let i = 0; i < this.#written.length; i++) {
      if (this.#written[i].length !== count) continue;
      const match = compare(this.#codes, 0, this.#written[i]);
      if (match === "none") continue;
      offsets[match === "exact" ? 2 * i : 2 * i + 1] = value;
      return;
    }
  }

  /** How many characters the name has, 0 if one of them is in no name, or they are too many. */
  #readCodes(bytes: Uint8Array, start: number, end: number): number {
    let count = 0;
    for (let at = start; at < end; at += codeLength(bytes, at)) {
      const code = codeAt(bytes, at);
      if (count === this.#codes.length || code > 0x7f && code !== KELVIN_SIGN) return 0;
      this.#codes[count++] = code;
    }
    return count;
  }
}

function compare(codes: Uint8Array | Uint16Array, start: number, name: Uint8Array): Match {
  let match: Match = "exact";
  for (let i = 0; i < name.length; i++) {
    const code = codes[start + i];
    if (code === name[i]) continue;
    const isKelvin = code === KELVIN_SIGN && (name[i] | CASE_BIT) === LETTER_K;
    if ((code ^ name[i]) !== CASE_BIT && !isKelvin) return "none";
    match = "other_case";
  }
  return match;
}
