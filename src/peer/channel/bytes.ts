/**
 * Small helpers for bytes, as the channel puts them together.
 *
 * @module
 */

const encoder = new TextEncoder();

/** The parts one after the other; text as its UTF-8 bytes. */
export function joined(...parts: readonly (Uint8Array | string)[]): Uint8Array {
  const arrays = parts.map((part) => typeof part === "string" ? encoder.encode(part) : part);
  const bytes = new Uint8Array(arrays.reduce((sum, { length }) => sum + length, 0));
  let offset = 0;
  for (const array of arrays) {
    bytes.set(array, offset);
    offset += array.length;
  }
  return bytes;
}

/** Whether both have the same content; takes the same time wherever they differ. */
export function isSame(a: Uint8Array, b: Uint8Array): boolean {
  if (a.length !== b.length) return false;
  let difference = 0;
  for (let i = 0; i < a.length; i++) difference |= a[i] ^ b[i];
  return difference === 0;
}

/** Reads six bytes as a number: JavaScript has no 48-bit accessor, but holds them exactly. */
export function readUint48(bytes: Uint8Array, offset: number): number {
  const high = bytes[offset] << 8 | bytes[offset + 1];
  const low = bytes[offset + 2] << 24 | bytes[offset + 3] << 16 | bytes[offset + 4] << 8 |
    bytes[offset + 5];
  return high * 0x1_0000_0000 + (low >>> 0);
}

/** Writes a number as six bytes. */
export function writeUint48(bytes: Uint8Array, offset: number, value: number): void {
  const high = Math.floor(value / 0x1_0000_0000);
  const low = value % 0x1_0000_0000;
  bytes[offset] = high >>> 8;
  bytes[offset + 1] = high;
  bytes[offset + 2] = low >>> 24;
  bytes[offset + 3] = low >>> 16;
  bytes[offset + 4] = low >>> 8;
  bytes[offset + 5] = low;
}
