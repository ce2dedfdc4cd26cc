/**
 * The sockets of one peer: one for each IP version, and those that it had at earlier addresses.
 *
 * @module
 */

import type { Platform } from "./platform/platform.ts";
import { OwnSockets } from "./signaling/own_sockets.ts";
import type { RegisteredSocket } from "./signaling/registration.ts";
import { PeerSocket } from "./socket/peer_socket.ts";

/** Peer sockets by what the server knows of them. */
export class PeerSockets {
  /** What is registered for them. */
  readonly own = new OwnSockets();
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

  /** The peer socket over a registered one, which serves its links when nobody else has it. */
  of(registered: RegisteredSocket): PeerSocket {
    const known = this.#sockets.get(registered);
    if (known !== undefined) return known;
    const { udp, local, side } = registered;
    const socket = new PeerSocket(this.#platform, udp, local, side?.udp);
    this.#sockets.set(registered, socket);
    registered.onUnused = () => {
      this.#sockets.delete(registered);
      socket.retire();
    };
    return socket;
  }
}
