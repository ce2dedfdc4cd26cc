/**
 * What was dropped a moment ago, of whatever address, in constant memory: a peer sends its datagram
 * before it connects, so nobody waits yet when it is dropped.
 *
 * A fixed table under a secret hash, where the newest address takes the place of another one; a
 * second hash tells them apart.
 *
 * @module
 */

import { type Address, packAddress } from "../address.ts";
import { RECENT_DROPS_MS, RECENT_DROPS_SLOTS } from "../limits.ts";
import { mixHash } from "./hash_index.ts";
import type { DropReason } from "./seen_datagrams.ts";

/** Datagrams of one address that were dropped, each within {@linkcode RECENT_DROPS_MS} of the next. */
export interface DroppedRecently {
  readonly count: number;
  readonly reason: DropReason | undefined;
}

/** Nothing was dropped. */
export const NO_DROPS: DroppedRecently = { count: 0, reason: undefined };

/** The last drops of each address. */
export class RecentDrops {
  readonly #seed: number;
  readonly #tags = new Uint32Array(RECENT_DROPS_SLOTS);
  readonly #counts = new Uint32Array(RECENT_DROPS_SLOTS);
  readonly #lastMs = new Float64Array(RECENT_DROPS_SLOTS).fill(-Infinity);
  readonly #reasons: (DropReason | undefined)[] = new Array(RECENT_DROPS_SLOTS).fill(undefined);

  /** @param random32 source of secret 32-bit numbers */
  constructor(random32: () => number) {
    this.#seed = random32();
  }

  /** A datagram was dropped. */
  add(address: Address, reason: DropReason, nowMs: number): void {
    const hash = this.#hash(address);
    const slot = hash % RECENT_DROPS_SLOTS;
    const tag = mixHash(hash, this.#seed);
    this.#counts[slot] = this.#holds(slot, tag, nowMs) ? this.#counts[slot] + 1 : 1;
    this.#tags[slot] = tag;
    this.#lastMs[slot] = nowMs;
    this.#reasons[slot] = reason;
  }

  /** What was dropped of an address until a moment ago. */
  of(address: Address, nowMs: number): DroppedRecently {
    const hash = this.#hash(address);
    const slot = hash % RECENT_DROPS_SLOTS;
    return this.#holds(slot, mixHash(hash, this.#seed), nowMs)
      ? { count: this.#counts[slot], reason: this.#reasons[slot] }
      : NO_DROPS;
  }

  #holds(slot: number, tag: number, nowMs: number): boolean {
    return this.#tags[slot] === tag && nowMs - this.#lastMs[slot] <= RECENT_DROPS_MS;
  }

  #hash(address: Address): number {
    const { word0, word1, word2, word3 } = packAddress(address);
    return mixHash(mixHash(mixHash(mixHash(this.#seed, word0), word1), word2), word3);
  }
}
