/**
 * The words of every error response: what was expected, and the values that were wrong.
 *
 * @module
 */

import { type Address, familyOf } from "../address.ts";
import { FIRST_REQUEST_TIMEOUT_MS } from "../limits.ts";
import type { Refusal, RemoteRequest } from "../protocol/message.ts";
import type { LimitName } from "./counters.ts";
import { isMeetingPoint } from "./named_peers.ts";
import type { Seen } from "./seen_datagrams.ts";
import {
  type NamePair,
  remoteAddress,
  remoteName,
  type Session,
  type SessionRequest,
} from "./session.ts";

/** A request that is malformed or wrong for its session. */
export function badRequest(explanation: string): Refusal {
  return { code: "bad_request", explanation };
}

/** No complete request in time. */
export function noRequest({ pendingBytes }: Session): Refusal {
  const received = pendingBytes === 0 ? "none" : `only the first ${pendingBytes} bytes of one`;
  return badRequest(
    `expected a request within ${FIRST_REQUEST_TIMEOUT_MS / 1000} s, received ${received}`,
  );
}

/** The session asked for its own peer. */
export function ownPeer(session: Session): Refusal {
  return badRequest(`expected another peer, received ${session.localName}, which is the requester`);
}

/** The session asked by name for the host that has its own Token. */
export function ownHost(session: Session, request: RemoteRequest): Refusal {
  return badRequest(
    `RemoteName: expected the name of another host, received ${remoteName(session, request)}, ` +
      "whose host has the requester's own Token",
  );
}

/** A host said something else than its own request or KeepAlive. */
export function otherRequest(session: Session, request: SessionRequest): Refusal {
  const name = request.extension?.localName;
  const received = request.connectionType !== "Server" || name === session.ownName
    ? `another ${request.connectionType} request`
    : `a Server request ${name === undefined ? "without a name" : `of ${JSON.stringify(name)}`}`;
  return badRequest(
    `expected KeepAlive on the session of the host ${hostTitle(session)}, received ${received}`,
  );
}

/**
 * No registration datagram arrived, or a limit kept out what did.
 *
 * @param seen what was seen of this address since the request
 */
export function noLease(session: Session, timeoutMs: number, seen?: Seen): Refusal {
  if (seen !== undefined && seen.refused > 0 && seen.taken === 0) {
    return limitReached(
      `no datagram from ${seen.address} was taken since the request, ` +
        `${seen.refused} ${wasOrWere(seen.refused)} refused for the limit ${seen.limit}`,
    );
  }
  const arrived = `no datagram for ${session.localName}${withToken(session)} arrived within ` +
    `${timeoutMs / 1000} s`;
  const observations = seen === undefined ? [] : observationsOf(seen, session);
  return { code: "no_lease", explanation: [arrived, ...observations].join("; ") };
}

/** What came from an address, which anybody behind it or with a forged source may have sent. */
function observationsOf(seen: Seen, session: Session): string[] {
  const { address, dropped, dropReason, refused, limit } = seen;
  const ofPeerPort = `with the PeerPort ${session.request?.localPeerPort} came from ${address}`;
  const another = session.token === undefined ? "a Token" : "another Token";
  return [
    [seen.withToken, `${ofPeerPort} with ${another}`],
    [session.token === undefined ? 0 : seen.withoutToken, `${ofPeerPort} without a Token`],
    [dropped, `from ${address} ${wasOrWere(dropped)} dropped, the last: ${dropReason}`],
    [refused, `from ${address} ${wasOrWere(refused)} refused for the limit ${limit}`],
  ].filter(([count]) => count !== 0).map(([count, what]) =>
    `${count} ${count === 1 ? "datagram" : "datagrams"} ${what}`
  );
}

function wasOrWere(count: number): string {
  return count === 1 ? "was" : "were";
}

/** Datagrams stopped arriving. */
export function leaseTimeout(session: Session, timeoutMs: number): Refusal {
  return {
    code: "lease_timeout",
    explanation: `nothing renewed the lease of ${session.localName}${withToken(session)} for ` +
      `${timeoutMs / 1000} s`,
  };
}

/** The host that a client asked for is not here, or is connected without a lease. */
export function hostNotFound(
  session: Session,
  request: RemoteRequest,
  host: Session | undefined,
): Refusal {
  const name = remoteName(session, request);
  const by = "name" in request.remote ? ` by ${familyOf(session.address)}` : "";
  return {
    code: "host_not_found",
    explanation: host === undefined
      ? `no host ${name} is connected and registered${by}`
      : `the host ${name} is connected, but no datagram from it has arrived`,
  };
}

/** IPv4 and IPv6 peers cannot exchange datagrams. */
export function familyMismatch(session: Session, request: RemoteRequest): Refusal {
  const remote = remoteAddress(session, request);
  return {
    code: "family_mismatch",
    explanation: `${session.address} is ${familyOf(session.address)} and ${remote} is ` +
      familyOf(remote),
  };
}

/** A newer session of the same peer, or with the same name, took over. */
export function replaced(session: Session, newer: Session): Refusal {
  return {
    code: "replaced",
    explanation: `a newer session of ${commonTitle(session, newer)} took over`,
  };
}

/** UDP and TCP leave the peer's network by different addresses. */
export function addressMismatch(session: Session, datagramAddress: Address): Refusal {
  return {
    code: "address_mismatch",
    explanation: `datagrams with this Token arrive from ${datagramAddress}, this connection from ` +
      session.address,
  };
}

/** The peer closed its sending side. */
export function cancelled(session: Session): Refusal {
  return { code: "cancelled", explanation: `the peer closed its side ${whenCancelled(session)}` };
}

function whenCancelled(session: Session): string {
  const { request } = session;
  if (request === undefined) return "before its request was complete";
  if (request.connectionType === "Server") return `while it was the host ${hostTitle(session)}`;
  if (session.names !== undefined && isMeetingPoint(session.names)) {
    return `while it waited at the meeting point ${remoteName(session, request)}`;
  }
  return `while it waited for ${remoteName(session, request)}`;
}

/** Another session holds the place with a Token that this one does not have. */
export function tokenHeld(session: Session, holder: Session): Refusal {
  return {
    code: "busy",
    explanation: `a session with another Token already stands for ${commonTitle(session, holder)}`,
  };
}

/** What two sessions both want to be. */
function commonTitle(session: Session, rival: Session): string {
  const { localName, ownName, names } = session;
  if (names !== undefined) return pairTitle(names);
  return ownName === undefined || rival.localName === localName ? localName : hostTitle(session);
}

function pairTitle(names: NamePair): string {
  const [local, remote] = [JSON.stringify(names.local), JSON.stringify(names.remote)];
  return isMeetingPoint(names)
    ? `the same Token at the meeting point ${local}`
    : `${local} that asks for ${remote}`;
}

/** How a host is called, by its own name if it has one. */
function hostTitle({ localName, ownName }: Session): string {
  return ownName === undefined ? localName : JSON.stringify(ownName);
}

/** One more than a limit allows. */
export function tooMany(name: LimitName, most: number, what: string): Refusal {
  return limitReached(`expected at most ${most} ${what} (${name}), this is one more`);
}

/** A limit. */
export function limitReached(explanation: string): Refusal {
  return { code: "busy", explanation };
}

/** All places are taken, and this session is the one that gives way. */
export function gaveWay(maxSessions: number): Refusal {
  return limitReached(
    `all ${maxSessions} sessions are taken (max_sessions), and this one gave way to a newcomer`,
  );
}

/** The server stops. */
export function shuttingDown(): Refusal {
  return { code: "shutting_down", explanation: "the server is stopping" };
}

function withToken(session: Session): string {
  return session.token === undefined ? "" : " with this Token";
}
