/**
 * What remote peers can make this side hold, over many connections: data that nobody reads, data that
 * they do not take, streams that they open.
 *
 * @module
 */

import { HELD_PART, LEAST_HELD_BYTES } from "./limits.ts";

/** Memory that many connections share. */
export class MemoryPool {
  readonly #bytes: number;
  #leftBytes: number;

  /** @param bytes that all may hold, beyond what each may in any case */
  constructor(bytes: number) {
    this.#bytes = bytes;
    this.#leftBytes = bytes;
  }

  /** Bytes that nobody holds. */
  get leftBytes(): number {
    return this.#leftBytes;
  }

  /** Whether less than half is left: what is only kept for later is to be given back. */
  get isScarce(): boolean {
    return this.#leftBytes < this.#bytes / 2;
  }

  /** What one connection holds of it, nothing at first. */
  share(): MemoryShare {
    return new MemoryShare(this, (bytes) => void (this.#leftBytes -= bytes));
  }
}

/** What one connection holds. */
export class MemoryShare {
  readonly #pool: MemoryPool;
  readonly #take: (bytes: number) => void;
  #heldBytes = 0;
  #isClosed = false;

  /** @param take bytes out of the pool; less than 0 go back */
  constructor(pool: MemoryPool, take: (bytes: number) => void) {
    this.#pool = pool;
    this.#take = take;
  }

  /** See {@linkcode MemoryPool.isScarce}. */
  get isScarce(): boolean {
    return this.#pool.isScarce;
  }

  /**
   * Whether so much more may be held: of what the others leave, one may have a part, so that there is
   * some left for each further one.
   */
  fits(bytes: number): boolean {
    const beyond = beyondLeast(this.#heldBytes + bytes);
    if (this.#isClosed || bytes <= 0 || beyond === 0) return true;
    return beyond <= (this.#pool.leftBytes + beyondLeast(this.#heldBytes)) / HELD_PART;
  }

  /** Notes that so much more is held, whether it fits or not. */
  add(bytes: number): void {
    if (this.#isClosed) return;
    const before = this.#heldBytes;
    this.#heldBytes += bytes;
    this.#take(beyondLeast(this.#heldBytes) - beyondLeast(before));
  }

  /** Gives back. */
  remove(bytes: number): void {
    this.add(-bytes);
  }

  /** Gives all back: what is still read is the user's from now on. */
  close(): void {
    this.remove(this.#heldBytes);
    this.#isClosed = true;
  }
}

function beyondLeast(bytes: number): number {
  return Math.max(0, bytes - LEAST_HELD_BYTES);
}
