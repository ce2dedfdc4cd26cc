/**
 * What became of the datagrams of addresses from which somebody waits for its first one, so that a
 * session whose lease never came can be told what was seen instead.
 *
 * A source address can be forged and is shared by all behind one NAT: what is seen is said of the
 * address, never of the peer. Nothing is kept of addresses from which nobody waits.
 *
 * @module
 */

import type { Address } from "../address.ts";
import type { PeerPort } from "../protocol/message.ts";
import type { DatagramFate, LimitName } from "./counters.ts";
import { type DroppedRecently, NO_DROPS, RecentDrops } from "./recent_drops.ts";

/** Why a datagram was dropped, if not for a limit. */
export type DropReason = Exclude<DatagramFate, "created" | "renewed" | "over_limit">;

/** What was seen of the datagrams of one address since some moment. */
export interface Seen {
  readonly address: Address;
  /** Datagrams that made or renewed a lease, of whatever peer. */
  readonly taken: number;
  readonly dropped: number;
  /** Why the last of them was dropped. */
  readonly dropReason: DropReason | undefined;
  readonly refused: number;
  /** The limit for which the last of them was refused. */
  readonly limit: LimitName | undefined;
  /** Of the datagrams that were taken, those of the waiting session's PeerPort without a Token. */
  readonly withoutToken: number;
  /** Those with a Token. */
  readonly withToken: number;
}

/** A session that waits for its first lease. Give it back to `unwatch`. */
export interface Observation {
  readonly address: Address;
  readonly peerPort: PeerPort;
  /** What had been seen before. */
  readonly before: Seen;
}

/** What is counted of one address while somebody waits. */
interface WatchedAddress {
  taken: number;
  dropped: number;
  dropReason: DropReason | undefined;
  refused: number;
  limit: LimitName | undefined;
  readonly peers: Map<PeerPort, WatchedPeer>;
}

/** What is counted of one PeerPort of it. */
interface WatchedPeer {
  watches: number;
  withoutToken: number;
  withToken: number;
}

/** Notes datagrams by address, where somebody waits. */
export class SeenDatagrams {
  readonly #addresses = new Map<Address, WatchedAddress>();
  readonly #recentDrops: RecentDrops;

  /** @param random32 source of secret 32-bit numbers */
  constructor(random32: () => number) {
    this.#recentDrops = new RecentDrops(random32);
  }

  /** Number of addresses from which somebody waits. */
  get size(): number {
    return this.#addresses.size;
  }

  /** Whether somebody at this address waits for its first lease. */
  isWatched(address: Address): boolean {
    return this.#addresses.size > 0 && this.#addresses.has(address);
  }

  /**
   * A session begins to wait for its first lease; what was just dropped may be its datagram.
   *
   * @param withoutToken datagrams of its PeerPort without its Token that came before, as far as known
   */
  watch(address: Address, peerPort: PeerPort, nowMs: number, withoutToken = 0): Observation {
    const recent = this.#recentDrops.of(address, nowMs);
    const watched = this.#addresses.get(address) ?? newAddress(recent);
    this.#addresses.set(address, watched);
    const peer = watched.peers.get(peerPort) ?? { watches: 0, withoutToken: 0, withToken: 0 };
    watched.peers.set(peerPort, peer);
    peer.watches++;
    const before = snapshot(address, watched, peer);
    return {
      address,
      peerPort,
      before: {
        ...before,
        dropped: before.dropped - recent.count,
        withoutToken: before.withoutToken - withoutToken,
      },
    };
  }

  /** A session has its lease, or is over. */
  unwatch({ address, peerPort }: Observation): void {
    const watched = this.#addresses.get(address);
    const peer = watched?.peers.get(peerPort);
    if (watched === undefined || peer === undefined || --peer.watches > 0) return;
    watched.peers.delete(peerPort);
    if (watched.peers.size === 0) this.#addresses.delete(address);
  }

  /** What was seen since the session began to wait. Only before `unwatch`. */
  since({ address, peerPort, before }: Observation): Seen {
    const watched = this.#addresses.get(address) ?? newAddress(NO_DROPS);
    const now = snapshot(address, watched, watched.peers.get(peerPort));
    return {
      ...now,
      taken: now.taken - before.taken,
      dropped: now.dropped - before.dropped,
      refused: now.refused - before.refused,
      withoutToken: now.withoutToken - before.withoutToken,
      withToken: now.withToken - before.withToken,
    };
  }

  /** A datagram made a lease or renewed one. */
  taken(address: Address, peerPort: PeerPort, token: string | undefined): void {
    const watched = this.#find(address);
    if (watched === undefined) return;
    watched.taken++;
    const peer = watched.peers.get(peerPort);
    if (peer === undefined) return;
    if (token === undefined) peer.withoutToken++;
    else peer.withToken++;
  }

  /** A datagram was dropped for what it is. */
  dropped(address: Address, reason: DropReason, nowMs: number): void {
    this.#recentDrops.add(address, reason, nowMs);
    const watched = this.#find(address);
    if (watched === undefined) return;
    watched.dropped++;
    watched.dropReason = reason;
  }

  /** A datagram was refused for a limit. */
  refused(address: Address, limit: LimitName): void {
    const watched = this.#find(address);
    if (watched === undefined) return;
    watched.refused++;
    watched.limit = limit;
  }

  /** Almost always nobody waits: that is seen without hashing the address. */
  #find(address: Address): WatchedAddress | undefined {
    return this.#addresses.size === 0 ? undefined : this.#addresses.get(address);
  }
}

function newAddress(recent: DroppedRecently): WatchedAddress {
  return {
    taken: 0,
    dropped: recent.count,
    dropReason: recent.reason,
    refused: 0,
    limit: undefined,
    peers: new Map(),
  };
}

function snapshot(address: Address, watched: WatchedAddress, peer: WatchedPeer | undefined): Seen {
  const { taken, dropped, dropReason, refused, limit } = watched;
  const { withoutToken = 0, withToken = 0 } = peer ?? {};
  return { address, taken, dropped, dropReason, refused, limit, withoutToken, withToken };
}
