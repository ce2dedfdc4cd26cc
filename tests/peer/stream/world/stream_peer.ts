/**
 * Drives the streams of one connection in virtual time, as a socket does in real time.
 *
 * @module
 */

import type { Clock } from "../../../../src/clock.ts";
import type { StreamOutput, StreamsOptions } from "../../../../src/peer/stream/stream_events.ts";
import { Streams } from "../../../../src/peer/stream/streams.ts";
import type { Prng } from "../../../simulated/prng.ts";

/** What is under test: the shipped class, or a broken copy of it. */
export type StreamsClass = new (options: StreamsOptions) => Streams;

/** The bytes that a link adds to each body. */
export const LINK_OVERHEAD_BYTES = 31;

/** Who is told of what happens. */
export interface PeerObserver {
  /** A body leaves. */
  onSend(body: Uint8Array): void;
  /** Anything else happens. */
  onEvent(event: Exclude<StreamOutput, { readonly kind: "send" }>): void;
}

/** How a peer is made. */
export interface PeerOptions {
  readonly role: "initiator" | "responder";
  readonly maxBodyBytes: number;
  readonly roundTripMs: number;
  /** Timers come this late at the least, as they do in Deno. */
  readonly timerMs: number;
  readonly streamsClass: StreamsClass;
}

/** One side. */
export class StreamPeer {
  readonly streams: Streams;
  readonly #clock: Clock;
  readonly #observer: PeerObserver;
  readonly #timerMs: number;
  #armedMs = Infinity;
  #cancel: (() => void) | undefined;
  #isPumping = false;

  constructor(clock: Clock, prng: Prng, options: PeerOptions, observer: PeerObserver) {
    const { role, maxBodyBytes, roundTripMs, timerMs, streamsClass } = options;
    this.#clock = clock;
    this.#observer = observer;
    this.#timerMs = timerMs;
    this.streams = new (streamsClass ?? Streams)({
      role,
      maxBodyBytes,
      roundTripMs,
      random: () => prng.fraction(),
      nowMs: clock.nowMs(),
    });
  }

  /** Takes a body. */
  receive(body: Uint8Array): void {
    this.streams.receive(body, this.#clock.nowMs());
    this.pump();
  }

  /** Does what the streams want done. To be called after each call of theirs. */
  pump(): void {
    if (this.#isPumping) return;
    this.#isPumping = true;
    for (let output; (output = this.streams.take(this.#clock.nowMs())) !== undefined;) {
      if (output.kind === "send") this.#observer.onSend(output.body);
      else this.#observer.onEvent(output);
    }
    this.#isPumping = false;
    this.#arm();
  }

  #arm(): void {
    const dueMs = this.streams.nextDeadlineMs;
    if (dueMs === this.#armedMs) return;
    this.#cancel?.();
    this.#armedMs = dueMs;
    if (dueMs === Infinity) return;
    const delayMs = Math.max(dueMs - this.#clock.nowMs(), this.#timerMs);
    this.#cancel = this.#clock.schedule(delayMs, () => {
      this.#armedMs = Infinity;
      this.pump();
    });
  }
}
