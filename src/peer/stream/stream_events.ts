/**
 * What the streams of a connection need, and what they want done.
 *
 * @module
 */

import type { MemoryShare } from "./memory_pool.ts";

/** What the streams of a connection need. */
export interface StreamsOptions {
  /**
   * Which side opens the streams with even numbers: that of the connection's first link, and the
   * same for as long as the connection lasts, whatever roles later links have.
   */
  readonly role: "initiator" | "responder";
  /** Bytes that the body of one packet may have on the present path. */
  readonly maxBodyBytes: number;
  /** Round-trip time of the link in milliseconds, as far as it is known: a first guess. */
  readonly roundTripMs: number;
  /** At least 0 and less than 1; nobody may guess what comes next. */
  readonly random: () => number;
  readonly nowMs: number;
  /** What the connection may hold of what all share; default: as much as each limit allows. */
  readonly memory?: MemoryShare;
}

/** What the streams want done, in this order. */
export type StreamOutput =
  /** A packet of the type `stream` with this body, which is valid until the next output is taken. */
  | { readonly kind: "send"; readonly body: Uint8Array }
  /** The remote peer has opened a stream. */
  | { readonly kind: "opened"; readonly stream: number }
  /** There is something to read: read until there is nothing; the next one is told again. */
  | { readonly kind: "readable"; readonly stream: number }
  /** All that the remote peer wrote, to the end, was read. */
  | { readonly kind: "ended"; readonly stream: number }
  /** The remote peer gave up what it was writing; what was not read is gone. */
  | { readonly kind: "reset"; readonly stream: number; readonly code: number }
  /** There is room again, after `write` took less than it was given. */
  | { readonly kind: "writable"; readonly stream: number }
  /** The remote peer has all that was written, to the end. */
  | { readonly kind: "finished"; readonly stream: number }
  /** The remote peer does not want what is written here; nothing more is taken. */
  | { readonly kind: "stopped"; readonly stream: number; readonly code: number }
  /** A stream can be opened again, after `open` could not. */
  | { readonly kind: "openable" }
  /** All streams are over: the remote peer broke the rules. Told once, and nothing after it. */
  | { readonly kind: "failed"; readonly reason: string };

/** What went through, since the beginning. */
export interface StreamCounters {
  readonly sentPackets: number;
  readonly sentBytes: number;
  readonly receivedPackets: number;
  readonly receivedBytes: number;
  /** Packets that were taken for lost. */
  readonly lostPackets: number;
  /** Of these, packets whose acknowledgement came after all. */
  readonly lateAcks: number;
  /** Bytes of streams that were sent once more. */
  readonly resentBytes: number;
  /** Smoothed, in milliseconds. */
  readonly roundTripMs: number;
  /** What the path is thought to carry, in bytes a second. */
  readonly bandwidth: number;
}
