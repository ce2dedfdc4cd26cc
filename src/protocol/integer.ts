/**
 * JSON numbers as exact 64-bit integers.
 *
 * @module
 */

import type { JsonNumber } from "./json.ts";
import { MAX_PEER_PORT, MIN_PEER_PORT } from "./message.ts";

const PARTS = /^(-?)(\d+)(?:\.(\d+))?(?:[eE]([-+]?\d+))?$/;
/** Plain integers this short are within 64 bits whatever their digits. */
const SHORT = /^-?\d{1,18}$/;
const MAX_DIGITS = 19;

/**
 * The value of a JSON number that is integral (`5`, `5.0`, `1e1`, `-0`) and fits in 64 bits.
 *
 * @returns `undefined` when it is not integral or does not fit
 */
export function toInt64({ text }: JsonNumber): bigint | undefined {
  if (SHORT.test(text)) return BigInt(text);
  const [, sign, whole, fraction = "", exponent] = PARTS.exec(text) as RegExpExecArray;
  const written = (whole + fraction).replace(/^0+/, "");
  const digits = written.slice(0, significantLength(written));
  if (digits === "") return 0n;
  const zeros = Number(exponent ?? 0) - fraction.length + written.length - digits.length;
  if (zeros < 0 || digits.length + zeros > MAX_DIGITS) return undefined;
  const value = BigInt(`${sign}${digits}${"0".repeat(zeros)}`);
  return value < MIN_PEER_PORT || value > MAX_PEER_PORT ? undefined : value;
}

/** Length without the zeros at the end. A loop: `/0+$/` takes quadratic time on inner zeros. */
function significantLength(digits: string): number {
  let length = digits.length;
  while (length > 0 && digits[length - 1] === "0") length--;
  return length;
}
