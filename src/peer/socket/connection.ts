/**
 * What a user holds of a link: an open connection to a remote peer.
 *
 * @module
 */

import type { Introduction } from "../../protocol/message.ts";
import { PeerError } from "../errors.ts";
import { MAX_DATAGRAM_BYTES, MAX_QUEUED_DATAGRAMS } from "../limits.ts";
import type { Link } from "../link/link.ts";
import type { LinkEnding } from "../link/link_options.ts";
import type { Path } from "../path.ts";
import { Queue } from "../../async/queue.ts";

/** How a connection ended: by `close()` on either side, or because the remote peer fell silent. */
export type ConnectionEnding = "closed_here" | "closed_by_remote" | "lost";

/**
 * An open connection to a remote peer. Datagrams may be lost, doubled on their way or overtake each
 * other, as in any UDP; each arrives once at most, and only the remote peer can have made it. They
 * are not encrypted.
 *
 * Iterate over it for the datagrams that arrive; iteration ends when the connection does. A reader
 * that is too slow loses the oldest ones ({@linkcode Connection.droppedCount}). Leaving a loop does
 * not close the connection, and a later loop goes on where it stopped.
 */
export class Connection implements AsyncIterable<Uint8Array> {
  /** What the server said of both peers. */
  readonly introduction: Introduction;
  /** The remote peer's name: `IP/PEERPORT` as asked for, or a host's client's observed endpoint. */
  readonly remoteName: string;
  /** Resolves when the connection is over. */
  readonly ended: Promise<ConnectionEnding>;
  readonly #link: Link;
  readonly #received: Queue<Uint8Array>;
  readonly #gone: Promise<void>;
  #isOver = false;

  /** Made by `host`, `join` and `connect`; not for direct use. */
  constructor(parts: ConnectionParts) {
    this.introduction = parts.introduction;
    this.remoteName = parts.remoteName;
    this.#link = parts.link;
    this.#received = parts.received;
    this.#gone = parts.gone;
    this.ended = parts.ending.then((ending) => {
      this.#isOver = true;
      return ending;
    });
  }

  /** The path in use. It can change: a local one is preferred, and NATs map anew. */
  get path(): Path {
    return this.#link.path as Path;
  }

  /** Smoothed round-trip time of the path, in milliseconds. */
  get roundTripMs(): number {
    return this.#link.roundTripMs as number;
  }

  /** Datagrams that arrived and were dropped because nobody iterated fast enough. */
  get droppedCount(): number {
    return this.#received.droppedCount;
  }

  /**
   * Sends a datagram: resolves when the system has taken it, which says nothing of its arrival.
   * Up to about 1,200 bytes fit every path; larger ones may be lost.
   *
   * @throws {RangeError} when it is longer than {@linkcode MAX_DATAGRAM_BYTES}
   * @throws {PeerError} `cancelled` when the connection is over
   */
  send(datagram: Uint8Array): Promise<void> {
    if (this.#isOver || !this.#link.isOpen) {
      return Promise.reject(
        new PeerError("cancelled", `Cannot send to ${this.remoteName}: the connection is over`),
      );
    }
    if (datagram.length > MAX_DATAGRAM_BYTES) {
      return Promise.reject(
        new RangeError(
          `Cannot send a datagram: expected at most ${MAX_DATAGRAM_BYTES} bytes, ` +
            `received ${datagram.length}`,
        ),
      );
    }
    return this.#link.send(datagram);
  }

  /** Closes the connection; resolves when the remote peer knows, or 300 ms later at most. */
  close(): Promise<void> {
    this.#link.close();
    return this.#gone;
  }

  /** The datagrams that arrive. */
  [Symbol.asyncIterator](): AsyncIterator<Uint8Array, undefined> {
    return this.#received;
  }

  /** For `await using`. */
  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }
}

/** What a connection is made of. */
export interface ConnectionParts {
  readonly introduction: Introduction;
  readonly remoteName: string;
  readonly link: Link;
  readonly received: Queue<Uint8Array>;
  readonly ending: Promise<ConnectionEnding>;
  readonly gone: Promise<void>;
}

/** A link that is being opened, and the connection that comes of it. */
export class Opening {
  /** Resolves with the open connection. Rejects with a `punch_failed` error, or when aborted. */
  readonly connection: Promise<Connection>;
  readonly received = new Queue<Uint8Array>(MAX_QUEUED_DATAGRAMS);
  readonly #opened = Promise.withResolvers<Connection>();
  readonly #ending = Promise.withResolvers<ConnectionEnding>();
  readonly #gone = Promise.withResolvers<void>();
  #state: "opening" | "open" | "over" = "opening";

  constructor() {
    this.connection = this.#opened.promise;
  }

  /** Resolves when nothing remains to be sent. */
  get gone(): Promise<void> {
    return this.#gone.promise;
  }

  /** The link has a path. */
  open(introduction: Introduction, remoteName: string, link: Link): void {
    this.#state = "open";
    const { received } = this;
    const ending = this.#ending.promise;
    this.#opened.resolve(
      new Connection({ introduction, remoteName, link, received, ending, gone: this.gone }),
    );
  }

  /** The link is over. */
  end(ending: LinkEnding, remoteName: string): void {
    if (this.#state === "opening") {
      this.#opened.reject(
        ending.reason === "punch_failed"
          ? ending.error
          : new PeerError("cancelled", `Cannot reach ${remoteName}: closed on this side`),
      );
    } else if (ending.reason !== "punch_failed") {
      this.#ending.resolve(ending.reason);
    }
    this.#state = "over";
    this.received.end();
  }

  /** The link has nothing more to do. */
  go(): void {
    this.#gone.resolve();
  }
}
