/**
 * What users give to be sent: programs without types may give anything, and what is below must not
 * stumble over it, since that would end the connection.
 *
 * @module
 */

import { MAX_CLOSE_REASON_BYTES, MAX_DATAGRAM_BYTES } from "../limits.ts";

/**
 * Checks what a user gives.
 *
 * @param what is to be done with it, in words
 * @throws {TypeError} when these are no bytes, or no longer
 */
export function toBytes(bytes: unknown, what: string): Uint8Array {
  if (!(bytes instanceof Uint8Array)) {
    throw new TypeError(`Cannot ${what}: expected a Uint8Array, received ${kindOf(bytes)}`);
  }
  try {
    // Only this tells an empty array from one whose memory was transferred.
    return bytes.subarray();
  } catch {
    throw new TypeError(
      `Cannot ${what}: expected bytes that are there, received an array whose memory was transferred`,
    );
  }
}

/** Checks a datagram. @throws {RangeError} when it is too long, {TypeError} when it is none */
export function checkDatagram(datagram: Uint8Array): void {
  const { length } = toBytes(datagram, "send a datagram");
  if (length <= MAX_DATAGRAM_BYTES) return;
  throw new RangeError(
    `Cannot send a datagram: expected at most ${MAX_DATAGRAM_BYTES} bytes, received ${length}`,
  );
}

/** Checks the reason of a close. @throws {RangeError} when it is too long, {TypeError} when it is no text */
export function checkReason(reason: string | undefined): void {
  if (reason === undefined) return;
  if (typeof reason !== "string") {
    throw new TypeError(
      `Cannot close with this reason: expected a text, received ${kindOf(reason)}`,
    );
  }
  const length = new TextEncoder().encode(reason).length;
  if (length <= MAX_CLOSE_REASON_BYTES) return;
  throw new RangeError(
    `Cannot close with this reason: expected at most ${MAX_CLOSE_REASON_BYTES} bytes of UTF-8, ` +
      `received ${length}`,
  );
}

/** Checks what is to end a wait. @throws {TypeError} when it is no signal */
export function checkSignal(signal: unknown): void {
  if (signal === undefined || signal instanceof AbortSignal) return;
  throw new TypeError(`Cannot use signal: expected an AbortSignal, received ${kindOf(signal)}`);
}

function kindOf(value: unknown): string {
  return value === null ? "null" : value?.constructor?.name ?? typeof value;
}
