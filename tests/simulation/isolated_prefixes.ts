/**
 * Secrets under which no two prefixes of a world share a counter.
 *
 * The server counts prefixes in tables of fixed size, where strangers may meet. That is wanted and
 * tested elsewhere; here it would hide whether the limits are exact.
 *
 * @module
 */

import { type Address, packAddress, type PackedAddress } from "../../src/address.ts";
import { PREFIX_TABLE_SLOTS } from "../../src/limits.ts";
import { hashPrefix, type PrefixLevel } from "../../src/rendezvous/prefix.ts";
import { prefixOf } from "./checker/allowances.ts";
import type { Prng } from "../simulated/prng.ts";

const LEVELS: readonly PrefixLevel[] = ["address", "network"];

/** Draws a 32-bit secret that separates the prefixes of all these addresses. */
export function isolatingSecret(addresses: readonly Address[], prng: Prng): number {
  const packed = addresses.map(packAddress);
  for (;;) {
    const secret = prng.next32();
    if (LEVELS.every((level) => separates(secret, level, addresses, packed))) return secret;
  }
}

function separates(
  secret: number,
  level: PrefixLevel,
  addresses: readonly Address[],
  packed: readonly PackedAddress[],
): boolean {
  const owners = new Map<number, string>();
  return addresses.every((address, i) => {
    const slot = hashPrefix(packed[i], level, secret) % PREFIX_TABLE_SLOTS;
    const prefix = prefixOf(address, level);
    const owner = owners.get(slot) ?? prefix;
    owners.set(slot, owner);
    return owner === prefix;
  });
}
