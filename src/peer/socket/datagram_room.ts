/**
 * How many bytes of datagrams wait to be iterated.
 *
 * @module
 */

import type { QueueRoom } from "../../async/queue.ts";
import { MAX_QUEUED_DATAGRAM_BYTES } from "../limits.ts";
import type { MemoryShare } from "../stream/memory_pool.ts";

/** Room for the datagrams of one connection, in what all connections of a socket share. */
export class DatagramRoom implements QueueRoom<Uint8Array> {
  readonly #memory: MemoryShare;
  #bytes = 0;

  constructor(memory: MemoryShare) {
    this.#memory = memory;
  }

  fits({ length }: Uint8Array): boolean {
    return this.#bytes + length <= MAX_QUEUED_DATAGRAM_BYTES && this.#memory.fits(length);
  }

  add({ length }: Uint8Array): void {
    this.#bytes += length;
    this.#memory.add(length);
  }

  remove({ length }: Uint8Array): void {
    this.#bytes -= length;
    this.#memory.remove(length);
  }

  /** Nothing more comes: what waits is the user's from now on. */
  close(): void {
    this.#memory.close();
  }
}
