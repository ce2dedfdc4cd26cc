/**
 * What the checker knows: only what was delivered to the server and what the server answered, kept
 * in the plainest way. Nothing here is shared with the code under test.
 *
 * @module
 */

import { type Address, type Endpoint, familyOf } from "../../../src/address.ts";
import type { ErrorCode, PeerPort } from "../../../src/protocol/message.ts";
import type { RemoteRequest, ServerRequest } from "../../../src/protocol/message.ts";
import { givenName, peerName, type Place, placeOf, remoteNameOf } from "./places.ts";
import { DropsOf, SeenOf } from "./seen.ts";

/** What a connection that is a session asked for. */
export type SessionRequest = ServerRequest | RemoteRequest;

/** A lease that must exist. */
export interface KnownLease {
  readonly key: string;
  readonly address: Address;
  readonly tokenKey: string | undefined;
  /** Source port of the newest datagram. */
  port: number;
  /** When that datagram came. */
  datagramMs: number;
  /** First moment at which it no longer holds. */
  untilMs: number;
  /** When it was renewed, or a session last ceased to use it, in the order of events. */
  wantedAt: number;
}

/** What a lease says at one moment. */
export type LeaseEvidence = Pick<KnownLease, "port" | "datagramMs">;

/** An introduction that only the passing of time was missing for. */
export interface DueIntroduction {
  readonly remote: KnownSession;
  readonly own: LeaseEvidence;
  readonly theirs: LeaseEvidence;
}

/** A connection and all that became of it. */
export class KnownSession {
  request: SessionRequest | undefined;
  requestMs = 0;
  /** Place in the order of events at which it asked. */
  askedAt = 0;
  /** Place at which it got its first lease. */
  leasedAt: number | undefined;
  /** What came from its address since its request. */
  readonly seen = new SeenOf();
  /** Whether the answer to a KeepAlive is on its way. */
  answer: "none" | "queued" = "none";
  /** `address/PeerPort`, once it asked. */
  name = "";
  /** What clients find it by, once a `Server` asked: its peer, and the name that it gave itself. */
  doors: readonly string[] = [];
  /** What the remote peer is called, once a `Client` or `Peer` asked. */
  remoteName = "";
  /** Where it waits, once a `Client` or `Peer` asked. */
  place: Place | undefined;
  /** Key of the lease that it may use, once it asked. */
  key = "";
  /** `answered` has its final response, `quit` has none and needs none. */
  state: "open" | "answered" | "quit" = "open";
  /** Whether the server has closed its side. */
  ended = false;
  /** The lease it uses, while it holds. */
  lease: KnownLease | undefined;
  /** How long the lease that it last had was to hold; `undefined` before it had any. */
  leaseUntilMs: number | undefined;
  /** When the addresses of datagrams and connection are compared next. */
  mismatchCheckMs = Infinity;
  /** What the clock has decided, and the server must say in this step. */
  doom: ErrorCode | undefined;
  due: DueIntroduction | undefined;
  /** Where its datagrams come from, when that is why it is doomed. */
  foreignAddress: Address | undefined;
  /** Whether its queue takes another response. */
  hasRoom = () => true;
  /** How many bytes of it the server has read and looked at. */
  readBytes = 0;

  constructor(
    readonly id: number,
    readonly address: Address,
    readonly connectedMs: number,
  ) {}

  /** Token of an extended request. */
  get token(): string | undefined {
    return this.request?.extension?.token;
  }

  /** It asks, now. */
  ask(request: SessionRequest, nowMs: number, askedAt: number): void {
    this.request = request;
    this.requestMs = nowMs;
    this.askedAt = askedAt;
    this.name = peerName(this.address, request.localPeerPort);
    this.key = leaseKey(this.address, request.localPeerPort, this.token);
    const { address, name } = this;
    if (request.connectionType === "Server") {
      const ownName = request.extension?.localName;
      this.doors = ownName === undefined ? [name] : [name, givenName(address, ownName)];
      return;
    }
    this.remoteName = remoteNameOf(address, request);
    this.place = placeOf(this, request);
  }

  /** Whether it waits for something to happen. */
  get isOpen(): boolean {
    return this.state === "open";
  }
}

/** Names a lease: address, PeerPort, Token or none. */
export function leaseKey(address: Address, peerPort: PeerPort, token: string | undefined): string {
  return `${address}/${peerPort}#${token ?? ""}`;
}

/** Names a PeerPort and a Token under one IP version, whatever the address. */
export function tokenKey(address: Address, peerPort: PeerPort, token: string): string {
  return `${familyOf(address)} ${peerPort}#${token}`;
}

/** Everything the checker knows at a moment. */
export class Memory {
  /** In the order of renewal. */
  readonly leases = new Map<string, KnownLease>();
  /** Connections that are not gone, in the order of arrival. */
  readonly sessions = new Set<KnownSession>();
  /** The open `Server` session of each door. */
  readonly hosts = new Map<string, KnownSession>();
  /** The open `Peer` and `Client` session of each place. */
  readonly #waiting = new Map<string, Map<string, KnownSession>>();
  /** The lease of the last datagram of each {@linkcode tokenKey}, while it holds. */
  readonly newestByToken = new Map<string, KnownLease>();
  /** What was dropped of each address. */
  readonly drops = new Map<Address, DropsOf>();
  readonly #sessionsByKey = new Map<string, Set<KnownSession>>();

  #events = 0;

  /** Numbers of events that have happened already, though in which order is yet to be seen. */
  #reserved = { next: 0, end: 0 };

  /** Open sessions that made a request. */
  openCount = 0;

  /**
   * @param leaseTimeoutMs the server's lease timeout
   */
  constructor(
    readonly leaseTimeoutMs: number,
  ) {}

  /** Keeps numbers for sessions that leave now and are told so later in this step. */
  reserve(count: number): void {
    this.#reserved = { next: this.#events + 1, end: this.#events + 1 + count };
    this.#events += count;
  }

  /** Number of one more event. */
  nextEvent(): number {
    return ++this.#events;
  }

  /** Sessions that have no final response, in the order of arrival. */
  get openSessions(): KnownSession[] {
    return [...this.sessions].filter(({ isOpen }) => isOpen);
  }

  /** A datagram arrived: the lease exists from now on, with this port. */
  register(source: Endpoint, peerPort: PeerPort, token: string | undefined, nowMs: number): void {
    const key = leaseKey(source.address, peerPort, token);
    const known = this.leases.get(key);
    const lease = known ?? {
      key,
      address: source.address,
      tokenKey: token === undefined ? undefined : tokenKey(source.address, peerPort, token),
      port: 0,
      datagramMs: 0,
      untilMs: 0,
      wantedAt: 0,
    };
    lease.port = source.port;
    lease.datagramMs = nowMs;
    if (lease.tokenKey !== undefined) this.newestByToken.set(lease.tokenKey, lease);
    this.renew(lease, nowMs);
  }

  /** A lease holds for another lease timeout. */
  renew(lease: KnownLease, nowMs: number): void {
    lease.untilMs = nowMs + this.leaseTimeoutMs;
    lease.wantedAt = this.nextEvent();
    this.leases.delete(lease.key);
    this.leases.set(lease.key, lease);
    for (const session of this.sessionsOf(lease.key)) this.#attach(session, lease);
  }

  /** Of these leases the one that must give way: none that a session uses. */
  oldestIdle(leases: Iterable<KnownLease>): KnownLease | undefined {
    let oldest: KnownLease | undefined;
    for (const lease of leases) {
      if (this.#sessionsByKey.has(lease.key)) continue;
      if (oldest === undefined || lease.wantedAt < oldest.wantedAt) oldest = lease;
    }
    return oldest;
  }

  /** A lease is no more: its time is over, or it gave way. */
  forget(lease: KnownLease): void {
    this.leases.delete(lease.key);
    if (lease.tokenKey !== undefined && this.newestByToken.get(lease.tokenKey) === lease) {
      this.newestByToken.delete(lease.tokenKey);
    }
    for (const session of this.sessionsOf(lease.key)) session.lease = undefined;
  }

  /** A session has asked and waits or hosts from now on. */
  join(session: KnownSession): void {
    this.openCount++;
    const group = this.#sessionsByKey.get(session.key);
    if (group === undefined) this.#sessionsByKey.set(session.key, new Set([session]));
    else group.add(session);
    for (const door of session.doors) this.hosts.set(door, session);
    if (session.place !== undefined) this.#wait(session, session.place);
    const lease = this.leases.get(session.key);
    if (lease !== undefined) this.#attach(session, lease);
  }

  /**
   * Nobody can be introduced to this session any more. Told again when it has its final response:
   * of leases that cease to be used in one step, that of whom the server tells first comes first.
   */
  leave(session: KnownSession): void {
    if (session.request === undefined) return;
    const group = this.#sessionsByKey.get(session.key);
    if (group?.delete(session)) this.openCount--;
    if (session.lease !== undefined) session.lease.wantedAt = this.#leavingAt(session);
    if (group?.size === 0) this.#sessionsByKey.delete(session.key);
    for (const door of session.doors) {
      if (this.hosts.get(door) === session) this.hosts.delete(door);
    }
    const { place } = session;
    if (place === undefined || this.waitingAs(session) !== session) return;
    this.#waiting.get(place.of)?.delete(place.within);
  }

  #leavingAt({ doom, due }: KnownSession): number {
    const isMarked = doom !== undefined || due !== undefined;
    const { next, end } = this.#reserved;
    return isMarked && next < end ? this.#reserved.next++ : this.nextEvent();
  }

  /** Whom this one waits for: at a meeting point whoever else is ready. */
  partnerOf(session: KnownSession): KnownSession | undefined {
    const { place } = session;
    if (place === undefined) return undefined;
    if (place.meets !== "whoever is ready") {
      return this.#waiting.get(place.meets.of)?.get(place.meets.within);
    }
    for (const other of this.#waiting.get(place.of)?.values() ?? []) {
      if (other !== session && other.lease !== undefined) return other;
    }
    return undefined;
  }

  /** The session whose place this one would take. */
  waitingAs({ place }: KnownSession): KnownSession | undefined {
    return place === undefined ? undefined : this.#waiting.get(place.of)?.get(place.within);
  }

  /** Sessions at this address that asked and wait for their first lease. */
  waitingForLease(address: Address): Iterable<KnownSession> {
    return this.sessions.values().filter((session) =>
      session.isOpen && session.request !== undefined && session.address === address &&
      session.doom === undefined && session.leaseUntilMs === undefined
    );
  }

  /** A datagram was dropped for what it is. */
  drop(address: Address, reason: string, nowMs: number): void {
    const drops = this.drops.get(address) ?? new DropsOf();
    this.drops.set(address, drops);
    drops.drop(reason, nowMs);
    for (const session of this.waitingForLease(address)) session.seen.drop(reason);
  }

  /** Sessions that joined and use this lease. */
  sessionsOf(key: string): Iterable<KnownSession> {
    return this.#sessionsByKey.get(key) ?? [];
  }

  #wait(session: KnownSession, { of, within }: Place): void {
    const beside = this.#waiting.get(of) ?? new Map<string, KnownSession>();
    beside.set(within, session);
    this.#waiting.set(of, beside);
  }

  #attach(session: KnownSession, lease: KnownLease): void {
    session.lease = lease;
    session.leasedAt ??= this.nextEvent();
    session.leaseUntilMs = lease.untilMs;
  }
}
