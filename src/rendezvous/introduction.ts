/**
 * What two peers are told of each other.
 *
 * @module
 */

import type { Introduction } from "../protocol/message.ts";
import type { Lease } from "./lease_table.ts";
import type { Session } from "./session.ts";

/** One of two peers that are introduced. */
export interface Side {
  readonly session: Session;
  readonly lease: Lease;
}

/**
 * What introduces two peers to each other.
 *
 * @param pairKey given when both are extended
 * @param nowMs the time from which the age of a datagram counts
 * @returns what `a` and what `b` is told
 */
export function introductionsOf(
  a: Side,
  b: Side,
  pairKey: string | undefined,
  nowMs: number,
): [Introduction, Introduction] {
  return [introductionFor(a, b, pairKey, nowMs), introductionFor(b, a, pairKey, nowMs)];
}

function introductionFor(
  receiver: Side,
  remote: Side,
  pairKey: string | undefined,
  nowMs: number,
): Introduction {
  const endpoints = {
    source: { address: receiver.session.address, port: receiver.lease.observedPort },
    dest: { address: remote.session.address, port: remote.lease.observedPort },
  };
  if (receiver.session.token === undefined) return endpoints;
  const { localEndpoints = [], note } = remote.session.request?.extension ?? {};
  return {
    ...endpoints,
    extension: {
      ...(pairKey !== undefined && { pairKey }),
      destAgeMs: Math.floor(nowMs - remote.lease.datagramMs),
      ...(localEndpoints.length > 0 && { destLocal: localEndpoints }),
      ...(note !== undefined && { destNote: note }),
    },
  };
}
