/**
 * A strict JSON reader (RFC 8259) over bytes that keeps what `JSON.parse` loses and the protocol
 * needs: integers beyond 2^53, the order of members, and duplicate members.
 *
 * @module
 */

import { MAX_JSON_DEPTH } from "./limits.ts";
import type { Decoded } from "./message.ts";

/** A number as it was written, so that no digit is lost. */
export class JsonNumber {
  constructor(readonly text: string) {}
}

/** One member of an object, as it was written. */
export interface JsonMember {
  readonly name: string;
  readonly value: JsonValue;
}

/** An object as the list of its members in order, duplicates included. */
export class JsonObject {
  constructor(readonly members: readonly JsonMember[]) {}
}

/** Any JSON value. */
export type JsonValue = null | boolean | string | JsonNumber | readonly JsonValue[] | JsonObject;

/**
 * Reads one JSON value with white space around it.
 *
 * @returns the value, or what is wrong at which byte
 */
export function readJson(bytes: Uint8Array): Decoded<JsonValue, string> {
  const reader = new Reader(bytes);
  const value = reader.document();
  return reader.fault === undefined
    ? { ok: true, value: value as JsonValue }
    : { ok: false, reason: reader.fault };
}

const NUMBER = /^-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][-+]?\d+)?$/;
const LITERALS = new Map<string, null | boolean>([
  ["true", true],
  ["false", false],
  ["null", null],
]);
const utf8 = new TextDecoder("utf-8", { fatal: true });

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const COMMA = 0x2c;
const COLON = 0x3a;
const OPEN_BRACE = 0x7b;
const CLOSE_BRACE = 0x7d;
const OPEN_BRACKET = 0x5b;
const CLOSE_BRACKET = 0x5d;

/** Recursive descent; after a fault every method returns `undefined` and reads no further. */
class Reader {
  fault: string | undefined;
  #at = 0;
  #depth = 0;
  readonly #bytes: Uint8Array;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  document(): JsonValue | undefined {
    const value = this.#value();
    if (this.fault === undefined && this.#peek() !== undefined) this.#fail("the end of the value");
    return value;
  }

  #value(): JsonValue | undefined {
    switch (this.#peek()) {
      case OPEN_BRACE:
        return this.#object();
      case OPEN_BRACKET:
        return this.#array();
      case QUOTE:
        return this.#string();
      default:
        return this.#scalar();
    }
  }

  #object(): JsonObject | undefined {
    if (!this.#open()) return undefined;
    const members: JsonMember[] = [];
    if (this.#close(CLOSE_BRACE)) return new JsonObject(members);
    do {
      if (this.#peek() !== QUOTE) return this.#fail("a member name");
      const name = this.#string();
      if (name === undefined) return undefined;
      if (!this.#take(COLON)) return this.#fail("':'");
      const value = this.#value();
      if (value === undefined) return undefined;
      members.push({ name, value });
    } while (this.#take(COMMA));
    return this.#close(CLOSE_BRACE) ? new JsonObject(members) : this.#fail("',' or '}'");
  }

  #array(): JsonValue[] | undefined {
    if (!this.#open()) return undefined;
    const values: JsonValue[] = [];
    if (this.#close(CLOSE_BRACKET)) return values;
    do {
      const value = this.#value();
      if (value === undefined) return undefined;
      values.push(value);
    } while (this.#take(COMMA));
    return this.#close(CLOSE_BRACKET) ? values : this.#fail("',' or ']'");
  }

  #open(): boolean {
    if (this.#depth === MAX_JSON_DEPTH) {
      this.#fail(`nesting of at most ${MAX_JSON_DEPTH}`);
      return false;
    }
    this.#depth++;
    this.#at++;
    return true;
  }

  #close(bracket: number): boolean {
    if (!this.#take(bracket)) return false;
    this.#depth--;
    return true;
  }

  #string(): string | undefined {
    const start = this.#at + 1;
    let end = start;
    let plain = true;
    for (;; end++) {
      if (end >= this.#bytes.length) return this.#fail("the end of a string");
      const byte = this.#bytes[end];
      if (byte === QUOTE) break;
      if (byte === BACKSLASH) end++;
      if (byte === BACKSLASH || byte < 0x20 || byte >= 0x80) plain = false;
    }
    const text = plain
      ? this.#ascii(start, end)
      : unescape(this.#bytes.subarray(start - 1, end + 1));
    if (text === undefined) return this.#fail("a valid UTF-8 string");
    this.#at = end + 1;
    return text;
  }

  #scalar(): JsonValue | undefined {
    const start = this.#at;
    let end = start;
    while (end < this.#bytes.length && isScalarByte(this.#bytes[end])) end++;
    const text = this.#ascii(start, end);
    const value = NUMBER.test(text) ? new JsonNumber(text) : LITERALS.get(text);
    if (value === undefined) return this.#fail("a JSON value");
    this.#at = end;
    return value;
  }

  #ascii(start: number, end: number): string {
    let text = "";
    for (let i = start; i < end; i++) text += String.fromCharCode(this.#bytes[i]);
    return text;
  }

  /** Skips white space and returns the next byte without taking it. */
  #peek(): number | undefined {
    while (this.#at < this.#bytes.length && isWhiteSpace(this.#bytes[this.#at])) this.#at++;
    return this.#bytes[this.#at];
  }

  #take(byte: number): boolean {
    if (this.#peek() !== byte) return false;
    this.#at++;
    return true;
  }

  #fail(expected: string): undefined {
    this.fault ??= `expected ${expected} at byte ${this.#at}`;
    return undefined;
  }
}

/** The four bytes that JSON allows between tokens. */
export function isWhiteSpace(byte: number): boolean {
  return byte === 0x20 || byte === 0x0a || byte === 0x0d || byte === 0x09;
}

/** Letters, digits, `+`, `-` and `.`: what numbers, `true`, `false` and `null` are made of. */
export function isScalarByte(byte: number): boolean {
  return (byte >= 0x30 && byte <= 0x39) || (byte >= 0x61 && byte <= 0x7a) || byte === 0x2d ||
    byte === 0x2b || byte === 0x2e || byte === 0x45;
}

/** A string with escapes or beyond ASCII, quotes included: the platform knows those rules. */
function unescape(quoted: Uint8Array): string | undefined {
  try {
    return JSON.parse(utf8.decode(quoted));
  } catch {
    return undefined;
  }
}
