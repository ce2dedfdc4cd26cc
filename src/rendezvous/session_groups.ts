/**
 * Sessions by one key or two, of which most have one session and then take no list.
 *
 * @module
 */

import type { Session } from "./session.ts";

/** Sessions by a key. */
export class SessionGroups<Key> {
  readonly #groups = new Map<Key, Session | Set<Session>>();

  /** Number of keys that have sessions. */
  get size(): number {
    return this.#groups.size;
  }

  /** Those of a key in the order in which they came; members may leave while they are iterated. */
  get(key: Key): Iterable<Session> {
    const group = this.#groups.get(key);
    if (group === undefined) return [];
    return group instanceof Set ? group : [group];
  }

  /** Adds a session that is not here. */
  add(key: Key, session: Session): void {
    const group = this.#groups.get(key);
    if (group === undefined) this.#groups.set(key, session);
    else if (group instanceof Set) group.add(session);
    else this.#groups.set(key, new Set([group, session]));
  }

  /** Removes a session, and returns whether it was here. */
  remove(key: Key, session: Session): boolean {
    const group = this.#groups.get(key);
    if (group === session) return this.#groups.delete(key);
    if (!(group instanceof Set) || !group.delete(session)) return false;
    if (group.size === 0) this.#groups.delete(key);
    return true;
  }
}

/** Sessions by a key that they are given and one of their own, so that nobody looks through many. */
export class PairedGroups {
  readonly #groups = new Map<string, Session | SessionGroups<string | undefined>>();
  readonly #secondOf: (session: Session) => string | undefined;

  /** @param secondOf a session's own key, which stays as it is while the session is here */
  constructor(secondOf: (session: Session) => string | undefined) {
    this.#secondOf = secondOf;
  }

  /** Number of first keys that have sessions. */
  get size(): number {
    return this.#groups.size;
  }

  /** Those of both keys in the order in which they came; members may leave meanwhile. */
  get(first: string, second: string | undefined): Iterable<Session> {
    const group = this.#groups.get(first);
    if (group instanceof SessionGroups) return group.get(second);
    return group !== undefined && this.#secondOf(group) === second ? [group] : [];
  }

  /** The one session of both keys, where there is never another. */
  only(first: string, second: string | undefined): Session | undefined {
    const [session] = this.get(first, second);
    return session;
  }

  /** Adds a session that is not here. */
  add(first: string, session: Session): void {
    const group = this.#groups.get(first);
    if (group === undefined) {
      this.#groups.set(first, session);
    } else if (group instanceof SessionGroups) {
      group.add(this.#secondOf(session), session);
    } else {
      const groups = new SessionGroups<string | undefined>();
      for (const each of [group, session]) groups.add(this.#secondOf(each), each);
      this.#groups.set(first, groups);
    }
  }

  /** Removes a session, and returns whether it was here. */
  remove(first: string, session: Session): boolean {
    const group = this.#groups.get(first);
    if (group === session) return this.#groups.delete(first);
    if (!(group instanceof SessionGroups) || !group.remove(this.#secondOf(session), session)) {
      return false;
    }
    if (group.size === 0) this.#groups.delete(first);
    return true;
  }
}
