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
export function readUint48(view: DataView, offset: number): number {
  return view.getUint16(offset) * 0x1_0000_0000 + view.getUint32(offset + 2);
}

/** Writes a number as six bytes. */
export function writeUint48(view: DataView, offset: number, value: number): void {
  view.setUint16(offset, Math.floor(value / 0x1_0000_0000));
  view.setUint32(offset + 2, value % 0x1_0000_0000);
}
