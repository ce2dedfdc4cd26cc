/**
 * Secrets under which no two prefixes of a world share a counter.
 *
 * The server counts prefixes in tables of fixed size, where strangers may meet. That is wanted and
 * tested elsewhere; here it would hide whether the limits are exact.
 *
 * @module
 */

import { type Address, addressToWords } from "../../src/address.ts";
import { PREFIX_TABLE_SLOTS } from "../../src/limits.ts";
import { hashPrefix, type PrefixLevel } from "../../src/rendezvous/prefix.ts";
import { prefixOf } from "./checker/allowances.ts";
import type { Prng } from "../simulated/prng.ts";

const LEVELS: readonly PrefixLevel[] = ["address", "network"];

/** Draws a 32-bit secret that separates the prefixes of all these addresses. */
export function isolatingSecret(addresses: readonly Address[], prng: Prng): number {
  const words = addresses.map((address) => {
    const words = new Uint32Array(4);
    addressToWords(address, words);
    return words;
  });
  for (;;) {
    const secret = prng.next32();
    if (LEVELS.every((level) => separates(secret, level, addresses, words))) return secret;
  }
}

function separates(
  secret: number,
  level: PrefixLevel,
  addresses: readonly Address[],
  words: readonly Uint32Array[],
): boolean {
  const owners = new Map<number, string>();
  return addresses.every((address, i) => {
    const slot = hashPrefix(words[i], level, secret) % PREFIX_TABLE_SLOTS;
    const prefix = prefixOf(address, level);
    const owner = owners.get(slot) ?? prefix;
    owners.set(slot, owner);
    return owner === prefix;
  });
}
