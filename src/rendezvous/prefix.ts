/**
 * Network prefixes: what one subscriber and what one site is given.
 *
 * @module
 */

import { isPackedIpv4, type PackedAddress } from "../address.ts";
import { mixHash } from "./hash_index.ts";

/** `address`: IPv4 /32 or IPv6 /64. `network`: IPv4 /24 or IPv6 /48. */
export type PrefixLevel = "address" | "network";

/** Every {@linkcode PrefixLevel}, the narrower first. */
export const PREFIX_LEVELS: readonly PrefixLevel[] = ["address", "network"];

/** A value per prefix level; as a limit, 0 switches it off. */
export type PerPrefix = Readonly<Record<PrefixLevel, number>>;

/**
 * Hashes the prefix that an address belongs to.
 *
 * @param seed secret, so that nobody outside can choose prefixes that collide
 */
export function hashPrefix(packed: PackedAddress, level: PrefixLevel, seed: number): number {
  const { word0, word1, word3 } = packed;
  if (isPackedIpv4(packed)) return mixHash(seed, level === "address" ? word3 : word3 >>> 8);
  return mixHash(mixHash(~seed, word0), level === "address" ? word1 : word1 >>> 16);
}
