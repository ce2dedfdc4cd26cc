/**
 * What proves that both ends of a new link are those of an earlier one.
 *
 * @module
 */

import { isSame, joined } from "./bytes.ts";
import { ID_BYTES } from "./link_keys.ts";
import { halfHmac, hkdf, KEY_BYTES, NOTHING } from "./primitives.ts";

/** A secret that only the two ends of one handshake have. */
export class Resumption {
  /** Finds it among others; says nothing of the secret. */
  readonly name: Uint8Array;
  readonly #secret: Uint8Array;

  constructor(secret: Uint8Array) {
    this.#secret = secret;
    this.name = hkdf(NOTHING, secret, "resume id", ID_BYTES);
  }

  /** What the two ends of a handshake have. @param chainingKey of both when it was over */
  static after(chainingKey: Uint8Array): Resumption {
    return new Resumption(hkdf(NOTHING, chainingKey, "resume", KEY_BYTES));
  }

  /** Whether a message 1 names it. */
  isNamed(name: Uint8Array): boolean {
    return isSame(name, this.name);
  }

  /** The payload of message 1. @param hash of the handshake before the payload */
  payload1(hash: Uint8Array): Uint8Array {
    return joined(this.name, this.#proof("resume 1", hash));
  }

  /** Whether the payload of a message 1 proves that its sender has the secret. */
  proves1(payload: Uint8Array, hash: Uint8Array): boolean {
    return isSame(payload, this.payload1(hash));
  }

  /** The payload of message 2. @param hash of the handshake before the payload */
  payload2(hash: Uint8Array): Uint8Array {
    return this.#proof("resume 2", hash);
  }

  /** Whether the payload of a message 2 proves that its sender has the secret. */
  proves2(payload: Uint8Array, hash: Uint8Array): boolean {
    return isSame(payload, this.payload2(hash));
  }

  #proof(purpose: string, hash: Uint8Array): Uint8Array {
    return halfHmac(this.#secret, joined(purpose, hash));
  }
}

/** The name of what a message 1 wants to resume; random where it resumes nothing. */
export function resumedName(payload: Uint8Array): Uint8Array {
  return payload.subarray(0, ID_BYTES);
}
