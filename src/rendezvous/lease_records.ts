/**
 * What is stored of each lease: one record of 64 bytes for each slot, in one flat array.
 *
 * A renewal touches the key, the times and the links of its lease. Side by side they are one or two
 * lines of the processor's cache; in an array each they would be ten, of which each is a wait for
 * memory once there are more leases than the cache holds.
 *
 * @module
 */

import type { PackedAddress } from "../address.ts";
import { INDEX_CELLS } from "./hash_index.ts";
import type { LeaseKey } from "./lease_key.ts";
import { LIST_CELLS, type SlotCells } from "./slot_lists.ts";
import { TokenStore } from "./token_store.ts";

/** 32-bit cells of a record, and where in it each value is. */
const CELLS = 16;
const ADDRESS = 0;
const PEER_PORT = 4;
const USERS = 6;
const KEY_INDEX = 7;
const RENEWAL_ORDER = KEY_INDEX + INDEX_CELLS;
const IDLE_ORDER = RENEWAL_ORDER + LIST_CELLS;
/** The same record as 64-bit floats, and where in it each time is. */
const TIMES = CELLS / 2;
const DATAGRAM_TIME = (IDLE_ORDER + LIST_CELLS) / 2;
const RENEWAL_TIME = DATAGRAM_TIME + 1;

/** The records of slots 1 to `slots`; parts that no lease ever had take no memory. */
export class LeaseRecords {
  readonly #cells: Int32Array;
  readonly #times: Float64Array;
  readonly #observedPorts: Uint16Array;
  readonly #tokens: TokenStore;

  constructor(slots: number) {
    const bytes = new ArrayBuffer((slots + 1) * CELLS * Int32Array.BYTES_PER_ELEMENT);
    this.#cells = new Int32Array(bytes);
    this.#times = new Float64Array(bytes);
    this.#observedPorts = new Uint16Array(slots + 1);
    this.#tokens = new TokenStore(slots);
  }

  /** Cells for an index by key. */
  get keyIndexCells(): SlotCells {
    return { cells: this.#cells, stride: CELLS, at: KEY_INDEX };
  }

  /** Cells for a list of all leases. */
  get renewalOrderCells(): SlotCells {
    return { cells: this.#cells, stride: CELLS, at: RENEWAL_ORDER };
  }

  /** Cells for a list of the leases that nobody uses. */
  get idleOrderCells(): SlotCells {
    return { cells: this.#cells, stride: CELLS, at: IDLE_ORDER };
  }

  /** Makes the slot a lease of this key that nobody uses. */
  assign(slot: number, { source, peerPortLow, peerPortHigh, token }: LeaseKey): void {
    const at = slot * CELLS;
    this.#cells[at + ADDRESS] = source.word0;
    this.#cells[at + ADDRESS + 1] = source.word1;
    this.#cells[at + ADDRESS + 2] = source.word2;
    this.#cells[at + ADDRESS + 3] = source.word3;
    this.#cells[at + PEER_PORT] = peerPortLow;
    this.#cells[at + PEER_PORT + 1] = peerPortHigh;
    this.#cells[at + USERS] = 0;
    this.#tokens.set(slot, token);
  }

  /** Whether the lease has this key. */
  hasKey(slot: number, key: LeaseKey): boolean {
    const at = slot * CELLS + ADDRESS;
    const { word0, word1, word2, word3 } = key.source;
    return this.#cells[at + 3] === word3 && this.#cells[at + 2] === word2 &&
      this.#cells[at + 1] === word1 && this.#cells[at] === word0 && this.hasToken(slot, key);
  }

  /** Whether the lease is that of an IPv4 address. */
  isIpv4(slot: number): boolean {
    const at = slot * CELLS + ADDRESS;
    return this.#cells[at + 2] === 0xffff && this.#cells[at + 1] === 0 && this.#cells[at] === 0;
  }

  /** Whether the lease has the PeerPort and the Token of this key, at whatever address. */
  hasToken(slot: number, { peerPortLow, peerPortHigh, token }: LeaseKey): boolean {
    const at = slot * CELLS + PEER_PORT;
    return this.#cells[at] === peerPortLow && this.#cells[at + 1] === peerPortHigh &&
      this.#tokens.has(slot, token);
  }

  /** The key of the lease. */
  keyOf(slot: number): LeaseKey {
    const at = slot * CELLS + PEER_PORT;
    return {
      source: this.sourceOf(slot),
      peerPortLow: this.#cells[at],
      peerPortHigh: this.#cells[at + 1],
      token: this.#tokens.get(slot),
    };
  }

  /** Where the lease's datagrams come from. */
  sourceOf(slot: number): PackedAddress {
    const at = slot * CELLS + ADDRESS;
    return {
      word0: this.#cells[at],
      word1: this.#cells[at + 1],
      word2: this.#cells[at + 2],
      word3: this.#cells[at + 3],
    };
  }

  /** Number of open sessions that use the lease. */
  usersOf(slot: number): number {
    return this.#cells[slot * CELLS + USERS];
  }

  /** Counts one user more or less, and returns how many there are now. */
  changeUsers(slot: number, by: 1 | -1): number {
    return this.#cells[slot * CELLS + USERS] += by;
  }

  /** A datagram came. */
  noteDatagram(slot: number, observedPort: number, nowMs: number): void {
    this.#observedPorts[slot] = observedPort;
    this.#times[slot * TIMES + DATAGRAM_TIME] = nowMs;
  }

  /** The port that the last datagram came from. */
  observedPortOf(slot: number): number {
    return this.#observedPorts[slot];
  }

  /** When the last datagram came. */
  datagramMsOf(slot: number): number {
    return this.#times[slot * TIMES + DATAGRAM_TIME];
  }

  /** Sets when the lease was renewed. */
  noteRenewal(slot: number, nowMs: number): void {
    this.#times[slot * TIMES + RENEWAL_TIME] = nowMs;
  }

  /** When the lease was renewed. */
  renewedMsOf(slot: number): number {
    return this.#times[slot * TIMES + RENEWAL_TIME];
  }
}
