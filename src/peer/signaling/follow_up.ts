/**
 * What follows when a request is refused or its session lost: the one table of it.
 *
 * @module
 */

import { type PeerError, type PeerErrorCode } from "../errors.ts";
import type { Wait } from "./setup.ts";

/**
 * `end`: the request fails with the error. `again`: it is made again, after longer and longer pauses.
 * `soon`: it is made again after short pauses, since whoever is missing may be back any moment.
 */
export type FollowUp = "end" | "again" | "soon";

/**
 * By code, for a request that waits and for one that does not. What asking again cannot change ends
 * both; what says that this machine does not get through, or that nobody is there, ends only the
 * latter.
 */
const FOLLOW_UPS: Readonly<Record<PeerErrorCode, Readonly<Record<Wait, FollowUp>>>> = {
  bad_request: { on: "end", off: "end" },
  replaced: { on: "end", off: "end" },
  punch_failed: { on: "end", off: "end" },
  stream_reset: { on: "end", off: "end" },
  stream_lost: { on: "end", off: "end" },
  no_streams: { on: "end", off: "end" },
  no_lease: { on: "again", off: "end" },
  address_mismatch: { on: "again", off: "end" },
  family_mismatch: { on: "again", off: "end" },
  server_unreachable: { on: "again", off: "end" },
  host_not_found: { on: "soon", off: "end" },
  lease_timeout: { on: "again", off: "again" },
  cancelled: { on: "again", off: "again" },
  busy: { on: "again", off: "again" },
  shutting_down: { on: "again", off: "again" },
  unavailable: { on: "again", off: "again" },
};

/** What follows an error. */
export function followUp({ code }: PeerError, wait: Wait): FollowUp {
  return FOLLOW_UPS[code][wait];
}

/** Whether another address of the server or of the remote peer may do where this one did not. */
export function leadsElsewhere({ code }: PeerError): boolean {
  switch (code) {
    case "server_unreachable":
    case "host_not_found":
    case "no_lease":
    case "address_mismatch":
    case "family_mismatch":
      return true;
    default:
      return false;
  }
}
