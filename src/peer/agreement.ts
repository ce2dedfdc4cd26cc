/**
 * What both sides have in common before they meet: a code, a text, both, or nothing.
 *
 * @module
 */

import { joined } from "./channel/bytes.ts";
import { deriveCodeKeys, readCode } from "./channel/codes.ts";
import { readSecret, secretOf } from "./channel/secrets.ts";

/** What is made of it. */
export interface Agreement {
  /** Under which the server knows both sides; `undefined` without a code. */
  readonly name: string | undefined;
  /** Which the server never hears; empty where there is nothing. */
  readonly secret: Uint8Array;
}

/**
 * Makes of what users say what both sides need. A code and a text together are one secret.
 *
 * @throws {TypeError} when `code` is none
 * @throws {RangeError} when `secret` is too short
 */
export async function agreementOf(
  options: { readonly code?: string; readonly secret?: string },
): Promise<Agreement> {
  const { code, secret } = options;
  if (code === undefined) return { name: undefined, secret: await secretOf(options) };
  const bytes = readCode(code);
  // For a text that is none no key is made at all.
  if (secret !== undefined) readSecret(secret);
  const [keys, ofText] = await Promise.all([deriveCodeKeys(bytes), secretOf(options)]);
  return { name: keys.name, secret: joined(keys.secret, ofText) };
}
