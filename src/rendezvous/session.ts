/**
 * A session: one TCP connection and what it asked for.
 *
 * @module
 */

import { type Address, formatEndpoint, packAddress } from "../address.ts";
import type { PeerPort, RemoteRequest, Response, ServerRequest } from "../protocol/message.ts";
import { type HeapEntry, NOT_IN_HEAP } from "../async/deadline_heap.ts";
import { type LeaseKey, leaseKey } from "./lease_key.ts";
import type { Observation } from "./seen_datagrams.ts";
import type { ShareEntry } from "./session_shares.ts";
import { NO_SLOT } from "./slot_lists.ts";

/** Where messages for one peer go. */
export interface Outlet<Message> {
  /** The peer's address as the server sees it. */
  readonly address: Address;

  /** Whether another message fits the queue; a final one is taken in any case. */
  readonly hasRoom: boolean;

  /** Queues a message. */
  send(message: Message): void;

  /** Lets queued messages leave, then closes. Nothing is sent afterwards. */
  end(): void;
}

/** Where the responses for one peer go: what the rendezvous needs of a connection. */
export type ResponseOutlet = Outlet<Response>;

/** A request that makes a connection a session. */
export type SessionRequest = ServerRequest | RemoteRequest;

/** The two names of a Peer that asks by name. */
export interface NamePair {
  readonly local: string;
  readonly remote: string;
}

/** The name of a peer: `203.0.113.7/5`. */
export function peerName(address: Address, peerPort: PeerPort): string {
  return `${address}/${peerPort}`;
}

/** What the lease manager knows of one connection. */
export class Session implements HeapEntry, ShareEntry {
  readonly connection: ResponseOutlet;
  readonly connectedMs: number;
  deadlineMs = Infinity;
  heapIndex = NOT_IN_HEAP;

  /** What the session asked for, once it did. */
  request: SessionRequest | undefined;
  requestMs = 0;
  /** When the lease expires, as last seen: a renewal may be newer. `undefined` before any. */
  leaseExpiresMs: number | undefined;
  /** When the addresses of its datagrams and its connection are compared next, after the first time. */
  mismatchCheckMs: number | undefined;
  /** Set while it waits for its first lease. */
  watch: Observation | undefined;
  /** Bytes of a first request that is not complete yet. */
  pendingBytes = 0;
  /** Its place among all sessions; {@linkcode SessionShares} alone writes it. */
  shareSlot = NO_SLOT;
  /** Whether the answer to a KeepAlive is on its way. */
  answer: "none" | "queued" = "none";
  /** An ended session has its final response and is of no interest any more. */
  state: "open" | "ended" = "open";

  constructor(connection: ResponseOutlet, connectedMs: number) {
    this.connection = connection;
    this.connectedMs = connectedMs;
  }

  /** The peer's address as the server sees it. */
  get address(): Address {
    return this.connection.address;
  }

  /** The Token of an extended request. */
  get token(): string | undefined {
    return this.request?.extension?.token;
  }

  /** What a Server calls itself, and a Peer that asks by name. */
  get ownName(): string | undefined {
    return this.request?.extension?.localName;
  }

  /** The names of a Peer that asks by name. */
  get names(): NamePair | undefined {
    const { request, ownName } = this;
    return ownName !== undefined && request?.connectionType === "Peer" && "name" in request.remote
      ? { local: ownName, remote: request.remote.name }
      : undefined;
  }

  /**
   * Whether bytes from this session still mean something: its first request, a host's, or the
   * KeepAlives of an extended Peer.
   */
  get listens(): boolean {
    if (this.state === "ended") return false;
    switch (this.request?.connectionType) {
      case "Client":
        return false;
      case "Peer":
        return this.token !== undefined;
      default:
        return true;
    }
  }

  /** Whether it asked and has no final response yet. */
  get stands(): boolean {
    return this.state === "open" && this.request !== undefined;
  }

  /** The requesting peer's name. Only after the request. */
  get localName(): string {
    return peerName(this.address, (this.request as SessionRequest).localPeerPort);
  }

  /** The lease that this session uses. Only after the request. */
  get leaseKey(): LeaseKey {
    const { localPeerPort } = this.request as SessionRequest;
    return leaseKey(packAddress(this.address), localPeerPort, this.token);
  }
}

/** The address that a request's `RemoteIP` means; a named peer is of the requester's IP version. */
export function remoteAddress(session: Session, { remote }: RemoteRequest): Address {
  return "name" in remote || remote.address === "own" ? session.address : remote.address;
}

/** How the remote peer of a request is called: `203.0.113.7/5`, or `"name"`. */
export function remoteName(session: Session, request: RemoteRequest): string {
  const { remote } = request;
  return "name" in remote
    ? JSON.stringify(remote.name)
    : peerName(remoteAddress(session, request), remote.peerPort);
}

/** Whether a host's request repeats its first one; with a name it may bring news of the host. */
export function isRepetition(first: ServerRequest, again: SessionRequest): boolean {
  const [a, b] = [first.extension, again.extension];
  return again.connectionType === "Server" && first.localPeerPort === again.localPeerPort &&
    a?.token === b?.token && a?.localName === b?.localName &&
    (a?.localName !== undefined ||
      a?.note === b?.note && localEndpoints(first) === localEndpoints(again));
}

function localEndpoints({ extension }: ServerRequest): string {
  return extension?.localEndpoints.map(formatEndpoint).join() ?? "";
}
