/**
 * Standard input as what a pipe carries: by one reader, whoever it is for.
 *
 * @module
 */

import { errorText } from "../../error_text.ts";
import { givesStream, type PipeUse } from "../connection_use.ts";
import type { CommandIo } from "../io.ts";
import { Transfer } from "./transfer.ts";

/** See the module. */
export class PipeInput implements AsyncIterable<Uint8Array> {
  readonly #input: AsyncIterable<Uint8Array>;
  readonly #onTaken: () => void;
  #chunks: AsyncIterator<Uint8Array> | undefined;
  /** What was read and belongs to nobody yet. */
  #next: Promise<IteratorResult<Uint8Array>> | undefined;
  #hasBytes = false;

  /** @param onTaken told when somebody takes the bytes */
  constructor(input: AsyncIterable<Uint8Array>, onTaken: () => void = () => {}) {
    this.#input = input;
    this.#onTaken = onTaken;
  }

  /** Whether it is known to be more than an end. */
  get hasBytes(): boolean {
    return this.#hasBytes;
  }

  /** Resolves when there is something, or it has ended; nothing of it is taken. */
  async begin(): Promise<void> {
    await (this.#next ??= this.#read());
  }

  /** The bytes, in chunks as they come. @throws {Error} when they cannot be read */
  async *[Symbol.asyncIterator](): AsyncGenerator<Uint8Array, undefined> {
    this.#onTaken();
    for (;;) {
      const { done, value } = await (this.#next ??= this.#read());
      if (done) return;
      this.#next = undefined;
      yield value;
    }
  }

  async #read(): Promise<IteratorResult<Uint8Array>> {
    try {
      this.#chunks ??= this.#input[Symbol.asyncIterator]();
      const result = await this.#chunks.next();
      this.#hasBytes ||= !result.done;
      return result;
    } catch (error) {
      throw new Error(`Cannot read standard input: ${errorText(error)}`, { cause: error });
    }
  }
}

/**
 * Standard input for whoever comes to have it. A file that is to go as a stream is an undertaking
 * from the start: a command that is stopped before anybody takes it has failed.
 */
export function offerInput(io: CommandIo, use: PipeUse): PipeInput {
  const totalBytes = givesStream(use) ? io.inputBytes() ?? 0 : 0;
  if (totalBytes === 0) return new PipeInput(io.input);
  const offer = new Transfer("sent", totalBytes, io.platform.clock.nowMs());
  io.unfinished.add(offer);
  return new PipeInput(io.input, () => io.unfinished.delete(offer));
}
