/**
 * A numbered slot for each network prefix that is in use, found by an exact key.
 *
 * Not a `Map`: numbers as its keys are hashed without a secret, so that whoever has an IPv6 network
 * could choose prefixes that meet in one chain.
 *
 * @module
 */

import { isPackedIpv4, type PackedAddress } from "../address.ts";
import { HashIndex, mixHash } from "./hash_index.ts";
import type { PrefixLevel } from "./prefix.ts";
import { NO_SLOT } from "./slot_lists.ts";

/** `block`: IPv6 /32, what a provider is given; IPv4 has none. */
export type ShareLevel = PrefixLevel | "block";

/** The first word of IPv4 keys: of an IPv6 source it would be a multicast address. */
const IPV4_HIGH = -1;

/** The prefixes of one level; the owner counts what each holds and frees it when it is empty. */
export class PrefixSlots {
  readonly #level: ShareLevel;
  readonly #seed: number;
  readonly #highs: Int32Array;
  readonly #lows: Int32Array;
  readonly #index: HashIndex;
  readonly #free: number[] = [];
  #usedSlots = 0;

  /**
   * @param slots slots 1 to `slots` can be used
   * @param seed secret, so that nobody outside can choose prefixes that collide
   */
  constructor(level: ShareLevel, slots: number, seed: number) {
    this.#level = level;
    this.#seed = seed;
    this.#highs = new Int32Array(slots + 1);
    this.#lows = new Int32Array(slots + 1);
    this.#index = new HashIndex(slots);
  }

  /** Number of prefixes that have a slot. */
  get size(): number {
    return this.#usedSlots - this.#free.length;
  }

  /** The slot of the prefix that an address belongs to, or {@linkcode NO_SLOT}. */
  find(source: PackedAddress): number {
    const high = highOf(source);
    const low = lowOf(source, this.#level);
    let slot = this.#index.first(this.#hash(high, low));
    while (slot !== NO_SLOT && (this.#highs[slot] !== high || this.#lows[slot] !== low)) {
      slot = this.#index.next(slot);
    }
    return slot;
  }

  /** Gives a slot to a prefix that has none. */
  take(source: PackedAddress): number {
    const slot = this.#free.pop() ?? ++this.#usedSlots;
    this.#highs[slot] = highOf(source);
    this.#lows[slot] = lowOf(source, this.#level);
    this.#index.add(this.#hash(this.#highs[slot], this.#lows[slot]), slot);
    return slot;
  }

  /** Takes the slot of a prefix back. */
  release(slot: number): void {
    this.#index.remove(this.#hash(this.#highs[slot], this.#lows[slot]), slot);
    this.#free.push(slot);
  }

  #hash(high: number, low: number): number {
    return mixHash(mixHash(this.#seed, high), low);
  }
}

function highOf(source: PackedAddress): number {
  return isPackedIpv4(source) ? IPV4_HIGH : source.word0;
}

function lowOf(source: PackedAddress, level: ShareLevel): number {
  const isIpv4 = isPackedIpv4(source);
  switch (level) {
    case "address":
      return isIpv4 ? source.word3 : source.word1;
    case "network":
      return isIpv4 ? source.word3 >>> 8 : source.word1 >>> 16;
    case "block":
      return 0;
  }
}
