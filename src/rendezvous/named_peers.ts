/**
 * Peers of one IP version that ask by name: two that have each other's name meet, and at a meeting
 * point, where both names are equal, whoever becomes ready meets the one who waits.
 *
 * @module
 */

import { PairedGroups } from "./session_groups.ts";
import type { NamePair, Session } from "./session.ts";

/** Holds only Peers that asked by name and have no final response yet. */
export class NamedPeers {
  /** By their own name and the remote's, each pair at most once. */
  readonly #pairs = new PairedGroups((session) => session.names?.remote);
  /** Those at meeting points, by the name of the point and their Token, each at most once. */
  readonly #comers = new PairedGroups((session) => session.token);
  /** Of each meeting point the one that is ready. */
  readonly #ready = new Map<string, Session>();

  /** Number of entries in all indexes. */
  get size(): number {
    return this.#pairs.size + this.#comers.size + this.#ready.size;
  }

  /** Adds a session. One that it takes over must have left before. */
  add(session: Session, names: NamePair): void {
    this.#placesOf(names).add(names.local, session);
  }

  /** Removes a session. */
  remove(session: Session, names: NamePair): void {
    this.#placesOf(names).remove(names.local, session);
    if (this.#ready.get(names.local) === session) this.#ready.delete(names.local);
  }

  /** The session whose place this one would take: at a meeting point only one of its own Token. */
  rivalOf(session: Session, names: NamePair): Session | undefined {
    return isMeetingPoint(names)
      ? this.#comers.only(names.local, session.token)
      : this.#pairs.only(names.local, names.remote);
  }

  /** Whom the session meets as soon as both have a lease. */
  partnerOf(session: Session, names: NamePair): Session | undefined {
    if (!isMeetingPoint(names)) return this.#pairs.only(names.remote, names.local);
    const waiting = this.#ready.get(names.local);
    return waiting === session ? undefined : waiting;
  }

  /** The session has its lease: at a meeting point where nobody waits, it is the one who does. */
  becomeReady(session: Session, names: NamePair): void {
    if (isMeetingPoint(names)) this.#ready.set(names.local, session);
  }

  #placesOf(names: NamePair): PairedGroups {
    return isMeetingPoint(names) ? this.#comers : this.#pairs;
  }
}

/** Whether a Peer waits for anybody who comes to the same name. */
export function isMeetingPoint({ local, remote }: NamePair): boolean {
  return local === remote;
}
