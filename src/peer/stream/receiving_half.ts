/**
 * What the remote peer writes on a stream, until it is read.
 *
 * @module
 */

import { ByteRing } from "./byte_ring.ts";
import { MAX_GAPS } from "./limits.ts";
import type { MemoryShare } from "./memory_pool.ts";
import { Ranges } from "./ranges.ts";

/** What becomes of a piece that arrived. */
export type Arrival = "taken" | "no room" | "beyond the window" | "two ends";

/** The bytes that arrived, in their order and with gaps. */
export class ReceivingHalf {
  readonly #ring: ByteRing;
  #read = 0;
  /** Before this all has arrived. */
  #whole = 0;
  readonly #beyond = new Ranges();
  /** Behind the last byte that arrived. */
  #highest = 0;
  /** Where the stream ends, as soon as that is known. */
  #end = Infinity;
  /** How far the remote peer may send. */
  #limit: number;
  #state: "open" | "unwanted" | "over" = "open";

  /** @param limit bytes that the remote peer may send from the beginning */
  constructor(limit: number, memory: MemoryShare) {
    this.#limit = limit;
    this.#ring = new ByteRing(memory);
  }

  /** Bytes that can be read now. */
  get readableBytes(): number {
    return this.#state === "open" ? this.#whole - this.#read : 0;
  }

  /** Where the reader is: what counts as consumed. */
  get readBytes(): number {
    return this.#read;
  }

  /** How far the reader could be. */
  get readableEnd(): number {
    return Math.max(this.#read, this.#whole);
  }

  /** How far the remote peer has sent. */
  get highest(): number {
    return this.#highest;
  }

  /** How far the remote peer may send. */
  get limit(): number {
    return this.#limit;
  }

  /** Whether somebody reads it. */
  get isWanted(): boolean {
    return this.#state === "open";
  }

  /** Whether nothing more is to come of it. */
  get isOver(): boolean {
    return this.#state === "over";
  }

  /** Whether more may arrive that a larger window would let in. */
  get needsWindow(): boolean {
    return this.#state !== "over" && this.#end === Infinity;
  }

  /** Whether all was read, to the end. */
  get isAtEnd(): boolean {
    return this.#state === "open" && this.#read === this.#end;
  }

  /** Lets the remote peer send as far as `limit`. */
  raiseLimit(limit: number): void {
    this.#limit = Math.max(this.#limit, limit);
  }

  /** Takes a piece; what was there before stays as it was. */
  receive(offset: number, bytes: Uint8Array, isLast: boolean): Arrival {
    const end = offset + bytes.length;
    if (end > this.#limit) return "beyond the window";
    if (
      end > this.#end || isLast && (end < this.#highest || this.#end < Infinity && end < this.#end)
    ) {
      return "two ends";
    }
    if (this.#state === "open" && !this.#store(offset, end, bytes)) return "no room";
    if (isLast) this.#end = end;
    this.#highest = Math.max(this.#highest, end);
    if (this.#state === "unwanted") {
      this.#read = this.#highest;
      if (this.#end < Infinity) this.#state = "over";
    }
    return "taken";
  }

  /** The remote peer gives up after it sent `end` bytes. */
  reset(end: number): Arrival {
    if (end > this.#limit) return "beyond the window";
    if (end < this.#highest || this.#end < Infinity && end !== this.#end) return "two ends";
    this.#highest = end;
    this.#end = end;
    this.#giveUp();
    this.#state = "over";
    return "taken";
  }

  /** Whether all has arrived, so that a reset comes too late. */
  get isWhole(): boolean {
    return this.#whole === this.#end;
  }

  /** Copies what can be read to new bytes. */
  read(maxBytes: number): Uint8Array | undefined {
    const length = Math.min(this.readableBytes, maxBytes);
    if (length <= 0) return undefined;
    const bytes = new Uint8Array(length);
    this.#ring.copyTo(this.#read, bytes);
    this.#read += length;
    if (this.#read === this.#highest) this.#ring.shrink();
    return bytes;
  }

  /** Gives its memory back. */
  clear(): void {
    this.#ring.clear();
  }

  /** The reader has heard of the end. */
  finish(): void {
    this.#state = "over";
  }

  /** Nothing more of it is wanted. @returns whether the remote peer should be told */
  stop(): "to be told" | "over" {
    if (this.#state === "over") return "over";
    this.#giveUp();
    this.#state = this.#end < Infinity ? "over" : "unwanted";
    return this.#state === "over" ? "over" : "to be told";
  }

  #giveUp(): void {
    this.#read = Math.max(this.#highest, this.#end < Infinity ? this.#end : 0);
    this.#beyond.clear();
    this.#ring.clear();
  }

  #store(offset: number, end: number, bytes: Uint8Array): boolean {
    if (end <= this.#whole) return true;
    if (!this.#ring.reserve(this.#read, end)) return false;
    if (offset <= this.#whole && this.#beyond.count === 0) {
      this.#ring.put(this.#whole, bytes.subarray(this.#whole - offset));
      this.#whole = end;
      return true;
    }
    if (offset > this.#whole && this.#beyond.count >= MAX_GAPS) return false;
    this.#beyond.forEachMissing(Math.max(offset, this.#whole), end, (from, to) => {
      this.#ring.put(from, bytes.subarray(from - offset, to - offset));
    });
    this.#beyond.add(Math.max(offset, this.#whole), end);
    if (this.#beyond.start === this.#whole) {
      this.#whole = this.#beyond.firstEnd;
      this.#beyond.removeFirst();
    }
    return true;
  }
}
