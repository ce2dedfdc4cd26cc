/**
 * Reliable, ordered bytes over packets that are lost and overtaken: all streams of one connection. A
 * state machine without sockets and clock, that outlives links.
 *
 * @module
 */

import type { StreamCounters, StreamOutput } from "./stream_events.ts";

/**
 * All streams of one connection. Each is two-way: either side writes, ends, resets for itself. A
 * stream that this side does not know any more takes and gives nothing, and says so by doing nothing.
 *
 * Whoever drives it calls {@linkcode Streams.take} until there is nothing after every other call, and
 * when the deadline has come.
 */
export interface Streams {
  /** When `take` is to be called though nothing happened; `Infinity`: never. */
  readonly nextDeadlineMs: number;
  /** What went through. */
  readonly counters: StreamCounters;

  /** Says how large a packet may be from now on. */
  setMaxBodyBytes(bytes: number): void;

  /** The link goes another way, or a new one has taken its place: nothing is known of the path. */
  pathChanged(roundTripMs: number, nowMs: number): void;

  /** Opens a stream. @returns its number; `undefined` while as many are open as the remote allows */
  open(): number | undefined;

  /** Writes. @returns how many of the bytes were taken, from the first on; `writable` follows if not all */
  write(stream: number, bytes: Uint8Array): number;

  /** Ends what this side writes; `finished` follows. */
  end(stream: number): void;

  /** Gives up what this side writes, even after `end`; the remote peer gets `code`, 0 to 2^32 - 1. */
  reset(stream: number, code: number): void;

  /** What can be read, at most `maxBytes`; nobody else has these bytes. `undefined`: nothing now. */
  read(stream: number, maxBytes?: number): Uint8Array | undefined;

  /** Wants nothing more of what the remote peer writes; it gets `code`, 0 to 2^32 - 1. */
  stop(stream: number, code: number): void;

  /** Takes the body of a packet of the type `stream`, which may be overwritten afterwards. */
  receive(body: Uint8Array, nowMs: number): void;

  /** The next thing to do, in order; `undefined`: nothing now. */
  take(nowMs: number): StreamOutput | undefined;
}
