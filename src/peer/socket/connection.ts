/**
 * What a user holds of a remote peer.
 *
 * @module
 */

import type { Introduction } from "../../protocol/message.ts";
import type { Claims } from "../claims.ts";
import type { Path } from "../path.ts";
import type { SendOutcome } from "../platform/platform.ts";

/**
 * How a connection ended: by `close()` on either side, because the remote peer fell silent, or by an
 * exception in this process, which the iteration throws.
 */
export type ConnectionEnding = "closed_here" | "closed_by_remote" | "lost" | "failed";

/**
 * What became of a datagram on this machine: what its socket made of it, or `no_path` where the
 * peers are to meet again.
 */
export type Passage = SendOutcome | "no_path";

/** What comes of a datagram where there is no path. */
export const NO_PATH: Promise<Passage> = Promise.resolve("no_path");

/** What happens to a connection while it lasts. */
export interface ConnectionEvent {
  /**
   * - `silent`: probes are not answered; the peers are to be introduced again.
   * - `recovered`: they are answered again, on the same link.
   * - `renewed`: the peers met again, and both are who they were.
   * - `restarted`: the peers met again, and the remote one has forgotten this connection: what was
   *   agreed on in it is void.
   */
  readonly kind: "silent" | "recovered" | "renewed" | "restarted";
  /** The remote peer's name, as the connection has it. */
  readonly remoteName: string;
}

/**
 * An open connection to a remote peer. Datagrams may be lost, doubled on their way or overtake each
 * other, as in any UDP; each arrives once at most, only the remote peer can have made it, and nobody
 * between can read it (docs/LINK.md says who can where users have no secret of their own).
 *
 * Iterate over it for the datagrams that arrive; iteration ends when the connection does. A reader
 * that is too slow loses the oldest ones ({@linkcode Connection.droppedCount}). Leaving a loop does
 * not close the connection, and a later loop goes on where it stopped.
 *
 * It outlives the link that it goes over: peers that were introduced again go on with it.
 */
export interface Connection extends AsyncIterable<Uint8Array, undefined>, AsyncDisposable {
  /** What the server said of both peers when they first met, but the PairKey. */
  readonly introduction: Introduction;
  /** The remote peer's name: `IP/PEERPORT` as asked for, or a host's client's observed endpoint. */
  readonly remoteName: string;
  /** What the remote peer said of itself when they first met; nobody vouches for it. */
  readonly claims: Claims;
  /** Resolves when the connection is over. */
  readonly ended: Promise<ConnectionEnding>;
  /** The path in use. It can change: a local one is preferred, and NATs map anew. */
  readonly path: Path;
  /** Smoothed round-trip time of the path, in milliseconds. */
  readonly roundTripMs: number;
  /** Datagrams that arrived and were dropped because nobody iterated fast enough. */
  readonly droppedCount: number;
  /**
   * What the remote peer said when it closed the connection; `undefined` where it said nothing, or
   * did not close it. Text of somebody else: escape what hides before it is shown.
   */
  readonly closeReason: string | undefined;
  /** How often the remote peer forgot this connection and met again as a new one. */
  readonly restartCount: number;
  /**
   * 20 digits, the same on both sides exactly if nobody sits between: what two people without a
   * secret compare by voice. Of the first link; what resumes it needs no comparison.
   */
  readonly fingerprint: string;

  /**
   * Sends a datagram: resolves when the system has taken it, which says nothing of its arrival.
   * Up to about 1,200 bytes fit every path; larger ones may be lost. While the peers are to meet
   * again and have no link, it is lost.
   *
   * @param datagram is read in this call: its memory may be written again as soon as it returns
   * @returns `taken`, or why it is lost already
   * @throws {RangeError} when it is longer than {@linkcode MAX_DATAGRAM_BYTES}
   * @throws {PeerError} `cancelled` when the connection is over
   */
  send(datagram: Uint8Array): Promise<Passage>;

  /**
   * Closes the connection; resolves when the remote peer knows, or 300 ms later at most. A connection
   * that has no link just then ends without a word.
   *
   * @param reason what the remote application is to know, see {@linkcode Connection.closeReason}: at
   * most 256 bytes of UTF-8, sealed like everything else
   * @throws {RangeError} when it is longer
   */
  close(reason?: string): Promise<void>;

  /** The datagrams that arrive. */
  [Symbol.asyncIterator](): AsyncIterator<Uint8Array, undefined>;
}
