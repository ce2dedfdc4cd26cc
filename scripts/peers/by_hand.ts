/**
 * Two ends of a link on loopback that nobody introduces but whoever starts them.
 *
 * @module
 */

import { systemPlatform } from "../../src/peer/platform/node_platform.ts";
import type { Connection } from "../../src/peer/socket/connection.ts";
import { PeerSocket } from "../../src/peer/socket/peer_socket.ts";

const ADDRESS = "127.0.0.1";
/** There is nobody to keep it from. */
const PAIR_KEY = "0".repeat(32);

/** The ports of one end. */
export interface EndPorts {
  /** Of its own socket. */
  readonly own: number;
  /** What the other end sees of it, where something is between them; default: `own`. */
  readonly seen?: number;
  /** To which it sends. */
  readonly remote: number;
}

/** Connects one end; who sends begins. @returns the connection, and the socket to close after it */
export async function connectByHand(
  task: "send" | "receive",
  { own, seen = own, remote }: EndPorts,
): Promise<{ readonly connection: Connection; readonly socket: PeerSocket }> {
  const [local, source, dest] = [own, seen, remote].map((port) => ({ address: ADDRESS, port }));
  const socket = new PeerSocket(systemPlatform, systemPlatform.network.openUdp(local), local);
  const connection = await socket.connect(
    { source, dest, extension: { pairKey: PAIR_KEY, destAgeMs: 0 } },
    "the other end",
    { mode: task === "send" ? "Client" : "Server" },
  );
  return { connection, socket };
}
