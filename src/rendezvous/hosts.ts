/**
 * Hosts by what they are looked for, and the clients that look for it: once for all addresses, and
 * once for the names of each IP version.
 *
 * @module
 */

import { SessionGroups } from "./session_groups.ts";
import type { Session } from "./session.ts";

/** What a host is found by, and who is and who looks for it there. */
export interface Door {
  readonly host: Session | undefined;
  /** In the order of their requests; they may leave while they are iterated. */
  readonly clients: Iterable<Session>;
}

/** The doors of one kind. */
export class Hosts {
  readonly #hosts = new Map<string, Session>();
  readonly #clients = new SessionGroups<string>();

  /** Number of entries in all indexes. */
  get size(): number {
    return this.#hosts.size + this.#clients.size;
  }

  /** Who is at a door. */
  doorOf(key: string): Door {
    return { host: this.#hosts.get(key), clients: this.#clients.get(key) };
  }

  /** The Server session at a door. */
  get(key: string): Session | undefined {
    return this.#hosts.get(key);
  }

  /** A host opens its door. One that it takes over must have left before. */
  open(key: string, host: Session): void {
    this.#hosts.set(key, host);
  }

  /** A host leaves its door; its clients stay. */
  close(key: string): void {
    this.#hosts.delete(key);
  }

  /** A client looks for a host. */
  addClient(key: string, client: Session): void {
    this.#clients.add(key, client);
  }

  /** A client looks no longer. */
  removeClient(key: string, client: Session): void {
    this.#clients.remove(key, client);
  }
}
