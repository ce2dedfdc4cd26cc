/**
 * What an introduction says of the link that is to come: who begins, and why there can be none.
 *
 * @module
 */

import { formatEndpoint, isSameEndpoint } from "../../address.ts";
import type { Introduction, Mode } from "../../protocol/message.ts";
import { type Role, roleAmongEquals } from "../channel/link_keys.ts";
import { PeerError } from "../errors.ts";

/** What both sides know of their link before its first packet. */
export interface LinkTerms {
  /** 32 hex digits. */
  readonly pairKey: string;
  readonly role: Role;
}

/**
 * Reads them.
 *
 * @throws {PeerError} `punch_failed` where there can be no link
 */
export function linkTermsOf(
  mode: Mode,
  introduction: Introduction,
  remoteName: string,
): LinkTerms {
  const pairKey = introduction.extension?.pairKey;
  if (pairKey === undefined) throw withoutPairKey(introduction, remoteName);
  const role = roleOf(mode, introduction);
  if (role === undefined) throw toOneself(introduction, remoteName);
  return { pairKey, role };
}

/** @returns `undefined` where this peer was introduced to itself */
function roleOf(mode: Mode, { source, dest }: Introduction): Role | undefined {
  if (isSameEndpoint(source, dest)) return undefined;
  switch (mode) {
    case "Client":
      return "initiator";
    case "Server":
      return "responder";
    case "Peer":
      return roleAmongEquals(source, dest);
  }
}

function withoutPairKey({ dest, extension }: Introduction, remoteName: string): PeerError {
  const who = extension === undefined ? "the server" : "the remote peer";
  return new PeerError(
    "punch_failed",
    `Cannot reach ${remoteName} at ${formatEndpoint(dest)}: expected a PairKey, received none, ` +
      `since ${who} knows no extensions of the protocol: a plain one. It is no matter of NATs; ` +
      `introduce() hands over the socket and both endpoints for a UDP protocol of your own`,
  );
}

function toOneself({ dest }: Introduction, remoteName: string): PeerError {
  return new PeerError(
    "punch_failed",
    `Cannot reach ${remoteName}: expected another peer, received this one's own endpoint ` +
      formatEndpoint(dest),
  );
}
