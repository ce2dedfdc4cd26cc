/**
 * Makes keys of what could be guessed, slowly, so that each guess costs as much.
 *
 * @module
 */

import { scrypt } from "node:crypto";
import { KEY_BYTES } from "./primitives.ts";

/** 32 MiB and about 0.1 s for each guess. The default of `maxmem` is just too small for it. */
const COST = { N: 2 ** 15, r: 8, p: 1, maxmem: 64 * 2 ** 20 };

/** Each takes 32 MiB and a core for 0.1 s: one at a time. */
let before: Promise<unknown> = Promise.resolve();

/** A key of 32 bytes by scrypt; those that were asked for before come first. */
export function stretch(input: Uint8Array, salt: string): Promise<Uint8Array> {
  const key = before.then(() => scryptKey(input, salt));
  before = key.catch(() => {});
  return key;
}

function scryptKey(input: Uint8Array, salt: string): Promise<Uint8Array> {
  return new Promise((resolve, reject) => {
    scrypt(input, salt, KEY_BYTES, COST, (error, key) => {
      // No error is `null` in Deno and Node.js, `undefined` in Bun.
      if (error) reject(error);
      else resolve(new Uint8Array(key));
    });
  });
}
