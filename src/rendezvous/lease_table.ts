/**
 * Leases: (address, PeerPort, Token or none) -> observed UDP port, until it expires.
 *
 * All leases last equally long, so the order of renewal is the order of expiry, and both renewing
 * and expiring cost O(1). A second order holds the leases that no session uses, the one first that
 * was renewed or last in use longest ago: it gives way when there is no room for a new one. A lease
 * in use is not in that order at all, so however many there are, nobody ever steps over them.
 *
 * @module
 */

import { type Address, isPackedIpv4, unpackAddress } from "../address.ts";
import { FRESH_LEASE_MS } from "../limits.ts";
import type { LimitName } from "./counters.ts";
import { HashIndex } from "./hash_index.ts";
import { hashKey, hashToken, type LeaseKey } from "./lease_key.ts";
import { LeaseQuota } from "./lease_quota.ts";
import { LeaseRecords } from "./lease_records.ts";
import { type PerPrefix, PREFIX_LEVELS } from "./prefix.ts";
import { NO_SLOT, SlotLists } from "./slot_lists.ts";

/** A lease as it is now. */
export interface Lease {
  readonly observedPort: number;
  /** When the last datagram came. */
  readonly datagramMs: number;
  /** First moment at which the lease no longer holds. */
  readonly expiresMs: number;
}

/** What became of a registration. */
export interface Registered {
  /**
   * `"repeated"` is a renewal at most {@linkcode FRESH_LEASE_MS} after the last datagram: the lease
   * was too fresh for anybody to wait for a newer one.
   */
  readonly fate: "created" | "renewed" | "repeated" | "over_limit";
  /** How many open sessions use the lease; nobody waits for the renewal of one that has none. */
  readonly users: number;
  /** The limit for which another lease gave way, or for which this one is `"over_limit"`. */
  readonly limit: LimitName | undefined;
}

/** Settings of a {@linkcode LeaseTable}. */
export interface LeaseTableOptions {
  readonly timeoutMs: number;
  /** Leases in total. */
  readonly maxLeases: number;
  /** Leases per prefix; 0 for any number, which takes no memory. */
  readonly perPrefix: PerPrefix;
  /** Source of secret 32-bit numbers. */
  readonly random32: () => number;
}

/** Why a new lease needs room, and the lease that makes it. */
interface Displacement {
  readonly limit: LimitName;
  /** {@linkcode NO_SLOT} when all that could give way are in use. */
  readonly slot: number;
}

/** The lists of the renewal order: leases, and slots that held one. */
const LEASED = 0;
const FREE = 1;
/** The only list of the idle order. */
const IDLE = 0;

/** The table: one slot per lease. Time only ever grows. */
export class LeaseTable {
  readonly timeoutMs: number;
  readonly #maxLeases: number;
  readonly #seed: number;
  readonly #records: LeaseRecords;
  readonly #byKey: HashIndex;
  /** For each (IP version, PeerPort, Token) the slot of the last datagram, whatever its address. */
  readonly #byToken: HashIndex;
  readonly #renewalOrder: SlotLists;
  readonly #idleOrder: SlotLists;
  readonly #quotas: readonly LeaseQuota[];
  #usedSlots = 0;

  constructor({ timeoutMs, maxLeases, perPrefix, random32 }: LeaseTableOptions) {
    this.timeoutMs = timeoutMs;
    this.#maxLeases = maxLeases;
    this.#seed = random32();
    this.#records = new LeaseRecords(maxLeases);
    this.#byKey = new HashIndex(maxLeases, this.#records.keyIndexCells);
    this.#byToken = new HashIndex(maxLeases);
    this.#renewalOrder = new SlotLists(maxLeases, 2, this.#records.renewalOrderCells);
    this.#idleOrder = new SlotLists(maxLeases, 1, this.#records.idleOrderCells);
    this.#quotas = PREFIX_LEVELS.filter((level) => perPrefix[level] > 0).map((level) =>
      new LeaseQuota(level, perPrefix[level], maxLeases, random32())
    );
  }

  /** Number of leases. */
  get size(): number {
    return this.#renewalOrder.size(LEASED);
  }

  /** Number of leases that an open session uses. */
  get inUse(): number {
    return this.size - this.#idleOrder.size(IDLE);
  }

  /**
   * Creates a lease, or renews it with the port that the datagram came from. Nobody uses a lease
   * that was just created: {@linkcode retain} it for each session that waits for it.
   */
  register(key: LeaseKey, observedPort: number, nowMs: number): Registered {
    const hash = hashKey(key, this.#seed);
    const slot = this.#find(key, hash);
    if (slot === NO_SLOT) return this.#create(key, hash, observedPort, nowMs);
    const age = nowMs - this.#records.datagramMsOf(slot);
    this.#records.noteDatagram(slot, observedPort, nowMs);
    this.#renew(slot, nowMs);
    if (key.token !== undefined) this.#noteToken(key, slot);
    return {
      fate: age <= FRESH_LEASE_MS ? "repeated" : "renewed",
      users: this.#records.usersOf(slot),
      limit: undefined,
    };
  }

  /** Extends a lease without a datagram; nothing happens when there is none. */
  extend(key: LeaseKey, nowMs: number): void {
    const slot = this.#find(key, hashKey(key, this.#seed));
    if (slot !== NO_SLOT) this.#renew(slot, nowMs);
  }

  /** One more open session uses the lease of this key; nothing happens when there is none. */
  retain(key: LeaseKey): void {
    const slot = this.#find(key, hashKey(key, this.#seed));
    if (slot === NO_SLOT || this.#records.changeUsers(slot, 1) > 1) return;
    this.#idleOrder.remove(IDLE, slot);
    for (const quota of this.#quotas) quota.retain(key.source, slot);
  }

  /** One session less uses the lease of this key; nothing happens when there is none. */
  release(key: LeaseKey): void {
    const slot = this.#find(key, hashKey(key, this.#seed));
    if (slot === NO_SLOT || this.#records.changeUsers(slot, -1) > 0) return;
    this.#idleOrder.append(IDLE, slot);
    for (const quota of this.#quotas) quota.release(key.source, slot);
  }

  /** The lease of this key, if there is one. */
  find(key: LeaseKey): Lease | undefined {
    const slot = this.#find(key, hashKey(key, this.#seed));
    if (slot === NO_SLOT) return undefined;
    return {
      observedPort: this.#records.observedPortOf(slot),
      datagramMs: this.#records.datagramMsOf(slot),
      expiresMs: this.#records.renewedMsOf(slot) + this.timeoutMs,
    };
  }

  /**
   * The address of the same IP version from which datagrams with this key's PeerPort and Token have
   * come last, if any has since `sinceMs`.
   */
  findAddress(key: LeaseKey, sinceMs: number): Address | undefined {
    const slot = this.#findToken(key, hashToken(key, this.#seed));
    if (slot === NO_SLOT || this.#records.datagramMsOf(slot) < sinceMs) return undefined;
    return unpackAddress(this.#records.sourceOf(slot));
  }

  /** Forgets every lease whose time is over, in use or not. */
  expire(nowMs: number): void {
    while (this.nextExpiryMs <= nowMs) this.#remove(this.#renewalOrder.first(LEASED));
  }

  /** When the next lease expires, or `Infinity`. */
  get nextExpiryMs(): number {
    const oldest = this.#renewalOrder.first(LEASED);
    return oldest === NO_SLOT ? Infinity : this.#records.renewedMsOf(oldest) + this.timeoutMs;
  }

  #create(key: LeaseKey, hash: number, observedPort: number, nowMs: number): Registered {
    const displacement = this.#displacementFor(key);
    const limit = displacement?.limit;
    if (displacement?.slot === NO_SLOT) return { fate: "over_limit", users: 0, limit };
    if (displacement !== undefined) this.#remove(displacement.slot);
    const slot = this.#takeSlot();
    this.#records.assign(slot, key);
    this.#records.noteDatagram(slot, observedPort, nowMs);
    this.#records.noteRenewal(slot, nowMs);
    this.#byKey.add(hash, slot);
    if (key.token !== undefined) this.#noteToken(key, slot);
    this.#renewalOrder.append(LEASED, slot);
    this.#idleOrder.append(IDLE, slot);
    for (const quota of this.#quotas) quota.add(key.source, slot);
    return { fate: "created", users: 0, limit };
  }

  /** What must give way for a new lease; one is enough, for it counts at every level. */
  #displacementFor({ source }: LeaseKey): Displacement | undefined {
    for (const quota of this.#quotas) {
      if (!quota.isReached(source)) continue;
      return { limit: `leases_per_${quota.level}`, slot: quota.oldestIdle(source) };
    }
    if (this.size < this.#maxLeases) return undefined;
    return { limit: "max_leases", slot: this.#idleOrder.first(IDLE) };
  }

  #takeSlot(): number {
    const free = this.#renewalOrder.first(FREE);
    if (free === NO_SLOT) return ++this.#usedSlots;
    this.#renewalOrder.remove(FREE, free);
    return free;
  }

  #renew(slot: number, nowMs: number): void {
    this.#records.noteRenewal(slot, nowMs);
    this.#renewalOrder.moveToEnd(LEASED, slot);
    if (this.#records.usersOf(slot) > 0) return;
    this.#idleOrder.moveToEnd(IDLE, slot);
    if (this.#quotas.length === 0) return;
    const source = this.#records.sourceOf(slot);
    for (const quota of this.#quotas) quota.renew(source, slot);
  }

  #remove(slot: number): void {
    const key = this.#records.keyOf(slot);
    this.#byKey.remove(hashKey(key, this.#seed), slot);
    if (key.token !== undefined) this.#byToken.remove(hashToken(key, this.#seed), slot);
    const use = this.#records.usersOf(slot) === 0 ? "idle" : "in use";
    if (use === "idle") this.#idleOrder.remove(IDLE, slot);
    for (const quota of this.#quotas) quota.remove(key.source, slot, use);
    this.#renewalOrder.remove(LEASED, slot);
    this.#renewalOrder.append(FREE, slot);
  }

  #noteToken(key: LeaseKey, slot: number): void {
    const hash = hashToken(key, this.#seed);
    const older = this.#findToken(key, hash);
    if (older === slot) return;
    if (older !== NO_SLOT) this.#byToken.remove(hash, older);
    this.#byToken.add(hash, slot);
  }

  #find(key: LeaseKey, hash: number): number {
    let slot = this.#byKey.first(hash);
    while (slot !== NO_SLOT && !this.#records.hasKey(slot, key)) slot = this.#byKey.next(slot);
    return slot;
  }

  #findToken(key: LeaseKey, hash: number): number {
    const isIpv4 = isPackedIpv4(key.source);
    let slot = this.#byToken.first(hash);
    while (
      slot !== NO_SLOT &&
      (!this.#records.hasToken(slot, key) || this.#records.isIpv4(slot) !== isIpv4)
    ) slot = this.#byToken.next(slot);
    return slot;
  }
}
