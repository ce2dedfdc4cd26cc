/**
 * The sockets of this program that are registered, by what the server knows them by: requests of one
 * peer share one.
 *
 * @module
 */

import type { Address } from "../../address.ts";
import { RegisteredSocket } from "./registration.ts";
import type { Setup } from "./setup.ts";

/** Who a socket is registered as. */
export type Registrant = Pick<Setup, "localPeerPort" | "token" | "networks" | "platform">;

/** Sockets that may be shared. */
export class OwnSockets {
  readonly #sockets = new Map<string, RegisteredSocket>();

  /**
   * The socket at `address`, shared where there is one, and the caller's to close.
   *
   * @param port of a new one, see {@linkcode RegisteredSocket}
   * @throws {PeerError} `server_unreachable` when this machine cannot bind it
   */
  at({ localPeerPort, token, networks, platform }: Registrant, address: Address, port: number) {
    // Without a Token nobody knows whether two requests are of one peer.
    const key = `${address} ${localPeerPort} ${token}`;
    const shared = this.#sockets.get(key);
    if (shared?.isInUse === true && token !== undefined) return shared.share();
    const socket = new RegisteredSocket(platform, address, port, networks);
    for (const [old, { isInUse }] of this.#sockets) if (!isInUse) this.#sockets.delete(old);
    this.#sockets.set(key, socket);
    return socket;
  }
}
