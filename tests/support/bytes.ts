/**
 * What is sent to see whether it arrives.
 *
 * @module
 */

/** How many the system gives at a time. */
const AT_ONCE = 65_536;

/** Bytes that no compression makes shorter. */
export function randomBytes(length: number): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(length);
  for (let at = 0; at < length; at += AT_ONCE) {
    crypto.getRandomValues(bytes.subarray(at, at + AT_ONCE));
  }
  return bytes;
}

/** By which two that should be the same are compared, in hexadecimal digits. */
export async function sha256(bytes: BufferSource): Promise<string> {
  return new Uint8Array(await crypto.subtle.digest("SHA-256", bytes)).toHex();
}
