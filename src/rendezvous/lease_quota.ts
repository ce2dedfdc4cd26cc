/**
 * The operator's limit on the leases of one network prefix, counted exactly.
 *
 * @module
 */

import type { PackedAddress } from "../address.ts";
import type { PrefixLevel } from "./prefix.ts";
import { PrefixSlots } from "./prefix_slots.ts";
import { NO_SLOT, SlotLists } from "./slot_lists.ts";

/** Whether open sessions use a lease. */
export type LeaseUse = "idle" | "in use";

/** Counts the leases of each prefix of one level, and keeps the order of those not in use. */
export class LeaseQuota {
  readonly level: PrefixLevel;
  readonly #limit: number;
  readonly #prefixes: PrefixSlots;
  readonly #counts: Int32Array;
  /** For each prefix its leases that nobody uses, the one to give way first. */
  readonly #idle: SlotLists;

  /**
   * @param limit how many leases one prefix may have
   * @param maxLeases leases in total; their slots are 1 to `maxLeases`
   * @param seed secret
   */
  constructor(level: PrefixLevel, limit: number, maxLeases: number, seed: number) {
    this.level = level;
    this.#limit = limit;
    this.#prefixes = new PrefixSlots(level, maxLeases, seed);
    this.#counts = new Int32Array(maxLeases + 1);
    this.#idle = new SlotLists(maxLeases, maxLeases + 1);
  }

  /** Whether the prefix of this source has as many leases as it may have. */
  isReached(source: PackedAddress): boolean {
    return this.#counts[this.#prefixes.find(source)] >= this.#limit;
  }

  /** The prefix's lease that must give way first, or {@linkcode NO_SLOT} if all are in use. */
  oldestIdle(source: PackedAddress): number {
    return this.#idle.first(this.#prefixes.find(source));
  }

  /** Counts a new lease, which nobody uses. */
  add(source: PackedAddress, slot: number): void {
    const known = this.#prefixes.find(source);
    const prefix = known === NO_SLOT ? this.#prefixes.take(source) : known;
    this.#counts[prefix]++;
    this.#idle.append(prefix, slot);
  }

  /** Forgets a lease; `use` says whether a session has it. */
  remove(source: PackedAddress, slot: number, use: LeaseUse): void {
    const prefix = this.#prefixes.find(source);
    if (use === "idle") this.#idle.remove(prefix, slot);
    if (--this.#counts[prefix] === 0) this.#prefixes.release(prefix);
  }

  /** A lease begins to be used. */
  retain(source: PackedAddress, slot: number): void {
    this.#idle.remove(this.#prefixes.find(source), slot);
  }

  /** A lease has ceased to be used. */
  release(source: PackedAddress, slot: number): void {
    this.#idle.append(this.#prefixes.find(source), slot);
  }

  /** A lease that nobody uses was renewed. */
  renew(source: PackedAddress, slot: number): void {
    this.#idle.moveToEnd(this.#prefixes.find(source), slot);
  }
}
