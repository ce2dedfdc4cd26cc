/**
 * Who has a place, and who gives his up: while there is room everybody is let in; when all places
 * are taken, a newcomer displaces one session, in its network's favour only as far as networks are
 * unequal (docs/PROTOCOL.md, Limits).
 *
 * Which address gives is decided in `share_counts.ts`, which of its sessions here. What the protocol
 * leaves open is decided so:
 *
 * - *Times.* A session is without a request since it connected, without a lease since its request,
 *   and a Peer or Client waits since its request. "For 2 s" includes the moment 2 s.
 * - *Newest.* Of live Servers the one that became live last; of all sessions the one that connected
 *   last.
 * - *A network below the average never loses a session to another one*: this holds for the Peer that
 *   has waited longest of all, too. Where that one's network holds less than the average the
 *   newcomer is told `busy`. Else whoever keeps his own network's sessions younger than 2 s could
 *   clear the server of every Peer that waits for a minute.
 * - *An operator's limit* counts first: who is over it displaces nobody.
 *
 * All is exact, and every operation takes O(log n) at the worst.
 *
 * @module
 */

import { type Address, packAddress, type PackedAddress } from "../address.ts";
import { SHARE_GRACE_MS, SHARE_LONG_WAIT_MS } from "../limits.ts";
import type { SessionStage } from "./counters.ts";
import { type PerPrefix, PREFIX_LEVELS, type PrefixLevel } from "./prefix.ts";
import { type Giver, ShareCounts } from "./share_counts.ts";
import { NO_SLOT, SlotLists } from "./slot_lists.ts";

/** What the shares must know of a session. */
export interface ShareEntry {
  readonly address: Address;
  readonly connectedMs: number;
  /** What it asked for, once it did. */
  readonly request?: { readonly connectionType: "Server" | "Client" | "Peer" } | undefined;
  /** When it asked. */
  readonly requestMs: number;
  /** Its place, {@linkcode NO_SLOT} while it has none; the shares alone write it. */
  shareSlot: number;
}

/** What a newcomer meets. */
export type Place<Session> =
  | { readonly kind: "free" }
  /** Free as soon as this session has been removed. */
  | { readonly kind: "given_up"; readonly by: Session }
  /** All are taken, and nobody gives way. */
  | { readonly kind: "full" }
  /** The operator's limit for an address or network is reached. */
  | { readonly kind: "over_limit"; readonly level: PrefixLevel };

/** Settings of {@linkcode SessionShares}. */
export interface SessionSharesOptions {
  /** The most sessions that there can ever be. */
  readonly maxSessions: number;
  /** Sessions that one prefix may hold even while there is room; 0 for no such limit. */
  readonly sessionsPerPrefix: PerPrefix;
  /** Source of secret 32-bit numbers. */
  readonly random32: () => number;
}

/** How far sessions have come; those of one address stand in a list for each but the last. */
const UNASKED = 0;
const UNLEASED = 1;
const HOSTING = 2;
const LISTED_STAGES = 3;
const SEEKING = 3;
/** What each stage is called. */
const STAGE_NAMES: readonly SessionStage[] = ["connected", "registering", "hosting", "waiting"];
/** The only list of all Peers. */
const PEERS = 0;

const FREE = { kind: "free" } as const;
const FULL = { kind: "full" } as const;

/** Keeps the places; time only ever grows. */
export class SessionShares<Session extends ShareEntry> {
  readonly #capacity: number;
  readonly #perPrefix: PerPrefix;
  readonly #counts: ShareCounts;
  readonly #sessions: (Session | undefined)[] = [undefined];
  readonly #free: number[] = [];
  readonly #addressOf: Int32Array;
  /** By session: its number in the order of coming; wraps, which disturbs nothing but ties. */
  readonly #numbers: Uint32Array;
  readonly #stages: Uint8Array;
  /** By stage: how many sessions are there. */
  readonly #stageSizes = STAGE_NAMES.map(() => 0);
  /** Sessions of each address as they came. */
  readonly #byAddress: SlotLists;
  /** Sessions of each address and stage as they reached it: list `address * 3 + stage`. */
  readonly #byStage: SlotLists;
  /** Peers and Clients of each address as they asked. */
  readonly #seekers: SlotLists;
  /** All Peers as they asked. */
  readonly #peers: SlotLists;
  #maxSessions: number;
  #lastNumber = 0;

  constructor({ maxSessions, sessionsPerPrefix, random32 }: SessionSharesOptions) {
    this.#capacity = maxSessions;
    this.#maxSessions = maxSessions;
    this.#perPrefix = sessionsPerPrefix;
    this.#counts = new ShareCounts(maxSessions, random32);
    this.#addressOf = new Int32Array(maxSessions + 1);
    this.#numbers = new Uint32Array(maxSessions + 1);
    this.#stages = new Uint8Array(maxSessions + 1);
    this.#byAddress = new SlotLists(maxSessions, maxSessions + 1);
    this.#byStage = new SlotLists(maxSessions, (maxSessions + 1) * LISTED_STAGES);
    this.#seekers = new SlotLists(maxSessions, maxSessions + 1);
    this.#peers = new SlotLists(maxSessions, 1);
  }

  /** Number of sessions that have a place. */
  get size(): number {
    return this.#sessions.length - 1 - this.#free.length;
  }

  /** How many sessions have come how far. */
  get stages(): Record<SessionStage, number> {
    const [connected, registering, hosting, waiting] = this.#stageSizes;
    return { connected, registering, hosting, waiting };
  }

  /** How far a session has come. Only while it has a place. */
  stageOf(session: Session): SessionStage {
    return STAGE_NAMES[this.#stages[session.shareSlot]];
  }

  /** How many places there are now. */
  get maxSessions(): number {
    return this.#maxSessions;
  }

  /** Changes the number of places, at most to what it was at first; nobody loses his by it. */
  set maxSessions(maxSessions: number) {
    this.#maxSessions = Math.min(maxSessions, this.#capacity);
  }

  /** Says what a newcomer from `address` meets; changes nothing. */
  place(address: Address, nowMs: number): Place<Session> {
    const source = packAddress(address);
    const level = this.#limitReached(source);
    if (level !== undefined) return { kind: "over_limit", level };
    if (this.size < this.#maxSessions) return FREE;
    const slot = this.#givingWay(source, nowMs);
    return slot === NO_SLOT ? FULL : { kind: "given_up", by: this.#session(slot) };
  }

  /** Gives a place to a session that just connected. */
  add(session: Session): void {
    const slot = this.#free.pop() ?? this.#sessions.length;
    session.shareSlot = slot;
    this.#sessions[slot] = session;
    this.#numbers[slot] = ++this.#lastNumber;
    const address = this.#counts.enter(packAddress(session.address), this.#numbers[slot]);
    this.#addressOf[slot] = address;
    this.#byAddress.append(address, slot);
    this.#enterStage(slot, UNASKED);
  }

  /** Notes that a session has just made its request, as its `request` and `requestMs` say. */
  requested(session: Session): void {
    const slot = session.shareSlot;
    this.#reach(slot, UNLEASED);
    if (isSeeker(session)) this.#seekers.append(this.#addressOf[slot], slot);
    if (isPeer(session)) this.#peers.append(PEERS, slot);
  }

  /** Notes that a session that made its request has its lease: a Server is live from now on. */
  gotLease(session: Session): void {
    if (this.#stages[session.shareSlot] !== UNLEASED) return;
    this.#reach(session.shareSlot, isSeeker(session) ? SEEKING : HOSTING);
  }

  /** Takes the place back; nothing happens when the session has none. */
  remove(session: Session): void {
    const slot = session.shareSlot;
    if (slot === NO_SLOT) return;
    const address = this.#addressOf[slot];
    if (this.#stages[slot] !== UNASKED) {
      if (isSeeker(session)) this.#seekers.remove(address, slot);
      if (isPeer(session)) this.#peers.remove(PEERS, slot);
    }
    this.#leaveStage(slot);
    this.#byAddress.remove(address, slot);
    this.#counts.leave(address, this.#numbers[this.#byAddress.last(address)]);
    session.shareSlot = NO_SLOT;
    this.#sessions[slot] = undefined;
    this.#free.push(slot);
  }

  /** The operator's limit that one more session from there would be over. */
  #limitReached(source: PackedAddress): PrefixLevel | undefined {
    return PREFIX_LEVELS.find((level) => {
      const limit = this.#perPrefix[level];
      return limit > 0 && this.#counts.countOf(source, level) >= limit;
    });
  }

  #givingWay(source: PackedAddress, nowMs: number): number {
    const giver = this.#counts.giverFor(source);
    const slot = giver === undefined ? NO_SLOT : this.#firstToGo(giver, nowMs);
    return slot === NO_SLOT ? this.#longWaitingPeer(source, nowMs) : slot;
  }

  #firstToGo({ address, network }: Giver, nowMs: number): number {
    const stages = address * LISTED_STAGES;
    if (this.#byStage.size(stages + HOSTING) * 2 > this.#byAddress.size(address)) {
      return this.#byStage.last(stages + HOSTING);
    }
    const unasked = this.#byStage.first(stages + UNASKED);
    if (unasked !== NO_SLOT && nowMs >= this.#session(unasked).connectedMs + SHARE_GRACE_MS) {
      return unasked;
    }
    const unleased = this.#byStage.first(stages + UNLEASED);
    if (this.#hasWaited(unleased, SHARE_GRACE_MS, nowMs)) return unleased;
    // Who waits without a lease for as long has just been chosen: this one has his.
    const seeker = this.#seekers.first(address);
    if (this.#hasWaited(seeker, SHARE_GRACE_MS, nowMs)) return seeker;
    return network === "other" ? this.#byAddress.last(address) : NO_SLOT;
  }

  #longWaitingPeer(source: PackedAddress, nowMs: number): number {
    const slot = this.#peers.first(PEERS);
    if (!this.#hasWaited(slot, SHARE_LONG_WAIT_MS, nowMs)) return NO_SLOT;
    const address = this.#addressOf[slot];
    const isBelowAverage = this.#counts.networkCount(address) * this.#counts.networks < this.size;
    return isBelowAverage && !this.#counts.isOfNetwork(address, source) ? NO_SLOT : slot;
  }

  #hasWaited(slot: number, leastMs: number, nowMs: number): boolean {
    return slot !== NO_SLOT && nowMs >= this.#session(slot).requestMs + leastMs;
  }

  #session(slot: number): Session {
    return this.#sessions[slot] as Session;
  }

  #reach(slot: number, stage: number): void {
    this.#leaveStage(slot);
    this.#enterStage(slot, stage);
  }

  #enterStage(slot: number, stage: number): void {
    this.#stages[slot] = stage;
    this.#stageSizes[stage]++;
    if (stage < LISTED_STAGES) this.#byStage.append(this.#stageList(slot), slot);
  }

  #leaveStage(slot: number): void {
    const stage = this.#stages[slot];
    this.#stageSizes[stage]--;
    if (stage < LISTED_STAGES) this.#byStage.remove(this.#stageList(slot), slot);
  }

  #stageList(slot: number): number {
    return this.#addressOf[slot] * LISTED_STAGES + this.#stages[slot];
  }
}

function isPeer({ request }: ShareEntry): boolean {
  return request?.connectionType === "Peer";
}

function isSeeker({ request }: ShareEntry): boolean {
  return request !== undefined && request.connectionType !== "Server";
}
