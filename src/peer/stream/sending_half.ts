/**
 * What one side writes on a stream, until the other side has it.
 *
 * @module
 */

import { ByteRing } from "./byte_ring.ts";
import { FIRST_RING_BYTES } from "./limits.ts";
import type { MemoryShare } from "./memory_pool.ts";
import { Ranges } from "./ranges.ts";

/** A piece of a stream that is to be sent. */
export interface Piece {
  offset: number;
  /** Bytes. */
  length: number;
  /** Whether the stream ends behind it. */
  isLast: boolean;
  /** Whether it was sent before. */
  isAgain: boolean;
}

/**
 * The bytes that were written and not acknowledged. The end of the stream counts as one more of them:
 * it is lost, sent again and acknowledged as they are.
 */
export class SendingHalf {
  readonly #ring: ByteRing;
  /** Before this all is acknowledged. */
  #base = 0;
  /** Behind what was written, the end included. */
  #end = 0;
  /** Behind what was ever sent. */
  #sentEnd = 0;
  readonly #acked = new Ranges();
  readonly #lost = new Ranges();
  /** How far the remote peer lets this side send. */
  #limit: number;
  #state: "open" | "ended" | "reset" | "finished" = "open";
  #resetCode = 0;

  /** @param limit bytes that the remote peer takes from the beginning */
  constructor(limit: number, memory: MemoryShare) {
    this.#limit = limit;
    this.#ring = new ByteRing(memory);
  }

  /** Bytes that are held. */
  get heldBytes(): number {
    return Math.max(0, this.#writtenEnd - this.#base);
  }

  /** How many bytes of the stream were sent at least once. */
  get sentBytes(): number {
    return Math.min(this.#sentEnd, this.#writtenEnd);
  }

  /** How far the remote peer lets this side send. */
  get limit(): number {
    return this.#limit;
  }

  /** Whether it takes bytes. */
  get isOpen(): boolean {
    return this.#state === "open";
  }

  /** Whether the remote peer has all of it, or knows that it was given up. */
  get isFinished(): boolean {
    return this.#state === "finished";
  }

  /** The code with which it was given up, until the remote peer knows it. */
  get resetCode(): number | undefined {
    return this.#state === "reset" ? this.#resetCode : undefined;
  }

  /** Whether something was lost and is to be sent again. */
  get hasLost(): boolean {
    return this.#lost.count > 0;
  }

  /** Whether only the end is to be sent for the first time, which no window holds back. */
  get isEndNext(): boolean {
    return this.#state === "ended" && this.#sentEnd === this.#end - 1;
  }

  /** Whether something may be sent for the first time, as far as this stream's window goes. */
  get hasFresh(): boolean {
    if (this.#state !== "open" && this.#state !== "ended") return false;
    return this.#sentEnd < Math.min(this.#writtenEnd, this.#limit) || this.isEndNext;
  }

  /** Where the next piece begins. */
  get nextOffset(): number {
    return this.#lost.count > 0 ? this.#lost.start : this.#sentEnd;
  }

  /** Takes bytes; the caller sees to the limits. @returns how many: fewer where memory is scarce */
  write(bytes: Uint8Array): number {
    const taken = bytes.subarray(0, this.#reserve(bytes.length));
    this.#ring.put(this.#end, taken);
    this.#end += taken.length;
    return taken.length;
  }

  /** Gives its memory back. */
  clear(): void {
    this.#ring.clear();
  }

  /** Takes no more bytes. */
  finish(): void {
    if (this.#state !== "open") return;
    this.#state = "ended";
    this.#end++;
  }

  /** Gives up. @returns whether there was something to give up */
  reset(code: number): boolean {
    if (this.#state !== "open" && this.#state !== "ended") return false;
    if (this.#state === "open") this.#end++;
    this.#state = "reset";
    this.#resetCode = code;
    // What was never sent is no part of the stream any more.
    this.#base = Math.min(this.#sentEnd, this.#end - 1);
    this.#end = this.#base + 1;
    this.#lost.clear();
    this.#acked.clear();
    this.#ring.clear();
    return true;
  }

  /** The remote peer knows that it was given up. */
  resetAcked(): void {
    if (this.#state === "reset") this.#state = "finished";
  }

  /** The remote peer takes more; what says less was overtaken. */
  raiseLimit(limit: number): void {
    this.#limit = Math.max(this.#limit, limit);
  }

  /**
   * What is to be sent next: what was lost, then what is new.
   *
   * @param piece is filled in
   * @returns whether there is something
   */
  next(maxBytes: number, piece: Piece): boolean {
    if (this.#state !== "open" && this.#state !== "ended") return false;
    piece.isAgain = this.#lost.count > 0;
    const start = piece.isAgain ? this.#lost.start : this.#sentEnd;
    const end = piece.isAgain ? this.#lost.firstEnd : this.#end;
    const writtenEnd = this.#writtenEnd;
    const allowed = piece.isAgain ? Infinity : this.#limit - this.#sentEnd;
    const bytesEnd = Math.min(end, writtenEnd);
    const length = Math.min(bytesEnd - start, maxBytes, allowed);
    piece.offset = start;
    piece.length = Math.max(0, length);
    piece.isLast = end > writtenEnd && start + piece.length === writtenEnd;
    return piece.length > 0 || piece.isLast;
  }

  /** The piece of {@linkcode next} is sent. */
  sent({ offset, length, isLast }: Piece): void {
    const end = offset + length + (isLast ? 1 : 0);
    this.#lost.remove(offset, end);
    this.#sentEnd = Math.max(this.#sentEnd, end);
  }

  /** Copies bytes that were written and not acknowledged. */
  copyTo(offset: number, target: Uint8Array): void {
    this.#ring.copyTo(offset, target);
  }

  /** Bytes up to `end` were acknowledged. @returns whether that was the last of it */
  acked(start: number, end: number): boolean {
    if (this.#state !== "open" && this.#state !== "ended") return false;
    this.#lost.remove(start, end);
    if (start > this.#base) {
      this.#acked.add(start, end);
      return false;
    }
    this.#base = Math.max(this.#base, end);
    while (this.#acked.start <= this.#base) {
      this.#base = Math.max(this.#base, this.#acked.firstEnd);
      this.#acked.removeFirst();
    }
    if (this.#base === this.#end) this.#ring.shrink();
    if (this.#state !== "ended" || this.#base < this.#end) return false;
    this.#state = "finished";
    return true;
  }

  /** A packet with these bytes was lost. @returns whether something of it is to be sent again */
  lost(start: number, end: number): boolean {
    if (this.#state !== "open" && this.#state !== "ended") return false;
    const from = Math.max(start, this.#base);
    if (from >= end) return false;
    this.#acked.forEachMissing(from, end, (start, end) => this.#lost.add(start, end));
    return this.#lost.count > 0;
  }

  #reserve(length: number): number {
    if (this.#ring.reserve(this.#base, this.#end + length)) return length;
    this.#ring.reserve(this.#base, this.#base + FIRST_RING_BYTES);
    return this.#base + this.#ring.capacity - this.#end;
  }

  get #writtenEnd(): number {
    return this.#state === "open" ? this.#end : this.#end - 1;
  }
}
