/**
 * Server-sent events: one message for everybody who looks, made only while somebody does.
 *
 * @module
 */

import type { Clock } from "../clock.ts";

/** Between two messages. */
const INTERVAL_MS = 2_000;
/** Streams at the same time; each holds a connection. */
const MAX_STREAMS = 100;
/** Messages that wait for a slow reader; what comes then is left out for it. */
const MAX_WAITING = 4;

/** Who gets a message: somebody who knows nothing yet, or all who got the one before. */
export type Reader = "newcomer" | "everybody";

/** Everybody who looks at the page now. */
export class EventStreams {
  readonly #clock: Clock;
  readonly #message: (reader: Reader) => string;
  readonly #streams = new Set<ReadableStreamDefaultController<Uint8Array>>();
  #cancelNext: (() => void) | undefined;

  /** @param message makes the text of the next event: one line */
  constructor(clock: Clock, message: (reader: Reader) => string) {
    this.#clock = clock;
    this.#message = message;
  }

  /** Number of streams. */
  get size(): number {
    return this.#streams.size;
  }

  /** A new stream, or `undefined` when there are too many. */
  open(): ReadableStream<Uint8Array> | undefined {
    if (this.#streams.size >= MAX_STREAMS) return undefined;
    let opened: ReadableStreamDefaultController<Uint8Array>;
    return new ReadableStream({
      start: (controller) => {
        opened = controller;
        this.#streams.add(controller);
        controller.enqueue(encode(this.#message("newcomer")));
        this.#cancelNext ??= this.#schedule();
      },
      cancel: () => {
        this.#streams.delete(opened);
        if (this.#streams.size === 0) this.#stopTimer();
      },
    }, { highWaterMark: MAX_WAITING });
  }

  /** Ends all streams. */
  close(): void {
    this.#stopTimer();
    for (const stream of this.#streams) stream.close();
    this.#streams.clear();
  }

  #schedule(): () => void {
    return this.#clock.schedule(INTERVAL_MS, () => {
      const event = encode(this.#message("everybody"));
      for (const stream of this.#streams) {
        if ((stream.desiredSize ?? 0) > 0) stream.enqueue(event);
      }
      this.#cancelNext = this.#schedule();
    });
  }

  #stopTimer(): void {
    this.#cancelNext?.();
    this.#cancelNext = undefined;
  }
}

function encode(line: string): Uint8Array {
  return new TextEncoder().encode(`data: ${line}\n\n`);
}
