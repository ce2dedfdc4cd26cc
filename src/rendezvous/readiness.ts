/**
 * The rules of time: when a session's lease can be used, how long a session may wait, and what it
 * is told when its time is over.
 *
 * @module
 */

import {
  ADDRESS_MISMATCH_CHECK_MS,
  ADDRESS_MISMATCH_WAIT_MS,
  FRESH_LEASE_MS,
  STALE_LEASE_WAIT_MS,
} from "../limits.ts";
import type { Refusal } from "../protocol/message.ts";
import type { Lease, LeaseTable } from "./lease_table.ts";
import type { SeenDatagrams } from "./seen_datagrams.ts";
import * as refusals from "./refusals.ts";
import type { Session } from "./session.ts";

/** Answers from the lease table and the session's own times; keeps nothing. */
export class Readiness {
  readonly #leases: LeaseTable;
  readonly #seen: SeenDatagrams;

  constructor(leases: LeaseTable, seen: SeenDatagrams) {
    this.#leases = leases;
    this.#seen = seen;
  }

  /** Whether the session's peer has a lease, fresh or not: what makes a host a live one. */
  isLive(session: Session): boolean {
    return this.#leases.find(session.leaseKey) !== undefined;
  }

  /** The session's lease, unless a newer datagram must be awaited first. */
  usableLease(session: Session, nowMs: number): Lease | undefined {
    const lease = this.#leases.find(session.leaseKey);
    if (lease === undefined || session.token !== undefined) return lease;
    const mayBeOfLastSocket = lease.datagramMs < session.connectedMs - FRESH_LEASE_MS;
    const mustWait = mayBeOfLastSocket && nowMs < session.requestMs + STALE_LEASE_WAIT_MS;
    return mustWait ? undefined : lease;
  }

  /** When the session must be looked at again if nothing happens before. */
  deadlineMs(session: Session, nowMs: number): number {
    const lease = this.#leases.find(session.leaseKey);
    if (lease !== undefined) {
      session.leaseExpiresMs = lease.expiresMs;
      return this.usableLease(session, nowMs) === undefined
        ? Math.min(session.requestMs + STALE_LEASE_WAIT_MS, lease.expiresMs)
        : lease.expiresMs;
    }
    if (session.leaseExpiresMs !== undefined) return session.leaseExpiresMs;
    const giveUpMs = session.requestMs + this.#leases.timeoutMs;
    return session.token === undefined ? giveUpMs : Math.min(giveUpMs, mismatchCheckMs(session));
  }

  /** What a session that is due must be told, if its time is really over. */
  overdue(session: Session, nowMs: number): Refusal | undefined {
    if (session.request === undefined) return refusals.noRequest(session);
    if (this.isLive(session)) return undefined;
    const { timeoutMs } = this.#leases;
    if (session.leaseExpiresMs !== undefined) {
      return nowMs < session.leaseExpiresMs ? undefined : refusals.leaseTimeout(session, timeoutMs);
    }
    // Compared as sums, like the deadlines: a difference may round to just below.
    if (session.token !== undefined && nowMs >= session.requestMs + ADDRESS_MISMATCH_WAIT_MS) {
      const sinceMs = nowMs - ADDRESS_MISMATCH_WAIT_MS;
      const elsewhere = this.#leases.findAddress(session.leaseKey, sinceMs);
      if (elsewhere !== undefined) return refusals.addressMismatch(session, elsewhere);
      session.mismatchCheckMs = nowMs + ADDRESS_MISMATCH_CHECK_MS;
    }
    if (nowMs < session.requestMs + timeoutMs) return undefined;
    const { watch } = session;
    return refusals.noLease(session, timeoutMs, watch && this.#seen.since(watch));
  }
}

/** Only a check moves the next one: nothing a peer does can put it off. */
function mismatchCheckMs(session: Session): number {
  return session.mismatchCheckMs ?? session.requestMs + ADDRESS_MISMATCH_WAIT_MS;
}
