/**
 * The limits per network prefix and in total, counted in the plainest way.
 *
 * @module
 */

import type { Address } from "../../../src/address.ts";
import { addressOf, networkOf } from "./giving_way.ts";
import type { PerPrefix, PrefixLevel } from "../../../src/rendezvous/prefix.ts";

const LEVELS: readonly PrefixLevel[] = ["address", "network"];
/** A silent prefix may spend this many seconds of its rate at once. */
const BURST_S = 5;
/** Sums of quarter milliseconds are exact; rates per second are not quite. */
const ROUNDING = 1e-6;

/** The prefix of an address at a level. */
export function prefixOf(address: Address, level: PrefixLevel): string {
  return level === "address" ? addressOf(address) : networkOf(address);
}

/** A rate per prefix: a leaky bucket each. */
export class RateAllowance {
  readonly #buckets = new Map<string, { level: number; atMs: number }>();

  constructor(readonly perSecond: PerPrefix) {}

  /** Counts one more, or says at which level it is too many; then it does not count. */
  take(address: Address, nowMs: number): PrefixLevel | undefined {
    const buckets = LEVELS.map((level) => this.#bucket(address, level, nowMs));
    const refusing = LEVELS.find((level, i) => {
      const perSecond = this.perSecond[level];
      return perSecond > 0 && buckets[i].level + 1 > Math.max(1, perSecond * BURST_S) + ROUNDING;
    });
    if (refusing === undefined) { for (const bucket of buckets) bucket.level++; }
    return refusing;
  }

  #bucket(address: Address, level: PrefixLevel, nowMs: number) {
    const prefix = `${level} ${prefixOf(address, level)}`;
    const bucket = this.#buckets.get(prefix) ?? { level: 0, atMs: nowMs };
    const leaked = (nowMs - bucket.atMs) * this.perSecond[level] / 1000;
    bucket.level = Math.max(0, bucket.level - leaked);
    bucket.atMs = nowMs;
    this.#buckets.set(prefix, bucket);
    return bucket;
  }
}

/**
 * The level at which one more would be too many.
 *
 * @param most how many one prefix may have; 0 for any number
 * @param holders addresses of all that exist
 */
export function exceededLevel(
  most: PerPrefix,
  holders: readonly Address[],
  address: Address,
): PrefixLevel | undefined {
  return LEVELS.find((level) => {
    const prefix = prefixOf(address, level);
    const isFull = () =>
      holders.filter((each) => prefixOf(each, level) === prefix).length >= most[level];
    return most[level] > 0 && isFull();
  });
}
