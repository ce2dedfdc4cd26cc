/**
 * What a user holds of a stream.
 *
 * @module
 */

/**
 * Ordered bytes between two peers, each way, complete or with an error. Either side writes and ends
 * for itself; a stream outlives the link that it goes over, as its connection does.
 *
 * Both ends are those of the Streams Standard, so that `pipeTo`, `pipeThrough`, `for await`, and what
 * else Deno, Node.js and Bun have for them fits. Chunks of any size do; few large ones cost least.
 *
 * What is given up tells the remote peer a number: `writable.abort(7)` makes its `readable` fail, and
 * `readable.cancel(7)` its `writable`, with a {@linkcode PeerError} `stream_reset` whose `resetCode` is
 * 7. Whatever is no number from 0 to 2^32 - 1 becomes 0.
 */
export interface PeerStream {
  /** What the remote peer writes. Who does not read holds it back, and no other stream. */
  readonly readable: ReadableStream<Uint8Array>;

  /**
   * What the remote peer reads. A write resolves when the bytes are taken, which waits while there are
   * many under way; closing ends this direction alone, and resolves when the remote peer has all that
   * was written. Both fail with a {@linkcode PeerError}: `stream_reset` when the remote peer does not
   * want more, `stream_lost` when the connection is over.
   */
  readonly writable: WritableStream<Uint8Array>;
}
