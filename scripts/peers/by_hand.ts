/**
 * Two ends of a link that nobody introduces but whoever starts them.
 *
 * @module
 */

import type { Endpoint } from "../../src/address.ts";
import { systemPlatform } from "../../src/peer/platform/node_platform.ts";
import type { Connection } from "../../src/peer/socket/connection.ts";
import { PeerSocket } from "../../src/peer/socket/peer_socket.ts";

/** There is nobody to keep it from. */
const PAIR_KEY = "0".repeat(32);

/** The endpoints of one end. */
export interface EndpointsOfEnd {
  /** Of its own socket. */
  readonly own: Endpoint;
  /** What the other end sees of it, where something is between them; default: `own`. */
  readonly seen?: Endpoint;
  /** To which it sends. */
  readonly remote: Endpoint;
}

/** Connects one end; who sends begins. @returns the connection, and the socket to close after it */
export async function connectByHand(
  task: "send" | "receive",
  { own, seen = own, remote }: EndpointsOfEnd,
): Promise<{ readonly connection: Connection; readonly socket: PeerSocket }> {
  const socket = new PeerSocket(systemPlatform, systemPlatform.network.openUdp(own), own);
  const connection = await socket.connect(
    { source: seen, dest: remote, extension: { pairKey: PAIR_KEY, destAgeMs: 0 } },
    "the other end",
    { mode: task === "send" ? "Client" : "Server" },
  );
  return { connection, socket };
}
