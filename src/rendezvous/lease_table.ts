/**
 * Leases: (address, PeerPort, Token or none) -> observed UDP port, until it expires.
 *
 * All leases last equally long, so the order of renewal is the order of expiry, and both renewing
 * and expiring cost O(1). When the table is full, the network prefix that holds the most leases
 * gives up its oldest: a flood displaces itself.
 *
 * @module
 */

import { type Address, addressToWords, wordsToAddress } from "../address.ts";
import { FRESH_LEASE_MS, PREFIX_TABLE_SLOTS } from "../limits.ts";
import type { PeerPort } from "../protocol/message.ts";
import { HashIndex, mixHash } from "./hash_index.ts";
import { hashPrefix, type PerPrefix, type PrefixLevel } from "./prefix.ts";
import { PrefixGauge, type PrefixHash } from "./prefix_limits.ts";
import { NO_SLOT, SlotLists } from "./slot_lists.ts";
import { TokenStore } from "./token_store.ts";

/** Whose lease it is. */
export interface LeaseKey {
  readonly address: Address;
  readonly peerPort: PeerPort;
  readonly token: string | undefined;
}

/** A lease as it is now. */
export interface Lease {
  readonly observedPort: number;
  /** When the last datagram came. */
  readonly datagramMs: number;
  /** First moment at which the lease no longer holds. */
  readonly expiresMs: number;
}

/**
 * What became of a registration. `"repeated"` is a renewal at most {@linkcode FRESH_LEASE_MS} after
 * the last datagram: the lease was too fresh for anybody to wait for a newer one.
 */
export type Registered = "created" | "renewed" | "repeated" | { readonly overLimit: PrefixLevel };

/** Settings of a {@linkcode LeaseTable}. */
export interface LeaseTableOptions {
  readonly timeoutMs: number;
  /** Leases in total. */
  readonly maxLeases: number;
  /** Leases per prefix. */
  readonly perPrefix: PerPrefix;
  readonly prefixes: PrefixHash;
  /** Source of secret 32-bit numbers. */
  readonly random32: () => number;
  /** Told of every lease that gives way because the table is full, and when it was to expire. */
  readonly evicted: (key: LeaseKey, expiresMs: number) => void;
}

const ADDRESS_WORDS = 4;
/** The lists of the renewal order: leases, and slots that held one. */
const LEASED = 0;
const FREE = 1;

/** The table: struct of arrays, one slot per lease. Time only ever grows. */
export class LeaseTable {
  readonly timeoutMs: number;
  readonly #maxLeases: number;
  readonly #seed: number;

  readonly #addresses: Uint32Array;
  readonly #peerPorts: BigInt64Array;
  readonly #observedPorts: Uint16Array;
  readonly #datagramMs: Float64Array;
  readonly #renewedMs: Float64Array;
  readonly #tokens: TokenStore;

  readonly #byKey: HashIndex;
  /** For each (PeerPort, Token) the slot that was created last, whatever its address. */
  readonly #byToken: HashIndex;
  readonly #renewalOrder: SlotLists;
  /** Each prefix's leases in renewal order; prefixes share 32,768 lists by hash. */
  readonly #byPrefix: SlotLists;
  /** The prefix lists by their size, to find the largest. */
  readonly #prefixesBySize: SlotLists;
  #largestSize = 0;
  readonly #prefixes: PrefixHash;
  readonly #perPrefix: PrefixGauge;
  #usedSlots = 0;
  readonly #evicted: LeaseTableOptions["evicted"];

  readonly #words = new Uint32Array(ADDRESS_WORDS);
  readonly #peerPort = new BigInt64Array(1);
  readonly #peerPortWords = new Uint32Array(this.#peerPort.buffer);

  constructor(options: LeaseTableOptions) {
    const { timeoutMs, maxLeases, perPrefix, prefixes, random32, evicted } = options;
    this.timeoutMs = timeoutMs;
    this.#maxLeases = maxLeases;
    this.#seed = random32();
    this.#addresses = new Uint32Array((maxLeases + 1) * ADDRESS_WORDS);
    this.#peerPorts = new BigInt64Array(maxLeases + 1);
    this.#observedPorts = new Uint16Array(maxLeases + 1);
    this.#datagramMs = new Float64Array(maxLeases + 1);
    this.#renewedMs = new Float64Array(maxLeases + 1);
    this.#tokens = new TokenStore(maxLeases);
    this.#byKey = new HashIndex(maxLeases);
    this.#byToken = new HashIndex(maxLeases);
    this.#renewalOrder = new SlotLists(maxLeases, 2);
    this.#byPrefix = new SlotLists(maxLeases, PREFIX_TABLE_SLOTS);
    this.#prefixesBySize = new SlotLists(PREFIX_TABLE_SLOTS, maxLeases + 1);
    this.#perPrefix = new PrefixGauge(perPrefix);
    this.#prefixes = prefixes;
    this.#evicted = evicted;
  }

  /** Number of leases. */
  get size(): number {
    return this.#renewalOrder.size(LEASED);
  }

  /** Creates a lease, or renews it with the port that the datagram came from. */
  register(key: LeaseKey, observedPort: number, nowMs: number): Registered {
    const hash = this.#hashKey(key);
    let slot = this.#find(key, hash);
    let outcome: Registered = "created";
    if (slot === NO_SLOT) {
      const overLimit = this.#perPrefix.exceeded(this.#prefixes.locate(key.address));
      if (overLimit !== undefined) return { overLimit };
      slot = this.#create(key, hash);
    } else {
      outcome = nowMs - this.#datagramMs[slot] <= FRESH_LEASE_MS ? "repeated" : "renewed";
    }
    this.#observedPorts[slot] = observedPort;
    this.#datagramMs[slot] = nowMs;
    this.#renew(slot, nowMs);
    return outcome;
  }

  /** Extends a lease without a datagram; nothing happens when there is none. */
  extend(key: LeaseKey, nowMs: number): void {
    const slot = this.#find(key, this.#hashKey(key));
    if (slot !== NO_SLOT) this.#renew(slot, nowMs);
  }

  /** The lease of this key, if there is one. */
  find(key: LeaseKey): Lease | undefined {
    const slot = this.#find(key, this.#hashKey(key));
    if (slot === NO_SLOT) return undefined;
    return {
      observedPort: this.#observedPorts[slot],
      datagramMs: this.#datagramMs[slot],
      expiresMs: this.#renewedMs[slot] + this.timeoutMs,
    };
  }

  /** The address from which datagrams with this PeerPort and Token come, as far as is known. */
  findAddress(peerPort: PeerPort, token: string): Address | undefined {
    const slot = this.#findToken(peerPort, token, this.#hashToken(peerPort, token));
    if (slot === NO_SLOT) return undefined;
    const start = slot * ADDRESS_WORDS;
    return wordsToAddress(this.#addresses.subarray(start, start + ADDRESS_WORDS));
  }

  /** Forgets every lease whose time is over. */
  expire(nowMs: number): void {
    for (;;) {
      const oldest = this.#renewalOrder.first(LEASED);
      if (oldest === NO_SLOT || this.#renewedMs[oldest] + this.timeoutMs > nowMs) return;
      this.#remove(oldest);
    }
  }

  /** When the next lease expires, or `Infinity`. */
  get nextExpiryMs(): number {
    const oldest = this.#renewalOrder.first(LEASED);
    return oldest === NO_SLOT ? Infinity : this.#renewedMs[oldest] + this.timeoutMs;
  }

  #create(key: LeaseKey, hash: number): number {
    // Evicting reads another lease's key through the scratch words.
    if (this.size === this.#maxLeases) {
      this.#evict();
      this.#hashKey(key);
    }
    const slot = this.#takeSlot();
    this.#addresses.set(this.#words, slot * ADDRESS_WORDS);
    this.#peerPorts[slot] = key.peerPort;
    this.#byKey.add(hash, slot);
    this.#tokens.set(slot, key.token);
    if (key.token !== undefined) this.#addToken(key.peerPort, key.token, slot);
    this.#renewalOrder.append(LEASED, slot);
    this.#perPrefix.add(this.#prefixes.locate(key.address));
    const prefix = this.#prefixList();
    this.#resizePrefix(prefix, () => this.#byPrefix.append(prefix, slot));
    return slot;
  }

  #takeSlot(): number {
    const free = this.#renewalOrder.first(FREE);
    if (free === NO_SLOT) return ++this.#usedSlots;
    this.#renewalOrder.remove(FREE, free);
    return free;
  }

  #renew(slot: number, nowMs: number): void {
    this.#renewedMs[slot] = nowMs;
    this.#renewalOrder.moveToEnd(LEASED, slot);
    this.#byPrefix.moveToEnd(this.#prefixList(), slot);
  }

  #remove(slot: number): LeaseKey {
    const key = this.#keyOf(slot);
    this.#byKey.remove(this.#hashKey(key), slot);
    if (key.token !== undefined) {
      this.#byToken.remove(this.#hashToken(key.peerPort, key.token), slot);
    }
    this.#renewalOrder.remove(LEASED, slot);
    this.#perPrefix.remove(this.#prefixes.locate(key.address));
    const prefix = this.#prefixList();
    this.#resizePrefix(prefix, () => this.#byPrefix.remove(prefix, slot));
    this.#renewalOrder.append(FREE, slot);
    return key;
  }

  #evict(): void {
    const largest = this.#prefixesBySize.first(this.#largestSize) - 1;
    const slot = this.#byPrefix.first(largest);
    const key = this.#remove(slot);
    this.#evicted(key, this.#renewedMs[slot] + this.timeoutMs);
  }

  /** The list of the prefix whose address is in the scratch words. */
  #prefixList(): number {
    return hashPrefix(this.#words, "network", this.#seed) % PREFIX_TABLE_SLOTS;
  }

  /** Changes a prefix's list by one slot and keeps the order by size; empty lists are in none. */
  #resizePrefix(prefix: number, change: () => void): void {
    const before = this.#byPrefix.size(prefix);
    if (before > 0) this.#prefixesBySize.remove(before, prefix + 1);
    change();
    const after = this.#byPrefix.size(prefix);
    if (after > 0) this.#prefixesBySize.append(after, prefix + 1);
    this.#largestSize = Math.max(this.#largestSize, after);
    while (this.#largestSize > 0 && this.#prefixesBySize.size(this.#largestSize) === 0) {
      this.#largestSize--;
    }
  }

  #addToken(peerPort: PeerPort, token: string, slot: number): void {
    const hash = this.#hashToken(peerPort, token);
    const older = this.#findToken(peerPort, token, hash);
    if (older !== NO_SLOT) this.#byToken.remove(hash, older);
    this.#byToken.add(hash, slot);
  }

  #find(key: LeaseKey, hash: number): number {
    const words = this.#words;
    let slot = this.#byKey.first(hash);
    for (; slot !== NO_SLOT; slot = this.#byKey.next(slot)) {
      const at = slot * ADDRESS_WORDS;
      if (
        this.#addresses[at + 3] === words[3] && this.#addresses[at + 2] === words[2] &&
        this.#addresses[at + 1] === words[1] && this.#addresses[at] === words[0] &&
        this.#peerPorts[slot] === key.peerPort && this.#tokens.has(slot, key.token)
      ) break;
    }
    return slot;
  }

  #findToken(peerPort: PeerPort, token: string, hash: number): number {
    let slot = this.#byToken.first(hash);
    while (
      slot !== NO_SLOT &&
      (this.#peerPorts[slot] !== peerPort || !this.#tokens.has(slot, token))
    ) slot = this.#byToken.next(slot);
    return slot;
  }

  #keyOf(slot: number): LeaseKey {
    const start = slot * ADDRESS_WORDS;
    return {
      address: wordsToAddress(this.#addresses.subarray(start, start + ADDRESS_WORDS)),
      peerPort: this.#peerPorts[slot],
      token: this.#tokens.get(slot),
    };
  }

  /** Hashes a key and leaves its address in the scratch words. */
  #hashKey({ address, peerPort, token }: LeaseKey): number {
    addressToWords(address, this.#words);
    let hash = this.#hashPeerPort(peerPort);
    for (let i = 0; i < ADDRESS_WORDS; i++) hash = mixHash(hash, this.#words[i]);
    return token === undefined ? hash : hashText(hash, token);
  }

  #hashToken(peerPort: PeerPort, token: string): number {
    return hashText(this.#hashPeerPort(peerPort), token);
  }

  #hashPeerPort(peerPort: PeerPort): number {
    this.#peerPort[0] = peerPort;
    return mixHash(mixHash(this.#seed, this.#peerPortWords[0]), this.#peerPortWords[1]);
  }
}

function hashText(seed: number, text: string): number {
  let hash = seed;
  for (let i = 0; i < text.length; i++) hash = mixHash(hash, text.charCodeAt(i));
  return hash;
}
