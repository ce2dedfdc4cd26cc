/**
 * The handshake `Noise_NNpsk0_25519_AESGCM_SHA256` of the Noise Protocol Framework, revision 34.
 *
 * ```text
 * -> psk, e
 * <- e, ee
 * ```
 *
 * States are values: reading or writing a message makes a new one, so that what does not verify
 * changes nothing.
 *
 * @module
 */

import { joined } from "./bytes.ts";
import {
  agree,
  decrypt,
  encrypt,
  hkdf,
  KEY_BYTES,
  nonceOf,
  NOTHING,
  publicKeyOf,
  sha256,
  TAG_BYTES,
} from "./primitives.ts";

/** 32 bytes of text: by the rules of Noise it is its own hash. */
const PROTOCOL_NAME = joined("Noise_NNpsk0_25519_AESGCM_SHA256");

/** The counter of the one encryption that makes the next key. */
const REKEY_COUNTER = 2n ** 64n - 1n;

/** What both sides have mixed so far. */
interface Symmetric {
  readonly chainingKey: Uint8Array;
  readonly hash: Uint8Array;
  readonly key: Uint8Array;
}

/** An initiator that has yet to hear message 2. */
export interface Initiated {
  readonly symmetric: Symmetric;
  readonly privateKey: Uint8Array;
}

/** What both sides have when the handshake is over. */
export interface Finished {
  readonly initiatorKey: Uint8Array;
  readonly responderKey: Uint8Array;
  readonly chainingKey: Uint8Array;
  readonly hash: Uint8Array;
}

/**
 * Makes a payload of the handshake hash before it; a payload can so prove something about this very
 * handshake.
 */
export type PayloadOf = (hash: Uint8Array) => Uint8Array;

/** Writes message 1. */
export function initiate(
  psk: Uint8Array,
  prologue: Uint8Array,
  privateKey: Uint8Array,
  payloadOf: PayloadOf,
): { readonly message: Uint8Array; readonly state: Initiated } {
  const publicKey = publicKeyOf(privateKey);
  const before = withEphemeral(begin(psk, prologue), publicKey);
  const { sealed, symmetric } = sealPayload(before, payloadOf(before.hash));
  return { message: joined(publicKey, sealed), state: { symmetric, privateKey } };
}

/** A message 1 that verified. */
export interface Message1 {
  readonly payload: Uint8Array;
  /** The handshake hash before the payload. */
  readonly hashBefore: Uint8Array;
  readonly symmetric: Symmetric;
  readonly publicKey: Uint8Array;
}

/** Reads message 1. @returns `undefined` when it does not verify */
export function readInitiation(
  psk: Uint8Array,
  prologue: Uint8Array,
  message: Uint8Array,
): Message1 | undefined {
  if (message.length < KEY_BYTES + TAG_BYTES) return undefined;
  const publicKey = message.slice(0, KEY_BYTES);
  const before = withEphemeral(begin(psk, prologue), publicKey);
  const opened = openPayload(before, message.subarray(KEY_BYTES));
  return opened && { ...opened, hashBefore: before.hash, publicKey };
}

/**
 * Writes message 2, which ends the handshake for its writer.
 *
 * @returns `undefined` when X25519 refuses the initiator's key
 */
export function respond(
  { symmetric, publicKey }: Message1,
  privateKey: Uint8Array,
  payloadOf: PayloadOf,
): { readonly message: Uint8Array; readonly finished: Finished } | undefined {
  const shared = agree(privateKey, publicKey);
  if (shared === undefined) return undefined;
  const ownKey = publicKeyOf(privateKey);
  const before = withAgreement(withEphemeral(symmetric, ownKey), shared);
  const { sealed, symmetric: after } = sealPayload(before, payloadOf(before.hash));
  return { message: joined(ownKey, sealed), finished: split(after) };
}

/** A message 2 that verified. */
export interface Message2 {
  readonly payload: Uint8Array;
  /** The handshake hash before the payload. */
  readonly hashBefore: Uint8Array;
  readonly finished: Finished;
}

/** Reads message 2. @returns `undefined` when it does not verify, or X25519 refuses its key */
export function readResponse(
  { symmetric, privateKey }: Initiated,
  message: Uint8Array,
): Message2 | undefined {
  if (message.length < KEY_BYTES + TAG_BYTES) return undefined;
  const publicKey = message.slice(0, KEY_BYTES);
  const shared = agree(privateKey, publicKey);
  if (shared === undefined) return undefined;
  const before = withAgreement(withEphemeral(symmetric, publicKey), shared);
  const opened = openPayload(before, message.subarray(KEY_BYTES));
  return opened && {
    payload: opened.payload,
    hashBefore: before.hash,
    finished: split(opened.symmetric),
  };
}

/** The key that follows a key (REKEY of Noise). */
export function nextKey(key: Uint8Array): Uint8Array {
  const zeros = new Uint8Array(KEY_BYTES);
  return encrypt(key, nonceOf(REKEY_COUNTER), NOTHING, zeros).slice(0, KEY_BYTES);
}

function begin(psk: Uint8Array, prologue: Uint8Array): Symmetric {
  const hash = sha256(PROTOCOL_NAME, prologue);
  const mixed = hkdf(PROTOCOL_NAME, psk, "", 3 * KEY_BYTES);
  return {
    chainingKey: mixed.slice(0, KEY_BYTES),
    hash: sha256(hash, mixed.subarray(KEY_BYTES, 2 * KEY_BYTES)),
    key: mixed.slice(2 * KEY_BYTES),
  };
}

/** Where there is a PSK, an ephemeral key is mixed into hash and key. */
function withEphemeral({ chainingKey, hash, key }: Symmetric, publicKey: Uint8Array): Symmetric {
  return withAgreement({ chainingKey, hash: sha256(hash, publicKey), key }, publicKey);
}

function withAgreement({ chainingKey, hash }: Symmetric, shared: Uint8Array): Symmetric {
  const mixed = hkdf(chainingKey, shared, "", 2 * KEY_BYTES);
  return { chainingKey: mixed.slice(0, KEY_BYTES), hash, key: mixed.slice(KEY_BYTES) };
}

/** Every key encrypts one payload, so the counter always is 0. */
function sealPayload(
  { chainingKey, hash, key }: Symmetric,
  payload: Uint8Array,
): { readonly sealed: Uint8Array; readonly symmetric: Symmetric } {
  const sealed = encrypt(key, nonceOf(0), hash, payload);
  return { sealed, symmetric: { chainingKey, hash: sha256(hash, sealed), key } };
}

function openPayload(
  { chainingKey, hash, key }: Symmetric,
  sealed: Uint8Array,
): { readonly payload: Uint8Array; readonly symmetric: Symmetric } | undefined {
  const payload = decrypt(key, nonceOf(0), hash, sealed);
  return payload && { payload, symmetric: { chainingKey, hash: sha256(hash, sealed), key } };
}

function split({ chainingKey, hash }: Symmetric): Finished {
  const keys = hkdf(chainingKey, NOTHING, "", 2 * KEY_BYTES);
  return {
    initiatorKey: keys.slice(0, KEY_BYTES),
    responderKey: keys.slice(KEY_BYTES),
    chainingKey,
    hash,
  };
}
