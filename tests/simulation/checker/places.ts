/**
 * Where a `Client` or `Peer` waits, and whom it meets there. One session has a place at a time.
 *
 * @module
 */

import { type Address, familyOf } from "../../../src/address.ts";
import type { PeerPort, RemoteRequest } from "../../../src/protocol/message.ts";

/** A place among those of one kind. */
interface Spot {
  readonly of: string;
  readonly within: string;
}

/** Where a session waits, and where whom it meets does. */
export interface Place extends Spot {
  readonly meets: Spot | "whoever is ready";
}

/** Names a peer. */
export function peerName(address: Address, peerPort: PeerPort): string {
  return `${address}/${peerPort}`;
}

/** A name that a session gives itself or another one: each IP version has its own. */
export function givenName(address: Address, name: string): string {
  return `${familyOf(address)} ${JSON.stringify(name)}`;
}

/** What the remote peer of a request is called. */
export function remoteNameOf(address: Address, { remote }: RemoteRequest): string {
  if ("name" in remote) return givenName(address, remote.name);
  return peerName(remote.address === "own" ? address : remote.address, remote.peerPort);
}

/** The place of a request, made from `address`. */
export function placeOf(
  { address, name, remoteName }: { address: Address; name: string; remoteName: string },
  { connectionType, remote, extension }: RemoteRequest,
): Place {
  const isNamedPeer = connectionType === "Peer" && "name" in remote;
  const ownName = isNamedPeer ? givenName(address, extension?.localName as string) : name;
  if (isNamedPeer && ownName === remoteName) {
    const within = extension?.token as string;
    return { of: `meeting point ${ownName}`, within, meets: "whoever is ready" };
  }
  return {
    of: `${connectionType} ${ownName}`,
    within: remoteName,
    meets: { of: `Peer ${remoteName}`, within: ownName },
  };
}
