/**
 * The four primitives of the channel on `node:crypto`, the one place where Deno, Node.js and Bun all
 * have them: X25519, AES-256-GCM, SHA-256 with HMAC, HKDF.
 *
 * @module
 */

import { Buffer } from "node:buffer";
import {
  createCipheriv,
  createDecipheriv,
  createHash,
  createHmac,
  createPrivateKey,
  createPublicKey,
  diffieHellman,
  hkdfSync,
} from "node:crypto";

/** Bytes of every key, of a hash, and of either half of a key pair. */
export const KEY_BYTES = 32;

/** Bytes of the tag behind a ciphertext. */
export const TAG_BYTES = 16;

/** Bytes of an HMAC or a proof: half of HMAC-SHA-256. */
export const HALF_HMAC_BYTES = 16;

/** Nothing: no salt, no associated data, no message. */
export const NOTHING = new Uint8Array(0);

/** What stands before the 32 bytes of a private key in PKCS #8 (RFC 8410). */
const PKCS8_HEAD = Uint8Array.of(48, 46, 2, 1, 0, 48, 5, 6, 3, 43, 101, 110, 4, 34, 4, 32);
/** What stands before the 32 bytes of a public key in SPKI (RFC 8410). */
const SPKI_HEAD = Uint8Array.of(48, 42, 48, 5, 6, 3, 43, 101, 110, 3, 33, 0);
const CIPHER = "aes-256-gcm";
/** A tag length that is not fixed lets Node.js 22 take tags of 4, 8 and 12 bytes. */
const CIPHER_OPTIONS = { authTagLength: TAG_BYTES };

/** Bytes of a nonce. */
export const NONCE_BYTES = 12;

/** SHA-256. */
export function sha256(...parts: readonly Uint8Array[]): Uint8Array {
  const hash = createHash("sha256");
  for (const part of parts) hash.update(part);
  return plain(hash.digest());
}

/** The first 16 bytes of HMAC-SHA-256. */
export function halfHmac(key: Uint8Array, message: Uint8Array): Uint8Array {
  return plain(createHmac("sha256", key).update(message).digest()).subarray(0, HALF_HMAC_BYTES);
}

/** HKDF-SHA-256 (RFC 5869). */
export function hkdf(
  salt: Uint8Array | string,
  key: Uint8Array,
  info: string,
  length: number,
): Uint8Array {
  return new Uint8Array(hkdfSync("sha256", key, salt, info, length));
}

/** The public half of an X25519 key pair. */
export function publicKeyOf(privateKey: Uint8Array): Uint8Array {
  const spki = createPublicKey(toPrivateKey(privateKey)).export({ format: "der", type: "spki" });
  return plain(spki).slice(-KEY_BYTES);
}

/**
 * X25519 with somebody's public key.
 *
 * @returns `undefined` when the function refuses the key: one of small order makes a result that
 * everybody knows
 */
export function agree(privateKey: Uint8Array, publicKey: Uint8Array): Uint8Array | undefined {
  try {
    const shared = plain(diffieHellman({
      privateKey: toPrivateKey(privateKey),
      publicKey: createPublicKey({
        key: Buffer.concat([SPKI_HEAD, publicKey]),
        format: "der",
        type: "spki",
      }),
    }));
    return shared.some((byte) => byte !== 0) ? shared : undefined;
  } catch {
    return undefined;
  }
}

/** Encrypts with AES-256-GCM. @returns ciphertext and tag */
export function encrypt(
  key: Uint8Array,
  nonce: Uint8Array,
  associated: Uint8Array,
  text: Uint8Array,
): Uint8Array {
  const sealed = new Uint8Array(text.length + TAG_BYTES);
  encryptInto(sealed, key, nonce, associated, text);
  return sealed;
}

/**
 * Encrypts with AES-256-GCM into a buffer that is there. `node:crypto` reads `text` where it lies, and
 * gives its ciphertext in memory of its own whatever is asked for: so this one copy is the only one.
 *
 * @param sealed gets ciphertext and tag: as long as both
 * @param text read in this call
 */
export function encryptInto(
  sealed: Uint8Array,
  key: Uint8Array,
  nonce: Uint8Array,
  associated: Uint8Array,
  text: Uint8Array,
): void {
  const cipher = createCipheriv(CIPHER, key, nonce, CIPHER_OPTIONS);
  cipher.setAAD(associated);
  sealed.set(cipher.update(text));
  cipher.final();
  sealed.set(cipher.getAuthTag(), sealed.length - TAG_BYTES);
}

/**
 * Decrypts what {@linkcode encrypt} made.
 *
 * @returns the text, in memory of its own; `undefined` when it does not verify
 */
export function decrypt(
  key: Uint8Array,
  nonce: Uint8Array,
  associated: Uint8Array,
  sealed: Uint8Array,
): Uint8Array | undefined {
  if (sealed.length < TAG_BYTES) return undefined;
  const decipher = createDecipheriv(CIPHER, key, nonce, CIPHER_OPTIONS);
  decipher.setAAD(associated);
  decipher.setAuthTag(sealed.subarray(-TAG_BYTES));
  const text = plain(decipher.update(sealed.subarray(0, -TAG_BYTES)));
  try {
    decipher.final();
  } catch {
    return undefined;
  }
  return text;
}

/** The nonce of Noise's AESGCM: four zero bytes and the counter as 64 bits, big-endian. */
export function nonceOf(counter: number | bigint): Uint8Array {
  const nonce = new Uint8Array(NONCE_BYTES);
  new DataView(nonce.buffer).setBigUint64(4, BigInt(counter));
  return nonce;
}

function toPrivateKey(privateKey: Uint8Array) {
  const key = Buffer.concat([PKCS8_HEAD, privateKey]);
  return createPrivateKey({ key, format: "der", type: "pkcs8" });
}

/** A Buffer is a Uint8Array whose methods differ: what leaves here is none. */
function plain({ buffer, byteOffset, length }: Uint8Array): Uint8Array {
  return new Uint8Array(buffer, byteOffset, length);
}
