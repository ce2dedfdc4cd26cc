/**
 * The two ends of one stream as the Streams Standard has them.
 *
 * @module
 */

import { PeerError } from "../errors.ts";
import { GATHER_MS, MAX_DELIVERY_BYTES, WRITE_AHEAD_BYTES } from "../limits.ts";
import type { PeerStream } from "./peer_stream.ts";
import { toBytes } from "./user_input.ts";

/** What a stream does with what is below it; calls may bring events before they return. */
export interface StreamFloor {
  /** @returns how many bytes were taken */
  write(bytes: Uint8Array): number;
  end(): void;
  reset(code: number): void;
  /** What can be read now, a piece of it; brings no event by itself. */
  read(): Uint8Array | undefined;
  /** The reader wants what there is: brings {@linkcode StreamEnds.onReadable}. */
  want(): void;
  stop(code: number): void;
}

/** The codes of resets are 32 bits. */
const MAX_RESET_CODE = 2 ** 32 - 1;

/** See {@linkcode PeerStream}. */
export class StreamEnds implements PeerStream {
  readonly readable: ReadableStream<Uint8Array>;
  readonly writable: WritableStream<Uint8Array>;
  readonly #floor: StreamFloor;
  #reader!: ReadableStreamDefaultController<Uint8Array>;
  #writer!: WritableStreamDefaultController;
  #deliveredMs = -Infinity;
  /** Whether the last delivery left something. */
  #hasMore = false;
  /** Somebody waits for bytes. */
  #wanted: PromiseWithResolvers<void> | undefined;
  #isWriting = false;
  /** The write waits for room. */
  #room: PromiseWithResolvers<void> | undefined;
  /** Somebody waits until the remote peer has all. */
  #closing: PromiseWithResolvers<void> | undefined;
  #isReadOver = false;
  #isWriteOver = false;
  /** Why nothing more can arrive. */
  #lost: PeerError | undefined;

  constructor(floor: StreamFloor) {
    this.#floor = floor;
    this.readable = new ReadableStream({
      start: (controller) => void (this.#reader = controller),
      pull: () => this.#pull(),
      cancel: (reason) => this.#cancel(reason),
    }, { highWaterMark: 0 });
    this.writable = new WritableStream({
      start: (controller) => {
        this.#writer = controller;
        // A write that waits for room would keep an abort waiting as well.
        const signal = signalOf(controller);
        signal.addEventListener("abort", () => this.#abort(signal.reason));
      },
      write: (chunk) => this.#write(chunk),
      close: () => this.#close(),
    }, { highWaterMark: WRITE_AHEAD_BYTES, size: bytesOf });
  }

  /** Whether what this side writes was ended, or may be behind what waits, and is still under way. */
  get isEnding(): boolean {
    return !this.#isWriteOver && (this.#isWriting || this.#closing !== undefined);
  }

  /** Whether neither direction has anything to come. */
  get isOver(): boolean {
    return this.#isReadOver && this.#isWriteOver;
  }

  /**
   * There may be something to read. A reader who just got something waits for more of it: one that
   * follows a fast stream would get each packet as a chunk of its own, and pay for it.
   *
   * @param patience `none`: nobody could remind of what waits
   * @returns when this is to be called again; `Infinity`: not before there is more
   */
  onReadable(patience: "some" | "none", nowMs: number): number {
    if (this.#wanted === undefined) return Infinity;
    const dueMs = this.#deliveredMs + GATHER_MS;
    if (patience === "some" && !this.#hasMore && nowMs < dueMs) return dueMs;
    this.#deliver(nowMs);
    return Infinity;
  }

  /** All that the remote peer wrote was read. */
  onEnded(): void {
    this.#endReading(() => this.#reader.close());
  }

  /** The remote peer gave up what it was writing. */
  onReset(code: number): void {
    this.#endReading(() => this.#reader.error(resetError("ended what it was sending", code)));
  }

  /** There is room for more. */
  onWritable(): void {
    this.#room?.resolve();
    this.#room = undefined;
  }

  /** The remote peer has all that was written. */
  onFinished(): void {
    this.#isWriteOver = true;
    this.#closing?.resolve();
  }

  /** The remote peer wants no more. */
  onStopped(code: number): void {
    this.#endWriting(resetError("wants no more of it", code));
  }

  /**
   * Nothing comes any more, whatever is waited for. What has arrived can still be read, and is whole
   * where all of it has.
   */
  lose(error: PeerError): void {
    this.#lost ??= error;
    this.#endWriting(error);
    if (this.#wanted !== undefined) this.#pullLast(error);
  }

  #pull(): Promise<void> {
    const wanted = Promise.withResolvers<void>();
    this.#wanted = wanted;
    if (this.#lost === undefined) this.#floor.want();
    else this.#pullLast(this.#lost);
    return wanted.promise;
  }

  /** What has arrived is the last; then comes the end that is there, or the error. */
  #pullLast(error: PeerError): void {
    this.#floor.want();
    if (this.#wanted !== undefined) this.#endReading(() => this.#reader.error(error));
  }

  #deliver(nowMs: number): void {
    let room = MAX_DELIVERY_BYTES;
    while (room > 0) {
      const bytes = this.#floor.read();
      if (bytes === undefined) break;
      room -= bytes.length;
      this.#reader.enqueue(bytes);
    }
    this.#hasMore = room <= 0;
    if (room === MAX_DELIVERY_BYTES) return;
    this.#deliveredMs = nowMs;
    this.#wanted?.resolve();
    this.#wanted = undefined;
  }

  #cancel(reason: unknown): void {
    this.#endReading(() => {});
    this.#floor.stop(codeOf(reason));
  }

  #endReading(end: () => void): void {
    if (this.#isReadOver) return;
    this.#isReadOver = true;
    end();
    this.#wanted?.resolve();
    this.#wanted = undefined;
  }

  async #write(chunk: unknown): Promise<void> {
    this.#isWriting = true;
    try {
      const { length } = checkBytes(chunk);
      for (let at = 0;;) {
        at += this.#floor.write(checkBytes(chunk, length).subarray(at));
        if (at === length) return;
        this.#room = Promise.withResolvers();
        await this.#room.promise;
      }
    } catch (error) {
      // The Streams Standard tells nobody of a write that fails.
      this.#abort(error);
      throw error;
    } finally {
      this.#isWriting = false;
    }
  }

  #close(): Promise<void> | void {
    if (this.#isWriteOver) return;
    this.#closing = Promise.withResolvers();
    this.#floor.end();
    return this.#closing.promise;
  }

  #abort(reason: unknown): void {
    if (this.#isWriteOver) return;
    this.#isWriteOver = true;
    this.#floor.reset(codeOf(reason));
    this.#room?.reject(reason);
    this.#closing?.reject(reason);
  }

  #endWriting(error: PeerError): void {
    if (this.#isWriteOver) return;
    this.#isWriteOver = true;
    this.#writer.error(error);
    this.#room?.reject(error);
    this.#closing?.reject(error);
  }
}

/** Node.js has it, and its types do not say so. */
function signalOf(controller: object): AbortSignal {
  return (controller as { readonly signal: AbortSignal }).signal;
}

/** What is none has some size as well: it is refused as a write, which tells the other side. */
function bytesOf(chunk: Uint8Array): number {
  return chunk instanceof Uint8Array ? chunk.length : 0;
}

/**
 * What is to be written, at first and when there is room for more of it: its user may have passed its
 * memory on meanwhile, to a worker for instance.
 */
function checkBytes(chunk: unknown, length?: number): Uint8Array {
  const bytes = toBytes(chunk, "write to a stream");
  if (length === undefined || bytes.length === length) return bytes;
  throw new TypeError(
    `Cannot write to a stream: expected ${length} bytes until all are taken, ` +
      `received ${bytes.length} after a while`,
  );
}

function resetError(what: string, code: number): PeerError {
  return new PeerError(
    "stream_reset",
    `Cannot go on with a stream: the remote peer ${what} (code ${code})`,
    { resetCode: code },
  );
}

function codeOf(reason: unknown): number {
  const code = reason instanceof PeerError ? reason.resetCode : reason;
  const isCode = typeof code === "number" && Number.isInteger(code) && code >= 0 &&
    code <= MAX_RESET_CODE;
  return isCode ? code : 0;
}
