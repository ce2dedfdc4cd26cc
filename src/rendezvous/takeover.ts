/**
 * What a first request must be, and whose place it may take.
 *
 * @module
 */

import { familyOf } from "../address.ts";
import { NEW_HOST_GUARD_MS } from "../limits.ts";
import type { Refusal } from "../protocol/message.ts";
import type { Readiness } from "./readiness.ts";
import * as refusals from "./refusals.ts";
import { remoteAddress, remoteName, type Session, type SessionRequest } from "./session.ts";

/** Why nobody could ever be introduced to the remote peer of a request, if that is so. */
export function refuseRemote(session: Session, request: SessionRequest): Refusal | undefined {
  if (request.connectionType === "Server") return undefined;
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
