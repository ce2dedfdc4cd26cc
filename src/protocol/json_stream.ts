/**
 * Cuts a byte stream into JSON objects as they complete (docs/PROTOCOL.md, requests).
 *
 * No terminator is needed, objects may follow each other directly, and one may arrive in any number
 * of chunks. What can never become a request is refused at the byte that shows it, before anything
 * is stored; what is inside an object is the decoder's business.
 *
 * @module
 */

import { foreignProtocol } from "./foreign_protocol.ts";
import { isScalarByte, isWhiteSpace } from "./json.ts";
import { MAX_JSON_DEPTH, MAX_REQUEST_BYTES } from "./limits.ts";
import type { Decoded } from "./message.ts";

const QUOTE = 0x22;
const COMMA = 0x2c;
const COLON = 0x3a;
const OPEN_BRACKET = 0x5b;
const BACKSLASH = 0x5c;
const CLOSE_BRACKET = 0x5d;
const OPEN_BRACE = 0x7b;
const CLOSE_BRACE = 0x7d;

const MIN_HELD_BYTES = 256;

/** One complete object, or why the stream holds none; after a fault the stream is at its end. */
export type Framed = Decoded<Uint8Array, string>;

/** The framing state of one stream. Holds no buffer between objects. */
export class JsonStream {
  /** Bytes since the end of the previous object, white space included. */
  #length = 0;
  #depth = 0;
  /** One bit per open bracket, the innermost lowest: 1 for an object, 0 for an array. */
  #brackets = 0;
  #text: "outside" | "inside" | "escaped" = "outside";
  #fault: string | undefined;
  #isFirst = true;
  /** What stands where the first object should begin, until it tells what it is. */
  #greeting = "";
  /** The start of an object whose end has not arrived. */
  #held: Uint8Array | undefined;
  #heldLength = 0;

  /** Whether the stream stands inside an object: an end of stream now would cut it. */
  get partial(): boolean {
    return this.#fault === undefined && (this.#depth > 0 || this.#greeting !== "");
  }

  /** How many bytes came after the last complete object. */
  get pendingBytes(): number {
    return this.#length;
  }

  /**
   * Takes the next chunk and yields each object that completes in it.
   *
   * A yielded object may be a view into `chunk`: decode it before the next step.
   */
  *push(chunk: Uint8Array): Generator<Framed> {
    let at = 0;
    while (at < chunk.length && this.#fault === undefined) {
      const end = Math.min(chunk.length, at + MAX_REQUEST_BYTES - this.#length);
      const start = this.#depth > 0 ? at : this.#findObject(chunk, at, end);
      const next = this.#scan(chunk, start, end);
      this.#length += next - at;
      at = next;
      if (this.#fault === undefined && this.#depth === 0 && next > start) {
        this.#length = 0;
        this.#isFirst = false;
        yield { ok: true, value: this.#complete(chunk.subarray(start, next)) };
        continue;
      }
      if (this.#fault === undefined && next < chunk.length) {
        this.#fault = `expected a request of at most ${MAX_REQUEST_BYTES} bytes, received more`;
      }
      if (this.#fault !== undefined) {
        this.#held = undefined;
        yield { ok: false, reason: this.#fault };
      } else if (this.#depth > 0) {
        this.#hold(chunk.subarray(start, next));
      }
    }
  }

  /** Where the next object begins, or `end`. */
  #findObject(chunk: Uint8Array, start: number, end: number): number {
    let at = start;
    if (this.#greeting === "") {
      while (at < end && isWhiteSpace(chunk[at])) at++;
      if (at === end || chunk[at] === OPEN_BRACE) return at;
    }
    const spaces = this.#length + at - start;
    while (at < end && this.#fault === undefined) this.#refuseStart(chunk[at++], spaces);
    return end;
  }

  /** Sets the fault as soon as it is certain what stands there instead of an object. */
  #refuseStart(byte: number, spaces: number): void {
    this.#greeting += String.fromCharCode(byte);
    const foreign = this.#isFirst ? foreignProtocol(this.#greeting, spaces) : undefined;
    if (foreign === "undecided") return;
    this.#fault = foreign === undefined
      ? unexpected(this.#greeting.charCodeAt(0), "a JSON object")
      : `expected a JSON object, received ${foreign}`;
  }

  /** Goes on to the end of the object, to `end`, or to a fault, whatever comes first. */
  #scan(chunk: Uint8Array, start: number, end: number): number {
    let at = start;
    while (at < end && this.#fault === undefined) {
      at = this.#text === "outside"
        ? this.#scanTokens(chunk, at, end)
        : this.#scanText(chunk, at, end);
      if (this.#depth === 0) break;
    }
    return at;
  }

  #scanTokens(chunk: Uint8Array, start: number, end: number): number {
    for (let at = start; at < end; at++) {
      const byte = chunk[at];
      switch (byte) {
        case QUOTE:
          this.#text = "inside";
          return at + 1;
        case OPEN_BRACE:
          this.#open(1);
          break;
        case OPEN_BRACKET:
          this.#open(0);
          break;
        case CLOSE_BRACE:
          this.#close(byte, 1);
          break;
        case CLOSE_BRACKET:
          this.#close(byte, 0);
          break;
        default:
          if (isWhiteSpace(byte) || byte === COMMA || byte === COLON || isScalarByte(byte)) {
            continue;
          }
          this.#fault = unexpected(byte, "JSON");
      }
      if (this.#depth === 0 || this.#fault !== undefined) return at + 1;
    }
    return end;
  }

  #scanText(chunk: Uint8Array, start: number, end: number): number {
    for (let at = start; at < end; at++) {
      const byte = chunk[at];
      if (byte < 0x20) {
        this.#fault = unexpected(byte, "a JSON string");
        return at + 1;
      }
      if (this.#text === "escaped") {
        this.#text = "inside";
      } else if (byte === BACKSLASH) {
        this.#text = "escaped";
      } else if (byte === QUOTE) {
        this.#text = "outside";
        return at + 1;
      }
    }
    return end;
  }

  #open(kind: 0 | 1): void {
    if (this.#depth === MAX_JSON_DEPTH) {
      this.#fault = `expected nesting of at most ${MAX_JSON_DEPTH}, received deeper`;
      return;
    }
    this.#depth++;
    this.#brackets = (this.#brackets << 1) | kind;
  }

  #close(byte: number, kind: 0 | 1): void {
    if ((this.#brackets & 1) !== kind) {
      this.#fault = unexpected(byte, "JSON");
      return;
    }
    this.#depth--;
    this.#brackets >>= 1;
  }

  #complete(end: Uint8Array): Uint8Array {
    if (this.#held === undefined) return end;
    this.#hold(end);
    const value = this.#held.subarray(0, this.#heldLength);
    this.#held = undefined;
    this.#heldLength = 0;
    return value;
  }

  /** Appends to the held part; doubling keeps a byte-by-byte sender at linear cost. */
  #hold(part: Uint8Array): void {
    const length = this.#heldLength + part.length;
    if (this.#held === undefined || this.#held.length < length) {
      const capacity = Math.max(MIN_HELD_BYTES, 2 ** Math.ceil(Math.log2(length)));
      const grown = new Uint8Array(capacity);
      if (this.#held !== undefined) grown.set(this.#held.subarray(0, this.#heldLength));
      this.#held = grown;
    }
    this.#held.set(part, this.#heldLength);
    this.#heldLength = length;
  }
}

function unexpected(byte: number, expected: string): string {
  const received = byte === 0
    ? "a NUL byte: send text in UTF-8"
    : `byte 0x${byte.toString(16).padStart(2, "0")}`;
  return `expected ${expected}, received ${received}`;
}
