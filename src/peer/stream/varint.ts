/**
 * Numbers of one, two, four or eight bytes, as QUIC has them (RFC 9000, section 16): the two highest
 * bits of the first byte say how many.
 *
 * @module
 */

/** The largest number: JavaScript is exact to here. */
export const MAX_VARINT = Number.MAX_SAFE_INTEGER;

const LIMIT_1 = 2 ** 6;
const LIMIT_2 = 2 ** 14;
const LIMIT_4 = 2 ** 30;
const WORD = 2 ** 32;

/** How many bytes a number takes. */
export function varintBytes(value: number): number {
  return value < LIMIT_1 ? 1 : value < LIMIT_2 ? 2 : value < LIMIT_4 ? 4 : 8;
}

/** Writes bytes and numbers one after the other. */
export class BodyWriter {
  readonly #bytes: Uint8Array;
  readonly #view: DataView;
  readonly #limit: number;
  #at = 0;

  /** @param limit how many of the bytes may be used */
  constructor(bytes: Uint8Array, limit: number) {
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
    this.#limit = limit;
  }

  /** Bytes that still have room. */
  get room(): number {
    return this.#limit - this.#at;
  }

  /** Bytes written. */
  get length(): number {
    return this.#at;
  }

  /** All of it. */
  get body(): Uint8Array {
    return this.#bytes.subarray(0, this.#at);
  }

  /** Writes one byte. */
  byte(value: number): void {
    this.#bytes[this.#at++] = value;
  }

  /** Writes a number. */
  varint(value: number): void {
    const at = this.#at;
    if (value < LIMIT_1) {
      this.#bytes[at] = value;
      this.#at = at + 1;
    } else if (value < LIMIT_2) {
      this.#view.setUint16(at, value | 0x4000);
      this.#at = at + 2;
    } else if (value < LIMIT_4) {
      this.#view.setUint32(at, (value | 0x8000_0000) >>> 0);
      this.#at = at + 4;
    } else {
      this.#view.setUint32(at, (Math.floor(value / WORD) | 0xc000_0000) >>> 0);
      this.#view.setUint32(at + 4, value % WORD);
      this.#at = at + 8;
    }
  }

  /** Leaves room for bytes that the caller puts there. */
  space(length: number): Uint8Array {
    const at = this.#at;
    this.#at = at + length;
    return this.#bytes.subarray(at, at + length);
  }
}

/** Reads what a {@linkcode BodyWriter} wrote, or somebody else who means harm. */
export class BodyReader {
  readonly #bytes: Uint8Array;
  #at = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  /** Whether nothing is left. */
  get isAtEnd(): boolean {
    return this.#at >= this.#bytes.length;
  }

  /** One byte; -1: there is none. */
  byte(): number {
    return this.#at < this.#bytes.length ? this.#bytes[this.#at++] : -1;
  }

  /** A number; -1: it is cut off, or larger than {@linkcode MAX_VARINT}, and nothing can follow. */
  varint(): number {
    const bytes = this.#bytes;
    let at = this.#at;
    const first = at < bytes.length ? bytes[at] : 0;
    const end = at + (1 << (first >> 6));
    let value = first & 0x3f;
    at++;
    while (at < end && at < bytes.length) value = value * 256 + bytes[at++];
    const isWhole = end <= bytes.length && value <= MAX_VARINT;
    this.#at = isWhole ? end : bytes.length + 1;
    return isWhole ? value : -1;
  }

  /** That many bytes, as a view; `undefined`: there are fewer. */
  bytes(length: number): Uint8Array | undefined {
    const end = this.#at + length;
    if (length < 0 || end > this.#bytes.length) return undefined;
    const bytes = this.#bytes.subarray(this.#at, end);
    this.#at = end;
    return bytes;
  }
}
