/**
 * The users' own secret, made of a text that both have agreed on.
 *
 * @module
 */

import { scrypt } from "node:crypto";
import { joined } from "./bytes.ts";
import { KEY_BYTES, NOTHING } from "./primitives.ts";

/** A shorter text is guessed too soon, scrypt or not. */
export const MIN_SECRET_CODE_POINTS = 8;

const SALT = "containment breach secret";
/** 32 MiB and about 0.1 s for each guess. The default of `maxmem` is just too small for it. */
const COST = { N: 2 ** 15, r: 8, p: 1, maxmem: 64 * 2 ** 20 };

/** Each takes 32 MiB and a core for 0.1 s: one at a time. */
let before: Promise<unknown> = Promise.resolve();

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
  const secret = before.then(() => stretch(normal));
  before = secret.catch(() => {});
  return secret;
}

/** The secret of users who may have none. @throws {RangeError} as {@linkcode secretFromText} does */
export async function secretOf({ secret }: { readonly secret?: string }): Promise<Uint8Array> {
  return secret === undefined ? NOTHING : await secretFromText(secret);
}

function stretch(text: string): Promise<Uint8Array> {
  return new Promise((resolve, reject) => {
    scrypt(joined(text), SALT, KEY_BYTES, COST, (error, key) => {
      if (error === null) resolve(new Uint8Array(key));
      else reject(error);
    });
  });
}
