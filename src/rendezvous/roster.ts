/**
 * Who is here: sessions by what others look for. Holds only sessions that asked and have no final
 * response yet.
 *
 * @module
 */

import { familyOf } from "../address.ts";
import type { RemoteRequest } from "../protocol/message.ts";
import { type Door, Hosts } from "./hosts.ts";
import { NamedPeers } from "./named_peers.ts";
import { remoteName, type Session, type SessionRequest } from "./session.ts";
import { PairedGroups } from "./session_groups.ts";

/** One kind of doors, and the key of one of them. */
type DoorKey = readonly [Hosts, string];

/** Finds sessions by peer, by pair, by host and by name. */
export class Roster {
  /** By peer and Token: by what a datagram says. */
  readonly #byPeer = new PairedGroups((session) => session.token);
  readonly #hosts = new Hosts();
  readonly #namedHosts = { IPv4: new Hosts(), IPv6: new Hosts() };
  readonly #namedPeers = { IPv4: new NamedPeers(), IPv6: new NamedPeers() };
  /** Clients, and Peers that ask by address, by their type, the local and the remote peer. */
  readonly #waiting = new Map<string, Session>();

  /** Adds a session that asked. Those that it takes over must have left before. */
  add(session: Session): void {
    const { request, localName, names } = session;
    this.#byPeer.add(localName, session);
    if (request === undefined) return;
    if (names !== undefined) return this.#peersLike(session).add(session, names);
    if (request.connectionType === "Server") {
      for (const [hosts, key] of this.#doorKeysOf(session)) hosts.open(key, session);
      return;
    }
    this.#waiting.set(placeOf(session, request), session);
    if (request.connectionType !== "Client") return;
    const [hosts, key] = this.#doorKeyFor(session, request);
    hosts.addClient(key, session);
  }

  /**
   * Removes a session.
   *
   * @returns whether it was here
   */
  remove(session: Session): boolean {
    const { request } = session;
    if (request === undefined || !this.#byPeer.remove(session.localName, session)) return false;
    const { names } = session;
    if (names !== undefined) {
      this.#peersLike(session).remove(session, names);
    } else if (request.connectionType === "Server") {
      for (const [hosts, key] of this.#doorKeysOf(session)) hosts.close(key);
    } else {
      this.#waiting.delete(placeOf(session, request));
    }
    if (request.connectionType === "Client") {
      const [hosts, key] = this.#doorKeyFor(session, request);
      hosts.removeClient(key, session);
    }
    return true;
  }

  /** All sessions of a peer with this Token, or without one. */
  sessionsOf(peer: string, token: string | undefined): Iterable<Session> {
    return this.#byPeer.get(peer, token);
  }

  /** The Server session that a client asks for. */
  hostFor(client: Session, request: RemoteRequest): Session | undefined {
    const [hosts, key] = this.#doorKeyFor(client, request);
    return hosts.get(key);
  }

  /** The doors that a Server session has, or had: for its peer, and for its name. */
  doorsOf(host: Session): Door[] {
    return this.#doorKeysOf(host).map(([hosts, key]) => hosts.doorOf(key));
  }

  /** The Client sessions that wait for a host, by whatever they look for it, in order. */
  clientsOf(host: Session): Iterable<Session> {
    const [first, second] = this.doorsOf(host);
    return second === undefined ? first.clients : inOrder(first.clients, second.clients);
  }

  /** The sessions whose places this one would take: a named host may take two. */
  rivalsOf(session: Session, request: SessionRequest): Session[] {
    if (request.connectionType === "Server") {
      const hosts = this.doorsOf(session).map(({ host }) => host);
      return [...new Set(hosts)].filter((host) => host !== undefined);
    }
    const { names } = session;
    const rival = names === undefined
      ? this.#waiting.get(placeOf(session, request))
      : this.#peersLike(session).rivalOf(session, names);
    return rival === undefined ? [] : [rival];
  }

  /** Whom a Peer meets as soon as both have a lease. */
  partnerOf(session: Session, request: RemoteRequest): Session | undefined {
    const { names } = session;
    return names === undefined
      ? this.#waiting.get(place("Peer", remoteName(session, request), session.localName))
      : this.#peersLike(session).partnerOf(session, names);
  }

  /** A Peer that has nobody to meet has its lease: at a meeting point it is met from now on. */
  becomeReady(session: Session): void {
    const { names } = session;
    if (names !== undefined) this.#peersLike(session).becomeReady(session, names);
  }

  /** Number of entries in all indexes; 0 when nobody is here. */
  get size(): number {
    const { IPv4: hosts4, IPv6: hosts6 } = this.#namedHosts;
    const { IPv4: peers4, IPv6: peers6 } = this.#namedPeers;
    return [this.#byPeer, this.#hosts, this.#waiting, hosts4, hosts6, peers4, peers6]
      .reduce((size, index) => size + index.size, 0);
  }

  #peersLike({ address }: Session): NamedPeers {
    return this.#namedPeers[familyOf(address)];
  }

  #doorKeysOf({ address, localName, ownName }: Session): DoorKey[] {
    const doorOfPeer: DoorKey = [this.#hosts, localName];
    return ownName === undefined
      ? [doorOfPeer]
      : [doorOfPeer, [this.#namedHosts[familyOf(address)], ownName]];
  }

  #doorKeyFor(client: Session, request: RemoteRequest): DoorKey {
    const { remote } = request;
    return "name" in remote
      ? [this.#namedHosts[familyOf(client.address)], remote.name]
      : [this.#hosts, remoteName(client, request)];
  }
}

function placeOf(session: Session, request: RemoteRequest): string {
  return place(request.connectionType, session.localName, remoteName(session, request));
}

function place(type: RemoteRequest["connectionType"], local: string, remote: string): string {
  return `${type} ${local}>${remote}`;
}

/** Two queues as one, in the order of the requests. */
function* inOrder(a: Iterable<Session>, b: Iterable<Session>): Iterable<Session> {
  const [queueA, queueB] = [a[Symbol.iterator](), b[Symbol.iterator]()];
  let [nextA, nextB] = [queueA.next(), queueB.next()];
  while (nextA.done !== true || nextB.done !== true) {
    if (
      nextB.done === true || nextA.done !== true && nextA.value.requestMs <= nextB.value.requestMs
    ) {
      yield nextA.value;
      nextA = queueA.next();
    } else {
      yield nextB.value;
      nextB = queueB.next();
    }
  }
}
