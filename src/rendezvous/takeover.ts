/**
 * What a first request must be, and whose place it may take.
 *
 * @module
 */

import { familyOf } from "../address.ts";
import { NEW_HOST_GUARD_MS } from "../limits.ts";
import type { Refusal } from "../protocol/message.ts";
import { isMeetingPoint } from "./named_peers.ts";
import type { Readiness } from "./readiness.ts";
import * as refusals from "./refusals.ts";
import type { Roster } from "./roster.ts";
import { remoteAddress, remoteName, type Session, type SessionRequest } from "./session.ts";

/** Why nobody could ever be introduced to the remote peer of a request, if that is so. */
export function refuseRemote(
  session: Session,
  request: SessionRequest,
  roster: Roster,
): Refusal | undefined {
  if (request.connectionType === "Server") return undefined;
  if ("name" in request.remote) {
    const isOwnHost = request.connectionType === "Client" &&
      roster.hostFor(session, request)?.token === session.token;
    return isOwnHost ? refusals.ownHost(session, request) : undefined;
  }
  if (familyOf(remoteAddress(session, request)) !== familyOf(session.address)) {
    return refusals.familyMismatch(session, request);
  }
  return remoteName(session, request) === session.localName ? refusals.ownPeer(session) : undefined;
}

/** A Token guards who waits, a host that is live, and one that may be so in a moment. */
export function isGuarded(
  rival: Session,
  session: Session,
  readiness: Readiness,
  nowMs: number,
): boolean {
  if (rival.token === undefined || rival.token === session.token) return false;
  return rival.request?.connectionType !== "Server" || readiness.isLive(rival) ||
    nowMs <= rival.requestMs + NEW_HOST_GUARD_MS;
}

/**
 * Whether all who wait for a rival wait for something else as well, so that nobody has to be looked
 * at when another session takes its place: it could have been introduced at any time.
 */
export function isServed(rival: Session, readiness: Readiness, nowMs: number): boolean {
  // At a meeting point it is its own readiness that somebody else will meet.
  if (rival.names !== undefined && isMeetingPoint(rival.names)) return false;
  // One that is overdue, as it may be after lost time, has not been looked at since it is ready.
  return rival.connection.hasRoom && rival.deadlineMs > nowMs &&
    readiness.usableLease(rival, nowMs) !== undefined;
}
