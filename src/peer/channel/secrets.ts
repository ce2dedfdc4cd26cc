/**
 * The users' own secret, made of a text that both have agreed on.
 *
 * @module
 */

import { joined } from "./bytes.ts";
import { NOTHING } from "./primitives.ts";
import { stretch } from "./stretching.ts";

/** A shorter text is guessed too soon, scrypt or not. */
export const MIN_SECRET_CODE_POINTS = 8;

const SALT = "containment breach secret";

/**
 * Reads a text of which a secret can be made.
 *
 * @returns it in the form that is the same on both sides, however it was typed
 * @throws {TypeError} when it is no text
 * @throws {RangeError} when it has fewer than {@linkcode MIN_SECRET_CODE_POINTS} code points
 */
export function readSecret(text: string): string {
  if (typeof text !== "string") {
    throw new TypeError(`Cannot use this secret: expected a text, received ${typeof text}`);
  }
  const normal = text.normalize("NFC");
  const { length } = [...normal];
  if (length < MIN_SECRET_CODE_POINTS) {
    throw new RangeError(
      `Cannot use this secret: expected at least ${MIN_SECRET_CODE_POINTS} characters, ` +
        `received ${length}`,
    );
  }
  return normal;
}

/** Makes a secret of a text. @throws as {@linkcode readSecret} does */
export async function secretFromText(text: string): Promise<Uint8Array> {
  return await stretch(joined(readSecret(text)), SALT);
}

/** The secret of users who may have none. @throws as {@linkcode secretFromText} does */
export async function secretOf({ secret }: { readonly secret?: string }): Promise<Uint8Array> {
  return secret === undefined ? NOTHING : await secretFromText(secret);
}
