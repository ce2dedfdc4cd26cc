/**
 * One way of a pipe over one stream:
 *
 * ```text
 * sender    8 bytes: how many bytes it is to be, or all ones where that is not known
 *           the bytes, and the end
 * receiver  8 bytes: how many it has written to its standard output, and the end
 * ```
 *
 * So a sender knows that all has arrived where it was to go, and not only on the other machine.
 *
 * @module
 */

import { abortable } from "../../async/waiting.ts";
import { errorText } from "../../error_text.ts";
import type { PeerStream } from "../../peer/mod.ts";
import type { FlowStream } from "../command_streams.ts";
import type { CommandIo } from "../io.ts";
import type { Transfer } from "./transfer.ts";

const COUNT_BYTES = 8;
const UNKNOWN = 2n ** 64n - 1n;

/** What is written to. */
export type TransferOutput = Pick<CommandIo, "output" | "closeOutput">;

/** Standard output takes no more. */
export class OutputError extends Error {
  /** @param cause what the system said */
  constructor(override readonly cause: unknown) {
    super(
      cause instanceof Deno.errors.BrokenPipe
        ? "standard output was closed by its reader"
        : `standard output cannot be written: ${errorText(cause)}`,
    );
  }
}

/**
 * Sends all of `input`. Resolves when the other side has written all of it.
 *
 * @param stop gives it up
 * @throws {PeerError} when the stream fails
 * @throws {Error} when `input` does, or the other side has written another number of bytes
 */
export async function sendTransfer(
  stream: PeerStream,
  input: AsyncIterable<Uint8Array>,
  transfer: Transfer,
  stop: AbortSignal,
): Promise<void> {
  const ends = new TransferEnds(stream, stop);
  try {
    ends.write(encodeCount(transfer.totalBytes));
    const chunks = input[Symbol.asyncIterator]();
    for (;;) {
      // Where nothing comes to be sent, nothing else shows that the stream has failed.
      const { done, value } = await abortable(chunks.next(), ends.failed);
      if (done) break;
      await ends.writer.ready;
      transfer.add(value);
      ends.write(value);
    }
    await ends.writer.close();
    const { count } = await readCount(ends.reader);
    if (count !== transfer.bytes) throw new Error(describeMiscount(transfer.bytes, count));
  } catch (error) {
    ends.giveUp();
    throw error;
  }
}

/**
 * Writes all that comes, and then closes standard output and confirms it. Resolves when all is
 * written: the confirmation is under way then, and the end of the connection waits for it.
 *
 * @param stop gives it up
 * @throws {PeerError} when the stream fails
 * @throws {OutputError} when standard output does
 */
export async function receiveTransfer(
  stream: FlowStream,
  io: TransferOutput,
  transfer: Transfer,
  stop: AbortSignal,
): Promise<void> {
  const ends = new TransferEnds(stream, stop);
  try {
    const { count, rest } = await readCount(ends.reader, stream.beginning);
    transfer.totalBytes = count;
    for (let chunk: Uint8Array | undefined = rest; chunk !== undefined;) {
      if (chunk.length > 0) await write(io, chunk, transfer);
      chunk = (await ends.reader.read()).value;
    }
    // A reader that was cancelled looks like one at its end.
    stop.throwIfAborted();
    close(io);
  } catch (error) {
    ends.giveUp();
    throw error;
  }
  ends.write(encodeCount(transfer.bytes));
  // Who has closed the connection by then has read it, or gives up what is all here.
  ends.writer.close().catch(() => {});
}

/** Both ends of a stream, given up together. */
class TransferEnds {
  readonly reader: ReadableStreamDefaultReader<Uint8Array>;
  readonly writer: WritableStreamDefaultWriter<Uint8Array>;
  readonly #failed = new AbortController();

  constructor({ readable, writable }: PeerStream, stop: AbortSignal) {
    this.reader = readable.getReader();
    this.writer = writable.getWriter();
    this.writer.closed.catch((error) => this.#failed.abort(error));
    if (stop.aborted) this.giveUp();
    stop.addEventListener("abort", () => this.giveUp(), { once: true });
  }

  /** Aborted when the other side takes no more. */
  get failed(): AbortSignal {
    return this.#failed.signal;
  }

  /** Writes without a wait: whoever waits for the writer is told of a failure. */
  write(bytes: Uint8Array): void {
    this.writer.write(bytes).catch(() => {});
  }

  /** Ends what has not ended. */
  giveUp(): void {
    this.reader.cancel().catch(() => {});
    this.writer.abort().catch(() => {});
  }
}

async function write(
  { output }: TransferOutput,
  chunk: Uint8Array,
  transfer: Transfer,
): Promise<void> {
  try {
    await output(chunk);
  } catch (error) {
    throw new OutputError(error);
  }
  transfer.add(chunk);
}

function close({ closeOutput }: TransferOutput): void {
  try {
    closeOutput();
  } catch (error) {
    throw new OutputError(error);
  }
}

/** Reads a count at the beginning of a stream, however that is cut into chunks. */
async function readCount(
  reader: ReadableStreamDefaultReader<Uint8Array>,
  beginning: Uint8Array = new Uint8Array(),
): Promise<{ readonly count: number | undefined; readonly rest: Uint8Array }> {
  let held: Uint8Array = beginning;
  while (held.length < COUNT_BYTES) {
    const { done, value } = await reader.read();
    if (done) {
      const received = `${held.length} ${held.length === 1 ? "byte" : "bytes"}`;
      throw new Error(`Cannot go on with a stream: expected a count, received ${received}`);
    }
    const more = new Uint8Array(held.length + value.length);
    more.set(held);
    more.set(value, held.length);
    held = more;
  }
  const count = new DataView(held.buffer, held.byteOffset).getBigUint64(0);
  return {
    count: count === UNKNOWN ? undefined : Number(count),
    rest: held.subarray(COUNT_BYTES),
  };
}

function describeMiscount(sent: number, written: number | undefined): string {
  return `Cannot confirm a transfer: expected ${sent} bytes to be written on the other side, ` +
    `received ${written ?? "an unknown number"}`;
}

function encodeCount(count: number | undefined): Uint8Array {
  const bytes = new Uint8Array(COUNT_BYTES);
  new DataView(bytes.buffer).setBigUint64(0, count === undefined ? UNKNOWN : BigInt(count));
  return bytes;
}
