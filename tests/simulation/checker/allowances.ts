/**
 * The limits per network prefix and in total, counted in the plainest way.
 *
 * @module
 */

import type { Address } from "../../../src/address.ts";
import type { PerPrefix, PrefixLevel } from "../../../src/rendezvous/prefix.ts";

const LEVELS: readonly PrefixLevel[] = ["address", "network"];
/** A silent prefix may spend this many seconds of its rate at once. */
const BURST_S = 5;
/** Sums of quarter milliseconds are exact; rates per second are not quite. */
const ROUNDING = 1e-6;

/** IPv4 /32 or IPv6 /64; IPv4 /24 or IPv6 /48. Simulated IPv6 addresses write four groups first. */
export function prefixOf(address: Address, level: PrefixLevel): string {
  if (address.includes(":")) {
    return address.split(":").slice(0, level === "address" ? 4 : 3).join(":");
  }
  return level === "address" ? address : address.slice(0, address.lastIndexOf("."));
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

/** How many of something exist per prefix. */
export class CountAllowance {
  readonly #counts = new Map<string, number>();

  constructor(readonly most: PerPrefix) {}

  /** The level at which one more would be too many. */
  exceeded(address: Address): PrefixLevel | undefined {
    return LEVELS.find((level) =>
      this.most[level] > 0 && this.#count(address, level) >= this.most[level]
    );
  }

  /** Counts one more or one less. */
  change(address: Address, by: 1 | -1): void {
    for (const level of LEVELS) {
      this.#counts.set(
        `${level} ${prefixOf(address, level)}`,
        this.#count(address, level) + by,
      );
    }
  }

  #count(address: Address, level: PrefixLevel): number {
    return this.#counts.get(`${level} ${prefixOf(address, level)}`) ?? 0;
  }
}
