/**
 * This machine introduced to itself: two PeerPorts, two sockets.
 *
 * @module
 */

import { type Address, type Endpoint, familyOf } from "../../address.ts";
import type { Introduction, PeerPort } from "../../protocol/message.ts";
import { askWith } from "../../peer/signaling/ask.ts";
import { PROBE_ANSWER_TIMEOUT_MS } from "../../peer/limits.ts";
import { newToken, randomPeerPort, type Setup } from "../../peer/options.ts";
import { PeerSocket } from "../../peer/socket/peer_socket.ts";
import { withTimeout } from "../../async/waiting.ts";

/** One of something for each of the two sockets. */
export type Both<Thing> = readonly [Thing, Thing];

/** Two sockets, and what the server said of them. */
export interface Pair {
  readonly sockets: Both<PeerSocket>;
  readonly introductions: Both<Introduction>;
}

/** Opens two sockets, has them introduced, works with them, and closes them. */
export async function withPair<Result>(
  setup: Setup,
  server: Endpoint,
  address: Address | "own",
  work: (pair: Pair) => Promise<Result>,
): Promise<Result> {
  const open = () => new PeerSocket(setup.platform, familyOf(server.address));
  const sockets = [open(), open()] as const;
  try {
    return await work({ sockets, introductions: await introduce(setup, server, address, sockets) });
  } finally {
    await Promise.all(sockets.map((socket) => socket.close()));
  }
}

/**
 * Has two sockets introduced, with new PeerPorts and Tokens, so that no older registration can
 * answer for a newer one.
 *
 * @param address this machine's own, as both peers ask for it; only an address uses no extensions
 * @throws {PeerError} when the server refuses
 * @throws {Error} when there is no introduction in time
 */
export async function introduce(
  setup: Setup,
  server: Endpoint,
  address: Address | "own",
  sockets: Both<PeerSocket>,
): Promise<Both<Introduction>> {
  const { clock, secrets } = setup.platform;
  const [a, b] = [randomPeerPort(secrets), randomPeerPort(secrets)];
  return await withTimeout(clock, PROBE_ANSWER_TIMEOUT_MS, setup.signal, async (timeout) => {
    const failed = new AbortController();
    const signal = AbortSignal.any([timeout, failed.signal]);
    const ask = (socket: PeerSocket, localPeerPort: PeerPort, peerPort: PeerPort) => {
      const token = address === "own" ? newToken(secrets) : undefined;
      const route = { server, remote: { address, peerPort } };
      return askWith(socket, { ...setup, localPeerPort, token, signal }, route, "Peer");
    };
    try {
      return await Promise.all([ask(sockets[0], a, b), ask(sockets[1], b, a)]);
    } finally {
      failed.abort();
    }
  });
}
