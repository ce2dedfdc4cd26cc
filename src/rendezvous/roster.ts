/**
 * Who is here: sessions by what others look for. Holds only sessions that asked and have no final
 * response yet.
 *
 * @module
 */

import type { RemoteRequest } from "../protocol/message.ts";
import { remoteName, type Session, type SessionRequest } from "./session.ts";

/** Finds sessions by peer, by pair and by host. */
export class Roster {
  readonly #byPeer = new Groups();
  readonly #clientsByHost = new Groups();
  readonly #hosts = new Map<string, Session>();
  /** Peer and Client sessions by their type, the local and the remote peer. */
  readonly #waiting = new Map<string, Session>();

  /** Adds a session that asked. One that it takes over must have left before. */
  add(session: Session): void {
    const { request, localName } = session;
    this.#byPeer.add(localName, session);
    if (request?.connectionType === "Server") this.#hosts.set(localName, session);
    if (request?.connectionType === "Client") {
      this.#clientsByHost.add(remoteName(session, request), session);
    }
    if (request !== undefined && request.connectionType !== "Server") {
      const { connectionType } = request;
      this.#waiting.set(place(connectionType, localName, remoteName(session, request)), session);
    }
  }

  /**
   * Removes a session.
   *
   * @returns whether it was here
   */
  remove(session: Session): boolean {
    const { request } = session;
    if (request === undefined) return false;
    const { localName } = session;
    if (!this.#byPeer.remove(localName, session)) return false;
    if (request.connectionType === "Server") this.#hosts.delete(localName);
    if (request.connectionType === "Client") {
      this.#clientsByHost.remove(remoteName(session, request), session);
    }
    if (request.connectionType !== "Server") {
      const { connectionType } = request;
      this.#waiting.delete(place(connectionType, localName, remoteName(session, request)));
    }
    return true;
  }

  /** All sessions of a peer. */
  sessionsOf(peer: string): Iterable<Session> {
    return this.#byPeer.get(peer);
  }

  /** The Server session of a peer. */
  hostOf(peer: string): Session | undefined {
    return this.#hosts.get(peer);
  }

  /** The Client sessions that wait for a host, in the order of their requests. */
  clientsOf(host: string): Iterable<Session> {
    return this.#clientsByHost.get(host);
  }

  /** The session whose place this one would take. */
  rivalOf(session: Session, request: SessionRequest): Session | undefined {
    const { localName } = session;
    return request.connectionType === "Server"
      ? this.#hosts.get(localName)
      : this.#waiting.get(place(request.connectionType, localName, remoteName(session, request)));
  }

  /** The remote peer's session that waits for this one. */
  partnerOf(session: Session, request: RemoteRequest): Session | undefined {
    return this.#waiting.get(place("Peer", remoteName(session, request), session.localName));
  }

  /** Number of entries in all indexes; 0 when nobody is here. */
  get size(): number {
    return this.#byPeer.size + this.#clientsByHost.size + this.#hosts.size + this.#waiting.size;
  }
}

function place(type: RemoteRequest["connectionType"], local: string, remote: string): string {
  return `${type} ${local}>${remote}`;
}

/** Sessions by name. Most names have one, which then takes no list. */
class Groups {
  readonly #groups = new Map<string, Session | Set<Session>>();

  get size(): number {
    return this.#groups.size;
  }

  /** Members may leave while they are iterated. */
  get(name: string): Iterable<Session> {
    const group = this.#groups.get(name);
    if (group === undefined) return [];
    return group instanceof Set ? group : [group];
  }

  add(name: string, session: Session): void {
    const group = this.#groups.get(name);
    if (group === undefined) this.#groups.set(name, session);
    else if (group instanceof Set) group.add(session);
    else this.#groups.set(name, new Set([group, session]));
  }

  /** Whether the session was there. */
  remove(name: string, session: Session): boolean {
    const group = this.#groups.get(name);
    if (group === session) return this.#groups.delete(name);
    if (!(group instanceof Set) || !group.delete(session)) return false;
    if (group.size === 0) this.#groups.delete(name);
    return true;
  }
}
