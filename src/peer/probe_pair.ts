/**
 * This machine introduced to itself: two PeerPorts, two sockets.
 *
 * @module
 */

import type { Address, Endpoint } from "../address.ts";
import { withTimeout } from "../async/waiting.ts";
import type { Introduction, PeerPort } from "../protocol/message.ts";
import { PROBE_ANSWER_TIMEOUT_MS } from "./limits.ts";
import type { RegisteredSocket } from "./signaling/registration.ts";
import type { Route } from "./signaling/routes.ts";
import { newToken, randomPeerPort, type Setup } from "./signaling/setup.ts";
import { type IntroducedSocket, StandingRequest } from "./signaling/standing_request.ts";

/** One of something for each of the two sockets. */
export type Both<Thing> = readonly [Thing, Thing];

/** Two sockets, and what the server said of them. */
export interface Pair {
  readonly sockets: Both<RegisteredSocket>;
  readonly introductions: Both<Introduction>;
}

/** Has two sockets introduced, works with them, and closes them. */
export async function withPair<Result>(
  setup: Setup,
  server: Endpoint,
  address: Address | "own",
  work: (pair: Pair) => Promise<Result>,
): Promise<Result> {
  const pair = await introducePair(setup, server, address);
  try {
    return await work(pair);
  } finally {
    for (const { udp } of pair.sockets) udp.close();
  }
}

/**
 * Has two sockets introduced, with new PeerPorts and Tokens, so that no older registration can
 * answer for a newer one.
 *
 * @param address this machine's own, as both peers ask for it; only an address uses no extensions
 * @param sockets of an earlier introduction; default: new ones
 * @throws {PeerError} when the server refuses
 * @throws {Error} when there is no introduction in time
 */
export async function introducePair(
  setup: Setup,
  server: Endpoint,
  address: Address | "own",
  sockets?: Both<RegisteredSocket>,
): Promise<Pair> {
  const { clock, secrets } = setup.platform;
  const [a, b] = [randomPeerPort(secrets), randomPeerPort(secrets)];
  const ask = (i: 0 | 1, localPeerPort: PeerPort, peerPort: PeerPort, signal: AbortSignal) => {
    const token = address === "own" ? newToken(secrets) : undefined;
    const route = { server, remote: { address, peerPort } };
    return introduceOne({ ...setup, localPeerPort, token, signal }, route, sockets?.[i]);
  };
  const [first, second] = await withTimeout(
    clock,
    PROBE_ANSWER_TIMEOUT_MS,
    setup.signal,
    (signal) => bothOrNeither(signal, (signal) => [ask(0, a, b, signal), ask(1, b, a, signal)]),
  );
  return {
    sockets: [first.socket, second.socket],
    introductions: [first.introduction, second.introduction],
  };
}

async function introduceOne(
  setup: Setup,
  route: Route,
  socket: RegisteredSocket | undefined,
): Promise<IntroducedSocket> {
  const request = new StandingRequest(setup, {
    mode: "Peer",
    routes: () => Promise.resolve([route]),
    socket,
  });
  try {
    return (await request[Symbol.asyncIterator]().next()).value as IntroducedSocket;
  } finally {
    request.close();
  }
}

/** When one fails the other is given up: a socket whose partner got none is nobody's. */
async function bothOrNeither(
  signal: AbortSignal,
  ask: (signal: AbortSignal) => Both<Promise<IntroducedSocket>>,
): Promise<Both<IntroducedSocket>> {
  const failed = new AbortController();
  const both = ask(AbortSignal.any([signal, failed.signal]));
  try {
    return await Promise.all(both);
  } catch (error) {
    failed.abort();
    for (const introduced of both) introduced.then(({ socket }) => socket.close(), () => {});
    throw error;
  }
}
