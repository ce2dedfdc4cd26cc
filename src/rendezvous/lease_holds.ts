/**
 * How a session comes to its lease, and gives it back: it uses the lease from the first moment at
 * which both are there. Until then it is noted what arrives from its address instead.
 *
 * @module
 */

import type { LeaseKey } from "./lease_key.ts";
import type { LeaseTable } from "./lease_table.ts";
import type { SeenDatagrams } from "./seen_datagrams.ts";
import type { Session, SessionRequest } from "./session.ts";
import type { SessionShares } from "./session_shares.ts";

/** Says of each session in the roster whether it uses its lease or waits for it. */
export class LeaseHolds {
  readonly #leases: LeaseTable;
  readonly #seen: SeenDatagrams;
  readonly #shares: SessionShares<Session>;

  constructor(leases: LeaseTable, seen: SeenDatagrams, shares: SessionShares<Session>) {
    this.#leases = leases;
    this.#seen = seen;
    this.#shares = shares;
  }

  /** A session that made its request uses its lease, or begins to wait for it. */
  begin(session: Session, { localPeerPort }: SessionRequest, nowMs: number): void {
    const { address, token, leaseKey } = session;
    if (this.#leases.find(leaseKey) !== undefined) return this.#use(session, leaseKey);
    const cameWithoutToken = token !== undefined &&
      this.#leases.find({ ...leaseKey, token: undefined }) !== undefined;
    session.watch = this.#seen.watch(address, localPeerPort, nowMs, Number(cameWithoutToken));
  }

  /** The session's lease is there: if it waited for it, it uses it from now on. */
  attach(session: Session): void {
    const { watch } = session;
    if (watch === undefined) return;
    session.watch = undefined;
    this.#seen.unwatch(watch);
    this.#use(session, session.leaseKey);
  }

  /** The session neither uses its lease any more nor waits for it. */
  end(session: Session): void {
    if (session.watch === undefined) return this.#leases.release(session.leaseKey);
    this.#seen.unwatch(session.watch);
    session.watch = undefined;
  }

  #use(session: Session, leaseKey: LeaseKey): void {
    this.#leases.retain(leaseKey);
    this.#shares.gotLease(session);
  }
}
