/**
 * Codes by which two people meet: 80 random bits with a check, the name under which the server knows
 * them, and the secret that it never hears.
 *
 * @module
 */

import { escapeHidden } from "../../visible_text.ts";
import { base32Value, fromBase32, toBase32 } from "./base32.ts";
import { hkdf, KEY_BYTES } from "./primitives.ts";
import { stretch } from "./stretching.ts";

/** Bytes of a code: with scrypt nobody finds one of a million of them by trial. */
export const CODE_BYTES = 10;

const NUMBER_DIGITS = 16;
const CHECK_DIGITS = 2;
const DIGITS = NUMBER_DIGITS + CHECK_DIGITS;
/**
 * The largest prime that two digits hold: the remainder shows each wrong digit and each exchange of
 * neighbours.
 */
const CHECK_MODULUS = 1021n;
const BYTE_BITS = 8n;

const SALT = "containment breach code";
const NAME_BYTES = 20;
/** Base 32 of 160 bits. */
const NAME_DIGITS = 32;

/** Any dash and any blank: programs that pass a code on put in their own. */
const SEPARATOR = /^[\p{Dash_Punctuation}\u2212\s]$/u;

/** What both sides make of a code. */
export interface CodeKeys {
  /** What the server knows them by. */
  readonly name: string;
  /** The part of the link's secret that the code gives. */
  readonly secret: Uint8Array;
}

/**
 * Writes a code.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { formatCode } from "./codes.ts";
 *
 * assertEquals(formatCode(Uint8Array.fromHex("00112233445566778899")), "008J-4CT4-ANK7-F24S-94");
 * ```
 *
 * @param bytes {@linkcode CODE_BYTES} of them, random
 */
export function formatCode(bytes: Uint8Array): string {
  const value = numberOf(bytes);
  const digits = toBase32(value, NUMBER_DIGITS) + toBase32(value % CHECK_MODULUS, CHECK_DIGITS);
  return digits.replaceAll(/.{4}(?!$)/g, "$&-");
}

/**
 * Reads a code as people write it: dashes, blanks and case do not matter, I and L are 1, O is 0.
 *
 * @returns its {@linkcode CODE_BYTES} bytes
 * @throws {TypeError} saying what is wrong with it, without the code
 */
export function readCode(text: string): Uint8Array {
  if (typeof text !== "string") throw mistake(`expected a text, received ${typeof text}`);
  const values = [...text].filter((character) => !SEPARATOR.test(character)).map(valueOf);
  if (values.length !== DIGITS) {
    throw mistake(`expected ${DIGITS} characters besides dashes, received ${values.length}`);
  }
  const value = fromBase32(values.slice(0, NUMBER_DIGITS));
  if (fromBase32(values.slice(NUMBER_DIGITS)) !== value % CHECK_MODULUS) {
    throw mistake("this code has a typing error, compare it with the one that you were given");
  }
  return bytesOf(value);
}

/** Makes of a code what both sides need. */
export async function deriveCodeKeys(bytes: Uint8Array): Promise<CodeKeys> {
  const key = await stretch(bytes, SALT);
  const name = numberOf(hkdf("", key, "name", NAME_BYTES));
  return { name: toBase32(name, NAME_DIGITS), secret: hkdf("", key, "secret", KEY_BYTES) };
}

function valueOf(character: string): bigint {
  const value = base32Value(character);
  if (value !== undefined) return value;
  const received = escapeHidden(JSON.stringify(character));
  throw mistake(`expected digits and letters without U, received ${received}`);
}

function numberOf(bytes: Uint8Array): bigint {
  return bytes.reduce((number, byte) => number << BYTE_BITS | BigInt(byte), 0n);
}

function bytesOf(value: bigint): Uint8Array {
  return Uint8Array.from(
    { length: CODE_BYTES },
    (_, i) => Number(BigInt.asUintN(8, value >> BigInt(CODE_BYTES - 1 - i) * BYTE_BITS)),
  );
}

function mistake(what: string): TypeError {
  return new TypeError(`Cannot use this code: ${what}`);
}
