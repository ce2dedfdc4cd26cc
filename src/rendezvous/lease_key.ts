/**
 * Whose lease it is, read once and in the form in which the table compares it.
 *
 * @module
 */

import { isPackedIpv4, type PackedAddress } from "../address.ts";
import type { PeerPort } from "../protocol/message.ts";
import { mixHash } from "./hash_index.ts";

/** The owner of a lease. Make one with {@linkcode leaseKey}. */
export interface LeaseKey {
  readonly source: PackedAddress;
  /** The PeerPort's low 32 bits, signed. */
  readonly peerPortLow: number;
  /** The PeerPort's high 32 bits, signed. */
  readonly peerPortHigh: number;
  readonly token: string | undefined;
}

/** The key of the lease that a peer's datagrams make. */
export function leaseKey(
  source: PackedAddress,
  peerPort: PeerPort,
  token: string | undefined,
): LeaseKey {
  // Twice as fast as cutting a bigint, for all PeerPorts but those that no number can hold.
  const number = Number(peerPort);
  const isExact = Number.isSafeInteger(number);
  return {
    source,
    peerPortLow: isExact ? number | 0 : Number(BigInt.asIntN(32, peerPort)),
    peerPortHigh: isExact ? Math.floor(number / 2 ** 32) | 0 : Number(peerPort >> 32n),
    token,
  };
}

/** Hashes a whole key, from a secret seed. */
export function hashKey(key: LeaseKey, seed: number): number {
  const { source } = key;
  let hash = mixHash(hashPeerPort(key, seed), source.word3);
  if (!isPackedIpv4(source)) {
    hash = mixHash(mixHash(mixHash(hash, source.word2), source.word1), source.word0);
  }
  return key.token === undefined ? hash : hashText(hash, key.token);
}

/** Hashes an IP version, a PeerPort and a Token, whatever their address, from a secret seed. */
export function hashToken(key: LeaseKey, seed: number): number {
  const version = isPackedIpv4(key.source) ? 4 : 6;
  return hashText(mixHash(hashPeerPort(key, seed), version), key.token ?? "");
}

function hashPeerPort({ peerPortLow, peerPortHigh }: LeaseKey, seed: number): number {
  return mixHash(mixHash(seed, peerPortLow), peerPortHigh);
}

/** Four characters at a time; a Token's are ASCII. */
function hashText(seed: number, text: string): number {
  let hash = seed;
  let word = 0;
  for (let i = 0; i < text.length; i++) {
    word = word << 8 | text.charCodeAt(i);
    if ((i & 3) === 3) {
      hash = mixHash(hash, word);
      word = 0;
    }
  }
  return mixHash(hash, word);
}
