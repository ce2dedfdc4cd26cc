/**
 * The sockets of one peer: one for each IP version, and those that it had at earlier addresses.
 *
 * @module
 */

import { familyOf } from "../address.ts";
import type { Platform } from "./platform/platform.ts";
import type { RegisteredSocket } from "./signaling/registration.ts";
import { PeerSocket } from "./socket/peer_socket.ts";

/** Peer sockets by what the server knows of them. */
export class PeerSockets {
  readonly #platform: Platform;
  readonly #sockets = new Map<RegisteredSocket, PeerSocket>();

  constructor(platform: Platform) {
    this.#platform = platform;
  }

  /**
   * Hears what comes to a socket from its registration on: remote peers of an earlier process, and
   * those that are quicker than the server's word of them.
   */
  listen(registered: RegisteredSocket): void {
    this.of(registered).listen();
  }

  /** The peer socket over a registered one; others of its IP version serve the links that they have. */
  of(registered: RegisteredSocket): PeerSocket {
    const known = this.#sockets.get(registered);
    if (known !== undefined) return known;
    const { udp, local } = registered;
    this.#retire((other) => familyOf(other.local.address) === familyOf(local.address));
    const socket = new PeerSocket(this.#platform, udp, local);
    this.#sockets.set(registered, socket);
    return socket;
  }

  /** The same; all others serve the links that they have. */
  only(registered: RegisteredSocket): PeerSocket {
    this.#retire((other) => other !== registered);
    return this.of(registered);
  }

  /** Closes all, and their links with notice. */
  async close(): Promise<void> {
    await Promise.all([...this.#sockets.values()].map((socket) => socket.close()));
  }

  #retire(isOld: (registered: RegisteredSocket) => boolean): void {
    for (const [registered, socket] of this.#sockets) {
      if (!isOld(registered)) continue;
      this.#sockets.delete(registered);
      socket.retire();
    }
  }
}
