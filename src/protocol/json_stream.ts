/**
 * Cuts a byte stream into JSON objects as they complete (docs/PROTOCOL.md, requests).
 *
 * No terminator is needed, objects may follow each other directly, and one may arrive in any number
 * of chunks. What can never become a request is refused at the byte that shows it, before anything
 * is stored; what is inside an object is the decoder's business.
 *
 * @module
 */

import { MAX_JSON_DEPTH, MAX_REQUEST_BYTES } from "./limits.ts";
import { isScalarByte, isWhiteSpace } from "./json.ts";
import type { Decoded } from "./message.ts";

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const OPEN_BRACE = 0x7b;
const CLOSE_BRACE = 0x7d;
const OPEN_BRACKET = 0x5b;
const CLOSE_BRACKET = 0x5d;
const COMMA = 0x2c;
const COLON = 0x3a;

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
  #string: "outside" | "inside" | "escaped" = "outside";
  #fault: string | undefined;
  /** The start of an object whose end has not arrived. */
  #held: Uint8Array | undefined;
  #heldLength = 0;

  /** Whether the stream stands inside an object: an end of stream now would cut it. */
  get partial(): boolean {
    return this.#depth > 0;
  }

  /**
   * Takes the next chunk and yields each object that completes in it.
   *
   * A yielded object may be a view into `chunk`: decode it before the next step.
   */
  *push(chunk: Uint8Array): Generator<Framed> {
    let start = 0;
    for (let i = 0; i < chunk.length && this.#fault === undefined; i++) {
      const wasOutside = this.#depth === 0;
      this.#fault = this.#step(chunk[i]);
      if (this.#fault !== undefined) {
        this.#held = undefined;
        yield { ok: false, reason: this.#fault };
      } else if (this.#depth > 0) {
        if (wasOutside) start = i;
      } else if (!wasOutside) {
        this.#length = 0;
        yield { ok: true, value: this.#complete(chunk.subarray(start, i + 1)) };
      }
    }
    if (this.#depth > 0 && this.#fault === undefined) this.#hold(chunk.subarray(start));
  }

  #step(byte: number): string | undefined {
    if (++this.#length > MAX_REQUEST_BYTES) {
      return `expected a request of at most ${MAX_REQUEST_BYTES} bytes, received more`;
    }
    if (this.#string !== "outside") return this.#stepInString(byte);
    switch (byte) {
      case OPEN_BRACE:
        return this.#open(1);
      case OPEN_BRACKET:
        return this.#depth === 0 ? unexpected(byte, "a JSON object") : this.#open(0);
      case CLOSE_BRACE:
        return this.#close(byte, 1);
      case CLOSE_BRACKET:
        return this.#close(byte, 0);
      case QUOTE:
        if (this.#depth === 0) return unexpected(byte, "a JSON object");
        this.#string = "inside";
        return undefined;
    }
    if (isWhiteSpace(byte)) return undefined;
    if (this.#depth === 0) return unexpected(byte, "a JSON object");
    return byte === COMMA || byte === COLON || isScalarByte(byte)
      ? undefined
      : unexpected(byte, "JSON");
  }

  #stepInString(byte: number): string | undefined {
    if (byte < 0x20) return unexpected(byte, "a JSON string");
    if (this.#string === "escaped") this.#string = "inside";
    else if (byte === BACKSLASH) this.#string = "escaped";
    else if (byte === QUOTE) this.#string = "outside";
    return undefined;
  }

  #open(kind: 0 | 1): string | undefined {
    if (this.#depth === MAX_JSON_DEPTH) {
      return `expected nesting of at most ${MAX_JSON_DEPTH}, received deeper`;
    }
    this.#depth++;
    this.#brackets = (this.#brackets << 1) | kind;
    return undefined;
  }

  #close(byte: number, kind: 0 | 1): string | undefined {
    if (this.#depth === 0 || (this.#brackets & 1) !== kind) return unexpected(byte, "JSON");
    this.#depth--;
    this.#brackets >>= 1;
    return undefined;
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
  return `expected ${expected}, received byte 0x${byte.toString(16).padStart(2, "0")}`;
}
