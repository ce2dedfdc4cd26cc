/**
 * What users say when they host, join or connect, made ready for use.
 *
 * @module
 */

import { agreementOf } from "./agreement.ts";
import type { LinkTimes } from "./link/link_times.ts";
import { underName } from "./name_tokens.ts";
import { type ConnectionOptions, type PeerKind, setUp, toFunction } from "./options.ts";
import { PeerSockets } from "./peer_sockets.ts";
import type { Setup } from "./signaling/setup.ts";
import { Acceptance } from "./socket/acceptance.ts";
import type { ConnectOptions } from "./socket/conversation.ts";
import { linkTimes } from "./times.ts";

/** How connections are made, whomever they are with. */
export type ConnectionTerms = Pick<ConnectOptions, "secret" | "acceptance"> & {
  readonly times: LinkTimes;
};

/** A peer that is ready to ask the server. */
export interface PreparedPeer {
  readonly setup: Setup;
  readonly sockets: PeerSockets;
  readonly terms: ConnectionTerms;
  /** By which both sides of a code are known; `undefined` without a code. */
  readonly name: string | undefined;
  /** To be called when it is over. */
  readonly giveBack: () => void;
}

/**
 * Prepares a peer.
 *
 * @param shared sockets of the same peer; default: its own
 * @throws {TypeError} naming what was expected
 * @throws {RangeError} when the secret is too short
 * @throws the signal's reason once it is aborted
 */
export async function preparePeer(
  options: ConnectionOptions,
  kind: PeerKind,
  shared?: PeerSockets,
): Promise<PreparedPeer> {
  const unnamed = setUp(options, kind);
  const { platform, signal } = unnamed;
  const { accept } = options;
  const acceptance = accept === undefined
    ? undefined
    : new Acceptance(toFunction("accept", accept), platform.clock);
  const times = linkTimes(options);
  const { name, secret } = await agreementOf(options);
  signal.throwIfAborted();
  const sockets = shared ?? new PeerSockets(platform);
  const own: Setup = { ...unnamed, networks: "all", sockets: sockets.own };
  // Who asks for a host has no name itself.
  const ownName = kind === "joiner" ? undefined : name;
  const { setup, giveBack } = underName(own, ownName, options.token);
  return { setup, sockets, terms: { secret, acceptance, times }, name, giveBack };
}
