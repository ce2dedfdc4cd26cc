/**
 * JSON numbers as exact 64-bit integers.
 *
 * @module
 */

import { NOWHERE } from "./json_text.ts";
import { MAX_PEER_PORT, MIN_PEER_PORT } from "./message.ts";

const PLUS = 0x2b;
const MINUS = 0x2d;
const POINT = 0x2e;
const DIGIT_0 = 0x30;
const LETTER_E = 0x65;
const CASE_BIT = 0x20;
const NO_DIGIT = -1;

/** Digits of the largest 64-bit integers. */
const MAX_DIGITS = 19;
/** So many digits are exact in a `number`; the others are kept beside it. */
const HIGH_DIGITS = 15;
const POWERS_OF_TEN = [1n, 10n, 100n, 1000n, 10_000n];
/** Beyond any number of digits that a message has room for. */
const MAX_EXPONENT = 1_000_000;

/**
 * The value of the JSON number at `start` when it is integral (`5`, `5.0`, `1e1`, `-0`) and fits in
 * 64 bits.
 *
 * @param bytes what `json.ts` has found to be JSON
 * @returns `undefined` when there is no number, or when it is not integral or does not fit
 */
export function readInt64(bytes: Uint8Array, start: number): bigint | undefined {
  if (start === NOWHERE) return undefined;
  const isNegative = bytes[start] === MINUS;
  let at = isNegative ? start + 1 : start;
  let digit = digitAt(bytes, at);
  if (digit === NO_DIGIT) return undefined;
  const digits = new Digits();
  let exponent = 0;
  for (; digit !== NO_DIGIT; digit = digitAt(bytes, ++at)) digits.append(digit);
  if (at < bytes.length && bytes[at] === POINT) {
    digit = digitAt(bytes, ++at);
    for (; digit !== NO_DIGIT; digit = digitAt(bytes, ++at)) {
      digits.append(digit);
      exponent--;
    }
  }
  if (at < bytes.length && (bytes[at] | CASE_BIT) === LETTER_E) {
    exponent += readExponent(bytes, at + 1);
  }
  return digits.toInt64(isNegative, exponent);
}

function readExponent(bytes: Uint8Array, start: number): number {
  const isNegative = bytes[start] === MINUS;
  let at = isNegative || bytes[start] === PLUS ? start + 1 : start;
  let exponent = 0;
  for (let digit = digitAt(bytes, at); digit !== NO_DIGIT; digit = digitAt(bytes, ++at)) {
    exponent = Math.min(MAX_EXPONENT, exponent * 10 + digit);
  }
  return isNegative ? -exponent : exponent;
}

function digitAt(bytes: Uint8Array, at: number): number {
  if (at >= bytes.length) return NO_DIGIT;
  const digit = bytes[at] - DIGIT_0;
  return digit >= 0 && digit <= 9 ? digit : NO_DIGIT;
}

/** Decimal digits without the zeros at both ends, as many as 64 bits can need. */
class Digits {
  #high = 0;
  #low = 0;
  #count = 0;
  /** Zeros that count only if another digit follows. */
  #zeros = 0;

  append(digit: number): void {
    if (digit === 0) {
      if (this.#count > 0) this.#zeros++;
      return;
    }
    this.#appendZeros();
    this.#append(digit);
  }

  /** The value of all that was appended times 10 to the power of `exponent`. */
  toInt64(isNegative: boolean, exponent: number): bigint | undefined {
    if (this.#count === 0) return 0n;
    this.#zeros += exponent;
    if (this.#zeros < 0 || this.#count + this.#zeros > MAX_DIGITS) return undefined;
    this.#appendZeros();
    const high = BigInt(isNegative ? -this.#high : this.#high);
    if (this.#count <= HIGH_DIGITS) return high;
    const low = BigInt(isNegative ? -this.#low : this.#low);
    const value = high * POWERS_OF_TEN[this.#count - HIGH_DIGITS] + low;
    return value < MIN_PEER_PORT || value > MAX_PEER_PORT ? undefined : value;
  }

  #appendZeros(): void {
    for (; this.#zeros > 0 && this.#count <= MAX_DIGITS; this.#zeros--) this.#append(0);
    this.#zeros = 0;
  }

  #append(digit: number): void {
    this.#count++;
    if (this.#count <= HIGH_DIGITS) this.#high = this.#high * 10 + digit;
    else if (this.#count <= MAX_DIGITS) this.#low = this.#low * 10 + digit;
  }
}
