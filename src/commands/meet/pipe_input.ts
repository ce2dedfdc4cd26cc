/**
 * Standard input as what a pipe carries: by one reader, whoever it is for.
 *
 * @module
 */

import { errorText } from "../../error_text.ts";

/** See the module. */
export class PipeInput implements AsyncIterable<Uint8Array> {
  readonly #input: AsyncIterable<Uint8Array>;
  #chunks: AsyncIterator<Uint8Array> | undefined;
  /** What was read and belongs to nobody yet. */
  #next: Promise<IteratorResult<Uint8Array>> | undefined;
  #hasBytes = false;

  constructor(input: AsyncIterable<Uint8Array>) {
    this.#input = input;
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
