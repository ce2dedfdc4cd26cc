/**
 * A session: one TCP connection and what it asked for.
 *
 * @module
 */

import { type Address, formatEndpoint, packAddress } from "../address.ts";
import type { PeerPort, RemoteRequest, Response, ServerRequest } from "../protocol/message.ts";
import { type HeapEntry, NOT_IN_HEAP } from "./deadline_heap.ts";
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

/** Whether two requests say the same. */
export function isSameRequest(a: ServerRequest, b: SessionRequest): boolean {
  return b.connectionType === "Server" && a.localPeerPort === b.localPeerPort &&
    a.extension?.token === b.extension?.token && localEndpoints(a) === localEndpoints(b);
}

function localEndpoints({ extension }: ServerRequest): string {
  return extension?.localEndpoints.map(formatEndpoint).join() ?? "";
}
