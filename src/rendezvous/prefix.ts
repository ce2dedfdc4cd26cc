/**
 * Network prefixes: what one subscriber and what one site is given.
 *
 * @module
 */

import { mixHash } from "./hash_index.ts";

/** `address`: IPv4 /32 or IPv6 /64. `network`: IPv4 /24 or IPv6 /48. */
export type PrefixLevel = "address" | "network";

/** A value per prefix level; as a limit, 0 switches it off. */
export type PerPrefix = Readonly<Record<PrefixLevel, number>>;

/** Whether these are the words of an IPv4 address, as `addressToWords` writes them. */
export function hasIpv4Place(words: Uint32Array): boolean {
  return words[0] === 0 && words[1] === 0 && words[2] === 0xffff;
}

/**
 * Hashes the prefix that an address belongs to.
 *
 * @param words the address as {@linkcode addressToWords} writes it
 * @param seed secret, so that nobody outside can choose prefixes that collide
 */
export function hashPrefix(words: Uint32Array, level: PrefixLevel, seed: number): number {
  if (hasIpv4Place(words)) {
    return mixHash(mixHash(seed, 4), level === "address" ? words[3] : words[3] >>> 8);
  }
  const high = mixHash(mixHash(seed, 6), words[0]);
  return mixHash(high, level === "address" ? words[1] : words[1] >>> 16);
}
