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
 * Makes a secret of a text.
 *
 * @throws {RangeError} when it has fewer than {@linkcode MIN_SECRET_CODE_POINTS} code points
 */
export function secretFromText(text: string): Promise<Uint8Array> {
  const normal = text.normalize("NFC");
  const { length } = [...normal];
  if (length < MIN_SECRET_CODE_POINTS) {
    return Promise.reject(
      new RangeError(
        `Cannot use this secret: expected at least ${MIN_SECRET_CODE_POINTS} characters, ` +
          `received ${length}`,
      ),
    );
  }
  return stretch(joined(normal), SALT);
}

/** The secret of users who may have none. @throws {RangeError} as {@linkcode secretFromText} does */
export async function secretOf({ secret }: { readonly secret?: string }): Promise<Uint8Array> {
  return secret === undefined ? NOTHING : await secretFromText(secret);
}
