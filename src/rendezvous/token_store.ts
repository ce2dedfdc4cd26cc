/**
 * The Tokens of numbered slots, as bytes in one flat array.
 *
 * As strings they would cost a garbage-collected object and a map entry each: more than the rest of
 * a lease. Slots without a Token never touch the array, so they take no memory.
 *
 * @module
 */

import { MAX_TOKEN_CHARS } from "../protocol/limits.ts";

/** One Token, or none, for each slot. */
export class TokenStore {
  readonly #bytes: Uint8Array;
  /** 0 where there is no Token. */
  readonly #lengths: Uint8Array;

  /** @param slots slots 1 to `slots` can be used */
  constructor(slots: number) {
    this.#bytes = new Uint8Array((slots + 1) * MAX_TOKEN_CHARS);
    this.#lengths = new Uint8Array(slots + 1);
  }

  /** Sets the Token of a slot: 1 to {@linkcode MAX_TOKEN_CHARS} ASCII characters, or none. */
  set(slot: number, token: string | undefined): void {
    this.#lengths[slot] = token?.length ?? 0;
    if (token === undefined) return;
    const start = slot * MAX_TOKEN_CHARS;
    for (let i = 0; i < token.length; i++) this.#bytes[start + i] = token.charCodeAt(i);
  }

  /** The Token of a slot. */
  get(slot: number): string | undefined {
    const start = slot * MAX_TOKEN_CHARS;
    const length = this.#lengths[slot];
    if (length === 0) return undefined;
    return String.fromCharCode(...this.#bytes.subarray(start, start + length));
  }

  /** Whether a slot has this Token, or none if `token` is `undefined`. */
  has(slot: number, token: string | undefined): boolean {
    if (this.#lengths[slot] !== (token?.length ?? 0)) return false;
    if (token === undefined) return true;
    const start = slot * MAX_TOKEN_CHARS;
    for (let i = 0; i < token.length; i++) {
      if (this.#bytes[start + i] !== token.charCodeAt(i)) return false;
    }
    return true;
  }
}
