/**
 * The words of every error response: what was expected, and the values that were wrong.
 *
 * @module
 */

import { type Address, familyOf } from "../address.ts";
import { FIRST_REQUEST_TIMEOUT_MS } from "../limits.ts";
import type { Refusal, RemoteRequest } from "../protocol/message.ts";
import { remoteAddress, remoteName, type Session } from "./session.ts";

/** A request that is malformed or wrong for its session. */
export function badRequest(explanation: string): Refusal {
  return { code: "bad_request", explanation };
}

/** No complete request in time. */
export function noRequest(): Refusal {
  return badRequest(
    `expected a request within ${FIRST_REQUEST_TIMEOUT_MS / 1000} s, received none`,
  );
}

/** The session asked for its own peer. */
export function ownPeer(session: Session): Refusal {
  return badRequest(`expected another peer, received ${session.localName}, which is the requester`);
}

/** No registration datagram arrived. */
export function noLease(session: Session, timeoutMs: number): Refusal {
  return {
    code: "no_lease",
    explanation: `no datagram for ${session.localName}${withToken(session)} arrived within ` +
      `${timeoutMs / 1000} s`,
  };
}

/** Datagrams stopped arriving. */
export function leaseTimeout(session: Session, timeoutMs: number): Refusal {
  return {
    code: "lease_timeout",
    explanation: `nothing renewed the lease of ${session.localName}${withToken(session)} for ` +
      `${timeoutMs / 1000} s`,
  };
}

/** The host that a client asked for is not here. */
export function hostNotFound(session: Session, request: RemoteRequest): Refusal {
  return {
    code: "host_not_found",
    explanation: `no host ${remoteName(session, request)} is connected and registered`,
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

/** A newer session of the same peer took over. */
export function replaced(session: Session): Refusal {
  return {
    code: "replaced",
    explanation: `a newer session of ${session.localName} took over`,
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
  if (request.connectionType === "Server") return `while it was the host ${session.localName}`;
  return `while it waited for ${remoteName(session, request)}`;
}

/** Another session holds the place with a Token that this one does not have. */
export function tokenHeld(session: Session): Refusal {
  return {
    code: "busy",
    explanation: `a session with another Token already stands for ${session.localName}`,
  };
}

/** A limit. */
export function limitReached(explanation: string): Refusal {
  return { code: "busy", explanation };
}

/** The server stops. */
export function shuttingDown(): Refusal {
  return { code: "shutting_down", explanation: "the server is stopping" };
}

function withToken(session: Session): string {
  return session.token === undefined ? "" : " with this Token";
}
