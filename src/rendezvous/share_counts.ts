/**
 * How many sessions each address, network and IPv6 /32 holds, exactly, and whose turn it is to give
 * one up when all places are taken.
 *
 * What docs/PROTOCOL.md leaves open is decided here:
 *
 * - *Ties.* Of addresses that hold equally many, the one with the newest session gives; of networks,
 *   the one whose largest address holds more, then the one with the newest session there. So who
 *   comes again and again displaces himself, and who is settled stays. A network that holds as much
 *   as the sixteenth of an IPv6 /32 gives before that /32 does.
 * - *A newcomer of the IPv6 /32 that holds most* is part of it, and it does not hold more than
 *   itself. So the /32 gives one up to him only as a network would: if the network in it that gives
 *   holds at least two more than his own. Else 2,400 hosts of one provider, each in a /48 of its
 *   own, would push each other out for ever.
 * - *Within an IPv6 /32* the address that holds most gives, of equal ones that in the largest /48.
 *
 * @module
 */

import { isPackedIpv4, type PackedAddress } from "../address.ts";
import { SESSIONS_PER_BLOCK_SHARE } from "../limits.ts";
import { HeapForest } from "./heap_forest.ts";
import type { PrefixLevel } from "./prefix.ts";
import { PrefixSlots } from "./prefix_slots.ts";
import { NO_SLOT } from "./slot_lists.ts";

/** An address that gives up a session. */
export interface Giver {
  /** Its slot, as {@linkcode ShareCounts.enter} returned it. */
  readonly address: number;
  /** Whether the newcomer is of its network or of another one. */
  readonly network: "own" | "other";
}

/** How much another network must hold more, so that equal ones never push each other out. */
const LEAST_LEAD = 2;
/** The only group of a forest that has all networks, or all blocks. */
const ALL = 0;

/** Counts sessions by prefix; each prefix that holds one has a slot. */
export class ShareCounts {
  readonly #addresses: PrefixSlots;
  readonly #networks: PrefixSlots;
  readonly #blocks: PrefixSlots;
  readonly #addressCounts: Int32Array;
  readonly #networkCounts: Int32Array;
  readonly #blockCounts: Int32Array;
  /** Number of the newest session of each address. */
  readonly #newest: Uint32Array;
  readonly #networkOf: Int32Array;
  /** {@linkcode NO_SLOT} for IPv4 networks. */
  readonly #blockOf: Int32Array;
  readonly #addressesOfNetwork: HeapForest;
  readonly #networksOfBlock: HeapForest;
  readonly #allNetworks: HeapForest;
  readonly #allBlocks: HeapForest;

  /**
   * @param capacity the most sessions that there can be
   * @param random32 source of secret 32-bit numbers
   */
  constructor(capacity: number, random32: () => number) {
    this.#addresses = new PrefixSlots("address", capacity, random32());
    this.#networks = new PrefixSlots("network", capacity, random32());
    this.#blocks = new PrefixSlots("block", capacity, random32());
    const slots = capacity + 1;
    this.#addressCounts = new Int32Array(slots);
    this.#networkCounts = new Int32Array(slots);
    this.#blockCounts = new Int32Array(slots);
    this.#newest = new Uint32Array(slots);
    this.#networkOf = new Int32Array(slots);
    this.#blockOf = new Int32Array(slots);
    this.#addressesOfNetwork = new HeapForest(
      capacity,
      slots,
      (a, b) => this.#compareAddresses(a, b) > 0,
    );
    this.#networksOfBlock = new HeapForest(
      capacity,
      slots,
      (a, b) => this.#compareWithinBlock(a, b) > 0,
    );
    this.#allNetworks = new HeapForest(capacity, 1, (a, b) => this.#compareNetworks(a, b) > 0);
    this.#allBlocks = new HeapForest(capacity, 1, (a, b) => this.#compareBlocks(a, b) > 0);
  }

  /** Number of networks that hold a session. */
  get networks(): number {
    return this.#networks.size;
  }

  /** Sessions of the address, or of its network. */
  countOf(source: PackedAddress, level: PrefixLevel): number {
    return level === "address"
      ? this.#addressCounts[this.#addresses.find(source)]
      : this.#networkCounts[this.#networks.find(source)];
  }

  /** Sessions of the network that an address is in, by the slot of the address. */
  networkCount(address: number): number {
    return this.#networkCounts[this.#networkOf[address]];
  }

  /** Whether an address, by its slot, is of the network of `source`. */
  isOfNetwork(address: number, source: PackedAddress): boolean {
    return this.#networkOf[address] === this.#networks.find(source);
  }

  /**
   * Counts one more session.
   *
   * @param newest its number: each session has a larger one than all before
   * @returns the slot of its address
   */
  enter(source: PackedAddress, newest: number): number {
    let address = this.#addresses.find(source);
    if (address === NO_SLOT) {
      address = this.#addresses.take(source);
      this.#networkOf[address] = this.#networkSlot(source);
    }
    this.#change(address, 1, newest);
    return address;
  }

  /**
   * Counts one session less.
   *
   * @param address the slot of its address
   * @param newest number of the newest session that the address still has, if any
   */
  leave(address: number, newest: number): void {
    this.#change(address, -1, newest);
  }

  /** Who gives one up to a newcomer; `undefined` where it is his own network and has nothing. */
  giverFor(source: PackedAddress): Giver | undefined {
    const own = this.#networks.find(source);
    const { network, lead } = this.#largest(source, this.#networkCounts[own]);
    if (lead >= LEAST_LEAD) {
      return { address: this.#addressesOfNetwork.top(network), network: "other" };
    }
    if (own === NO_SLOT) return undefined;
    return { address: this.#addressesOfNetwork.top(own), network: "own" };
  }

  /** The network that gives where most is held, and by how much that is more than `ownCount`. */
  #largest(source: PackedAddress, ownCount: number): { network: number; lead: number } {
    const largest = this.#allNetworks.top(ALL);
    const held = this.#networkCounts[largest];
    const block = this.#allBlocks.top(ALL);
    const heldByBlock = this.#blockCounts[block] / SESSIONS_PER_BLOCK_SHARE;
    if (heldByBlock <= held) return { network: largest, lead: held - ownCount };
    const network = this.#networksOfBlock.top(block);
    const isOwnBlock = !isPackedIpv4(source) && block === this.#blocks.find(source);
    const compared = isOwnBlock ? this.#networkCounts[network] : heldByBlock;
    return { network, lead: compared - ownCount };
  }

  #networkSlot(source: PackedAddress): number {
    const found = this.#networks.find(source);
    if (found !== NO_SLOT) return found;
    const network = this.#networks.take(source);
    this.#blockOf[network] = isPackedIpv4(source) ? NO_SLOT : this.#blockSlot(source);
    return network;
  }

  #blockSlot(source: PackedAddress): number {
    const found = this.#blocks.find(source);
    return found === NO_SLOT ? this.#blocks.take(source) : found;
  }

  /** Whatever is compared leaves the heaps before it changes. */
  #change(address: number, difference: 1 | -1, newest: number): void {
    const network = this.#networkOf[address];
    const block = this.#blockOf[network];
    this.#leaveHeaps(address, network, block);
    this.#newest[address] = newest;
    this.#addressCounts[address] += difference;
    this.#networkCounts[network] += difference;
    if (block !== NO_SLOT) this.#blockCounts[block] += difference;
    this.#enterHeaps(address, network, block);
  }

  #leaveHeaps(address: number, network: number, block: number): void {
    if (this.#networkCounts[network] > 0) {
      this.#allNetworks.remove(ALL, network);
      if (block !== NO_SLOT) this.#networksOfBlock.remove(block, network);
    }
    if (this.#blockCounts[block] > 0) this.#allBlocks.remove(ALL, block);
    if (this.#addressCounts[address] > 0) this.#addressesOfNetwork.remove(network, address);
  }

  /** What holds nothing any more gives its slot back. */
  #enterHeaps(address: number, network: number, block: number): void {
    if (this.#addressCounts[address] > 0) this.#addressesOfNetwork.add(network, address);
    else this.#addresses.release(address);
    if (this.#networkCounts[network] > 0) {
      this.#allNetworks.add(ALL, network);
      if (block !== NO_SLOT) this.#networksOfBlock.add(block, network);
    } else this.#networks.release(network);
    if (block === NO_SLOT) return;
    if (this.#blockCounts[block] > 0) this.#allBlocks.add(ALL, block);
    else this.#blocks.release(block);
  }

  #compareAddresses(a: number, b: number): number {
    return this.#addressCounts[a] - this.#addressCounts[b] || this.#newest[a] - this.#newest[b];
  }

  #compareNetworks(a: number, b: number): number {
    return this.#networkCounts[a] - this.#networkCounts[b] || this.#compareTops(a, b);
  }

  #compareWithinBlock(a: number, b: number): number {
    const topA = this.#addressesOfNetwork.top(a);
    const topB = this.#addressesOfNetwork.top(b);
    return this.#addressCounts[topA] - this.#addressCounts[topB] || this.#compareNetworks(a, b);
  }

  #compareBlocks(a: number, b: number): number {
    const topA = this.#networksOfBlock.top(a);
    const topB = this.#networksOfBlock.top(b);
    return this.#blockCounts[a] - this.#blockCounts[b] || this.#compareWithinBlock(topA, topB);
  }

  #compareTops(a: number, b: number): number {
    return this.#compareAddresses(this.#addressesOfNetwork.top(a), this.#addressesOfNetwork.top(b));
  }
}
