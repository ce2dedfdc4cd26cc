/**
 * What a user holds of a remote peer.
 *
 * @module
 */

import type { Introduction } from "../../protocol/message.ts";
import type { Claims } from "../claims.ts";
import type { Path } from "../path.ts";
import type { SendOutcome } from "../platform/platform.ts";
import type { PeerStream } from "./peer_stream.ts";

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

/** What went through a connection so far, over all of its links. */
export interface ConnectionCounters {
  /** Datagrams that were sealed and given to the system. */
  readonly sentDatagrams: number;
  /** Bytes in them. */
  readonly sentBytes: number;
  /** Datagrams that came and verified, whether somebody iterated fast enough for them or not. */
  readonly receivedDatagrams: number;
  /** Bytes in them. */
  readonly receivedBytes: number;
  /**
   * Packets of the remote peer that did not come, of any kind: each has a number, and there are gaps.
   * One that is only late counts until it comes. What became of one's own, the other side knows.
   */
  readonly missingPackets: number;
}

/** How a stream is opened. */
export interface OpenStreamOptions {
  /** Ends the wait for it, with its reason. */
  readonly signal?: AbortSignal;
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
  /**
   * Largest datagram that is known to fit the path: at first 1,200 bytes, which fit every path, and up
   * to 1,441 (IPv4) or 1,421 (IPv6) as larger ones are found to pass. It changes with the path.
   */
  readonly maxDatagramBytes: number;
  /** What went through it so far. */
  readonly counters: ConnectionCounters;
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
   * What is longer than {@linkcode Connection.maxDatagramBytes} may be lost: it goes in fragments, or
   * not at all. While the peers are to meet again and have no link, it is lost.
   *
   * @param datagram is read in this call: its memory may be written again as soon as it returns
   * @returns `taken`, or why it is lost already
   * @throws {RangeError} when it is longer than {@linkcode MAX_DATAGRAM_BYTES}
   * @throws {TypeError} when it is no Uint8Array, or one whose memory was transferred
   * @throws {PeerError} `cancelled` when the connection is over
   */
  send(datagram: Uint8Array): Promise<Passage>;

  /**
   * Opens a stream: bytes that arrive complete and in order, which datagrams need not. The remote peer
   * finds it among its {@linkcode Connection.incomingStreams} with the first bytes, or its end. Waits
   * while as many are open as the remote peer allows, which are 1,024. A stream is over when both of its
   * directions are: whoever only writes cancels `readable`, whoever only reads closes `writable`.
   *
   * @param options how long to wait
   * @throws {TypeError} when the signal is none
   * @throws {PeerError} `stream_lost` when the connection is over, `no_streams` when the remote peer's
   * version of this library has none, which shows after 10 s
   *
   * @example
   * ```ts ignore
   * const { readable, writable } = await connection.openStream();
   * await file.readable.pipeTo(writable); // The remote peer has all of it.
   * for await (const chunk of readable) console.log("it answers", chunk.length, "bytes");
   * ```
   */
  openStream(options?: OpenStreamOptions): Promise<PeerStream>;

  /**
   * Streams that the remote peer opens: iterate over it, in one place. Ends with the connection. Of
   * more than 1,024 that nobody has taken the oldest is reset.
   *
   * @example
   * ```ts ignore
   * for await (const { readable, writable } of connection.incomingStreams) {
   *   readable.pipeTo(writable).catch(() => {}); // Sends back what comes, on each by itself.
   * }
   * ```
   */
  readonly incomingStreams: AsyncIterableIterator<PeerStream, undefined>;

  /**
   * Closes the connection. Streams that were ended get 10 s to arrive, as long as the remote peer
   * answers; all others end with an error. Then it resolves when the remote peer knows, or 300 ms
   * later at most. A connection that has no link just then ends without a word.
   *
   * @param reason what the remote application is to know, see {@linkcode Connection.closeReason}: at
   * most 256 bytes of UTF-8, sealed like everything else
   * @throws {RangeError} when it is longer
   * @throws {TypeError} when it is no text
   */
  close(reason?: string): Promise<void>;

  /** The datagrams that arrive. */
  [Symbol.asyncIterator](): AsyncIterator<Uint8Array, undefined>;
}
