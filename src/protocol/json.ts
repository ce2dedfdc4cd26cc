/**
 * A strict JSON reader (RFC 8259) over bytes. It checks everything in one pass, but decodes and
 * allocates nothing: it only notes where the values of the members that the protocol knows begin,
 * so text that is not ours costs no more than looking at its bytes. What counts is read from there
 * afterwards (`json_text.ts`, `integer.ts`).
 *
 * @module
 */

import { MAX_JSON_DEPTH } from "./limits.ts";
import { NOWHERE } from "./json_text.ts";
import type { MemberNames } from "./member_names.ts";

const TAB = 0x09;
const LINE_FEED = 0x0a;
const CARRIAGE_RETURN = 0x0d;
const SPACE = 0x20;
const QUOTE = 0x22;
const PLUS = 0x2b;
const COMMA = 0x2c;
const MINUS = 0x2d;
const POINT = 0x2e;
const SLASH = 0x2f;
const DIGIT_0 = 0x30;
const DIGIT_9 = 0x39;
const COLON = 0x3a;
const LETTER_UPPER_E = 0x45;
const OPEN_BRACKET = 0x5b;
const BACKSLASH = 0x5c;
const CLOSE_BRACKET = 0x5d;
const LETTER_B = 0x62;
const LETTER_E = 0x65;
const LETTER_F = 0x66;
const LETTER_N = 0x6e;
const LETTER_R = 0x72;
const LETTER_T = 0x74;
const LETTER_U = 0x75;
const OPEN_BRACE = 0x7b;
const CLOSE_BRACE = 0x7d;
/** What stands behind the last byte. */
const END = -1;

const TRUE = [LETTER_T, LETTER_R, LETTER_U, LETTER_E];
const FALSE = [LETTER_F, 0x61, 0x6c, 0x73, LETTER_E];
const NULL = [LETTER_N, LETTER_U, 0x6c, 0x6c];

const INVALID_TEXT = "a valid UTF-8 string";
const UNENDED_TEXT = "the end of a string";

/** Bytes that were read as one JSON value with white space around it. */
export class JsonDocument {
  /** The bytes; the document is valid only as long as they stay as they are. */
  readonly bytes: Uint8Array;
  readonly #names: MemberNames;
  /** Per name the offsets of the value under exactly this name, and under it in another case. */
  readonly #offsets: number[];
  #start = 0;
  #expected: string | undefined;
  #faultAt = 0;

  /**
   * Reads `bytes`.
   *
   * @param names members of the outermost object that {@linkcode offsetOf} can be asked for
   */
  constructor(bytes: Uint8Array, names: MemberNames) {
    this.bytes = bytes;
    this.#names = names;
    this.#offsets = names.emptyOffsets();
    this.#start = this.#skipSpace(0);
    const end = this.#skipValue(this.#start, 0);
    if (end === NOWHERE) return;
    const rest = this.#skipSpace(end);
    if (rest < bytes.length) this.#fail("the end of the value", rest);
  }

  /** What is wrong at which byte, or `undefined` when all is JSON. */
  get fault(): string | undefined {
    return this.#expected === undefined
      ? undefined
      : `expected ${this.#expected} at byte ${this.#faultAt}`;
  }

  /** Whether the bytes are JSON. */
  get isJson(): boolean {
    return this.#expected === undefined;
  }

  /** Whether the outermost value is an object. */
  get isObject(): boolean {
    return this.#byte(this.#start) === OPEN_BRACE;
  }

  /** Where the outermost value begins. */
  get start(): number {
    return this.#start;
  }

  /**
   * Where the value of a member begins: of the last one of exactly this name, else of the last one
   * whose name differs only in case.
   *
   * @returns {@linkcode NOWHERE} when there is none
   */
  offsetOf(name: string): number {
    const index = this.#names.indexOf(name);
    const exact = this.#offsets[index];
    return exact === NOWHERE ? this.#offsets[index + 1] : exact;
  }

  /** Whether the value at `offset` is an array. */
  isArray(offset: number): boolean {
    return this.#byte(offset) === OPEN_BRACKET;
  }

  /** Where the elements of the array at `offset` begin. */
  elements(offset: number): number[] {
    const offsets: number[] = [];
    let at = this.#skipSpace(offset + 1);
    while (this.#byte(at) !== CLOSE_BRACKET) {
      offsets.push(at);
      at = this.#skipSpace(this.#skipValue(at, 1));
      if (this.#byte(at) === COMMA) at = this.#skipSpace(at + 1);
    }
    return offsets;
  }

  /** Where the scalar at `offset` ends. */
  scalarEnd(offset: number): number {
    let end = offset;
    while (isScalarByte(this.#byte(end))) end++;
    return end;
  }

  #byte(at: number): number {
    return at < this.bytes.length ? this.bytes[at] : END;
  }

  #skipSpace(at: number): number {
    const { bytes } = this;
    while (at < bytes.length && isWhiteSpace(bytes[at])) at++;
    return at;
  }

  /** Each `#skip...` returns the offset behind what it skipped, or {@linkcode NOWHERE}. */
  #skipValue(at: number, depth: number): number {
    const first = this.#byte(at);
    switch (first) {
      case OPEN_BRACE:
        return depth === MAX_JSON_DEPTH ? this.#failDepth(at) : this.#skipObject(at, depth + 1);
      case OPEN_BRACKET:
        return depth === MAX_JSON_DEPTH ? this.#failDepth(at) : this.#skipArray(at, depth + 1);
      case QUOTE:
        return this.#skipText(at);
      case LETTER_T:
        return this.#skipLiteral(at, TRUE);
      case LETTER_F:
        return this.#skipLiteral(at, FALSE);
      case LETTER_N:
        return this.#skipLiteral(at, NULL);
      default:
        return this.#skipNumber(at, first);
    }
  }

  #skipObject(open: number, depth: number): number {
    let at = this.#skipSpace(open + 1);
    if (this.#byte(at) === CLOSE_BRACE) return at + 1;
    for (;;) {
      if (this.#byte(at) !== QUOTE) return this.#fail("a member name", at);
      const name = at + 1;
      const nameEnd = this.#skipText(at);
      if (nameEnd === NOWHERE) return NOWHERE;
      at = this.#skipSpace(nameEnd);
      if (this.#byte(at) !== COLON) return this.#fail("':'", at);
      at = this.#skipSpace(at + 1);
      if (depth === 1) this.#names.note(this.bytes, name, nameEnd - 1, at, this.#offsets);
      const end = this.#skipValue(at, depth);
      if (end === NOWHERE) return NOWHERE;
      at = this.#skipSpace(end);
      const next = this.#byte(at);
      if (next === CLOSE_BRACE) return at + 1;
      if (next !== COMMA) return this.#fail("',' or '}'", at);
      at = this.#skipSpace(at + 1);
    }
  }

  #skipArray(open: number, depth: number): number {
    let at = this.#skipSpace(open + 1);
    if (this.#byte(at) === CLOSE_BRACKET) return at + 1;
    for (;;) {
      const end = this.#skipValue(at, depth);
      if (end === NOWHERE) return NOWHERE;
      at = this.#skipSpace(end);
      const next = this.#byte(at);
      if (next === CLOSE_BRACKET) return at + 1;
      if (next !== COMMA) return this.#fail("',' or ']'", at);
      at = this.#skipSpace(at + 1);
    }
  }

  #skipText(quote: number): number {
    const { bytes } = this;
    let at = quote + 1;
    while (at < bytes.length) {
      const byte = bytes[at];
      if (byte === QUOTE) return at + 1;
      const next = byte >= 0x80
        ? at + sequenceLength(bytes, at)
        : byte === BACKSLASH
        ? at + escapeLength(bytes, at)
        : byte >= 0x20
        ? at + 1
        : at;
      if (next === at) return this.#failText(quote, at);
      at = next;
    }
    return this.#fail(UNENDED_TEXT, quote);
  }

  #skipLiteral(start: number, literal: readonly number[]): number {
    const end = start + literal.length;
    for (let i = 1; i < literal.length; i++) {
      if (this.#byte(start + i) !== literal[i]) return this.#failValue(start);
    }
    return isScalarByte(this.#byte(end)) ? this.#failValue(start) : end;
  }

  #skipNumber(start: number, first: number): number {
    const whole = first === MINUS ? start + 1 : start;
    let at = this.#skipDigits(whole);
    if (at === whole || at > whole + 1 && this.#byte(whole) === DIGIT_0) {
      return this.#failValue(start);
    }
    let next = this.#byte(at);
    if (next === POINT) {
      const fraction = at + 1;
      at = this.#skipDigits(fraction);
      if (at === fraction) return this.#failValue(start);
      next = this.#byte(at);
    }
    if (next === LETTER_E || next === LETTER_UPPER_E) {
      const sign = this.#byte(at + 1);
      const exponent = sign === PLUS || sign === MINUS ? at + 2 : at + 1;
      at = this.#skipDigits(exponent);
      if (at === exponent) return this.#failValue(start);
      next = this.#byte(at);
    }
    return isScalarByte(next) ? this.#failValue(start) : at;
  }

  #skipDigits(start: number): number {
    const { bytes } = this;
    let at = start;
    for (; at < bytes.length; at++) {
      const byte = bytes[at];
      if (byte < DIGIT_0 || byte > DIGIT_9) break;
    }
    return at;
  }

  #failValue(at: number): number {
    return this.#fail("a JSON value", at);
  }

  #failDepth(at: number): number {
    return this.#fail(`nesting of at most ${MAX_JSON_DEPTH}`, at);
  }

  /** A text that goes wrong at `wrong` may in addition have no end; that is told first. */
  #failText(quote: number, wrong: number): number {
    for (let at = wrong; at < this.bytes.length; at++) {
      if (this.bytes[at] === QUOTE) return this.#fail(INVALID_TEXT, quote);
      if (this.bytes[at] === BACKSLASH) at++;
    }
    return this.#fail(UNENDED_TEXT, quote);
  }

  #fail(expected: string, at: number): number {
    this.#expected = expected;
    this.#faultAt = at;
    return NOWHERE;
  }
}

/** The four bytes that JSON allows between tokens. */
export function isWhiteSpace(byte: number): boolean {
  return byte === SPACE || byte === LINE_FEED || byte === CARRIAGE_RETURN || byte === TAB;
}

/** Letters, digits, `+`, `-` and `.`: what numbers, `true`, `false` and `null` are made of. */
export function isScalarByte(byte: number): boolean {
  return (byte >= DIGIT_0 && byte <= DIGIT_9) || (byte >= 0x61 && byte <= 0x7a) ||
    byte === MINUS || byte === PLUS || byte === POINT || byte === LETTER_UPPER_E;
}

/** The length of the escape at `at`, 0 when it is none. */
function escapeLength(bytes: Uint8Array, at: number): number {
  switch (at + 1 < bytes.length ? bytes[at + 1] : END) {
    case QUOTE:
    case BACKSLASH:
    case SLASH:
    case LETTER_B:
    case LETTER_F:
    case LETTER_N:
    case LETTER_R:
    case LETTER_T:
      return 2;
    case LETTER_U:
      return at + 6 <= bytes.length && isHexDigit(bytes[at + 2]) && isHexDigit(bytes[at + 3]) &&
          isHexDigit(bytes[at + 4]) && isHexDigit(bytes[at + 5])
        ? 6
        : 0;
    default:
      return 0;
  }
}

function isHexDigit(byte: number): boolean {
  const lower = byte | 0x20;
  return (byte >= DIGIT_0 && byte <= DIGIT_9) || (lower >= 0x61 && lower <= 0x66);
}

/**
 * The length of the UTF-8 sequence at `at`, 0 when it is none: cut, overlong, a surrogate or beyond
 * U+10FFFF (RFC 3629, section 4).
 */
function sequenceLength(bytes: Uint8Array, at: number): number {
  const lead = bytes[at];
  const length = lead < 0xc2 ? 0 : lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : lead < 0xf5 ? 4 : 0;
  if (length === 0 || at + length > bytes.length) return 0;
  const lowest = lead === 0xe0 ? 0xa0 : lead === 0xf0 ? 0x90 : 0x80;
  const highest = lead === 0xed ? 0x9f : lead === 0xf4 ? 0x8f : 0xbf;
  if (bytes[at + 1] < lowest || bytes[at + 1] > highest) return 0;
  for (let i = 2; i < length; i++) {
    if ((bytes[at + i] & 0xc0) !== 0x80) return 0;
  }
  return length;
}
