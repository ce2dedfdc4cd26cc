/**
 * When things are due by docs/PROTOCOL.md, and what the passing of time alone brings about.
 *
 * @module
 */

import type { Address } from "../../../src/address.ts";
import type { RemoteRequest, ServerRequest } from "../../../src/protocol/message.ts";
import { type KnownLease, type KnownSession, type Memory, tokenKey } from "./memory.ts";

/** "No complete request within 10 s of connecting." */
const FIRST_REQUEST_MS = 10_000;
/** "A lease whose last datagram is more than 1 s older than this TCP connection ..." */
const OLDER_THAN_CONNECTION_MS = 1_000;
/** "... waits up to 100 ms for a newer datagram." These count from the request. */
const WAIT_FOR_NEWER_MS = 100;
/** "If a session has waited two seconds for its lease ..." */
export const MISMATCH_MS = 2_000;
/** "... and datagrams arrive from another address": looked for once a second from then on. */
const MISMATCH_CHECK_MS = 1_000;

/** The moment at which an open session's time is over, if nothing happens before. */
export function deadlineMs(session: KnownSession, leaseTimeoutMs: number): number {
  if (session.request === undefined) return session.connectedMs + FIRST_REQUEST_MS;
  return session.leaseUntilMs ?? session.requestMs + leaseTimeoutMs;
}

/**
 * Whether the session may be introduced with the lease it has: a datagram from before the connection
 * may be of the peer's last socket, unless both carry the same Token.
 *
 * @param clockMs the moment up to which timers have rung
 */
export function isReady(session: KnownSession, clockMs: number): boolean {
  const { lease } = session;
  if (lease === undefined) return false;
  if (session.token !== undefined) return true;
  return lease.datagramMs >= session.connectedMs - OLDER_THAN_CONNECTION_MS ||
    clockMs >= session.requestMs + WAIT_FOR_NEWER_MS;
}

/** Whether a `Client` may be introduced to this host: it is open and its lease holds. */
export function isLive(
  host: KnownSession | undefined,
): host is KnownSession & { lease: KnownLease } {
  return host !== undefined && host.isOpen && host.doom === undefined && host.lease !== undefined;
}

/**
 * Lets time pass: leases run out, and every session whose moment has come is marked with what it
 * must be told. What was due before comes before whatever arrives now.
 *
 * @param expires told when whatever ends was due
 * @returns the sessions that were marked
 */
export function passTime(
  memory: Memory,
  nowMs: number,
  expires: (dueMs: number) => void,
): KnownSession[] {
  memory.reserve(0);
  for (const lease of memory.leases.values()) {
    if (lease.untilMs > nowMs) break;
    expires(lease.untilMs);
    memory.forget(lease);
  }
  for (const session of memory.sessions) {
    if (session.isOpen) markOverdue(session, memory, nowMs, expires);
  }
  for (const session of memory.sessions) {
    if (session.isOpen && session.doom === undefined) markDue(session, memory, nowMs);
  }
  const marked = [...memory.sessions].filter(({ doom, due }) =>
    doom !== undefined || due !== undefined
  );
  for (const session of marked) memory.leave(session);
  memory.reserve(marked.length);
  return marked;
}

function markOverdue(
  session: KnownSession,
  memory: Memory,
  nowMs: number,
  expires: (dueMs: number) => void,
): void {
  const { request, lease } = session;
  const dueMs = deadlineMs(session, memory.leaseTimeoutMs);
  const isOver = dueMs <= nowMs;
  if (isOver) expires(dueMs);
  if (request === undefined) {
    if (isOver) session.doom = "bad_request";
  } else if (lease === undefined && session.leaseUntilMs !== undefined) {
    if (isOver) session.doom = "lease_timeout";
  } else if (lease === undefined) {
    if (isOver) session.doom = session.seen.code;
    const isLooked = nowMs >= session.mismatchCheckMs ||
      isOver && nowMs >= session.requestMs + MISMATCH_MS;
    if (session.token === undefined || !isLooked) return;
    session.foreignAddress = foreignAddress(session, session.token, memory, nowMs);
    if (session.foreignAddress !== undefined) session.doom = "address_mismatch";
    session.mismatchCheckMs = nowMs + MISMATCH_CHECK_MS;
  }
}

/** Where the last datagram with this session's PeerPort and Token came from, if not long ago. */
function foreignAddress(
  { address, request }: KnownSession,
  token: string,
  memory: Memory,
  nowMs: number,
): Address | undefined {
  const { localPeerPort } = request as ServerRequest | RemoteRequest;
  const newest = memory.newestByToken.get(tokenKey(address, localPeerPort, token));
  if (newest === undefined || newest.datagramMs < nowMs - MISMATCH_MS) return undefined;
  return newest.address === address ? undefined : newest.address;
}

function markDue(session: KnownSession, memory: Memory, nowMs: number): void {
  const remote = counterpartOf(session, memory);
  if (remote === undefined || !remote.isOpen || remote.doom !== undefined) return;
  if (!remote.hasRoom()) return;
  if (!isReady(session, nowMs) || !isReady(remote, nowMs)) return;
  session.due = {
    remote,
    own: { ...session.lease as KnownLease },
    theirs: { ...remote.lease as KnownLease },
  };
}

/** Whom a `Client` or `Peer` session would be introduced to now. */
export function counterpartOf(session: KnownSession, memory: Memory): KnownSession | undefined {
  switch (session.request?.connectionType) {
    case "Client":
      return memory.hosts.get(session.remoteName);
    case "Peer":
      return memory.partnerOf(session);
    default:
      return undefined;
  }
}
