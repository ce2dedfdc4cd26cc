/**
 * What two people compare by voice to know that nobody sits between them.
 *
 * @module
 */

import { hkdf, NOTHING } from "./primitives.ts";

/** All 64 bits are shown: six digits are found by trial within a minute. */
const FINGERPRINT_BYTES = 8;
const DIGITS = 20;
const GROUP = /\d{5}(?!$)/g;

/** The fingerprint of a handshake: 20 digits in four groups. */
export function fingerprintOf(handshakeHash: Uint8Array): string {
  const bytes = hkdf(NOTHING, handshakeHash, "fingerprint", FINGERPRINT_BYTES);
  const number = new DataView(bytes.buffer).getBigUint64(0);
  return String(number).padStart(DIGITS, "0").replace(GROUP, "$& ");
}
