/**
 * What is to be sent, in which order, and how it is put into a packet: first what is owed about
 * streams, then what was lost, then new bytes, of each stream in turn.
 *
 * @module
 */

import { FRAME } from "./frames.ts";
import { LEAST_PIECE_BYTES, LIMITS_AT_ONCE, MAX_OWED_BYTES } from "./limits.ts";
import type { Piece } from "./sending_half.ts";
import type { SentPackets } from "./sent_packets.ts";
import type { Stream } from "./stream.ts";
import type { StreamTable } from "./stream_table.ts";
import { type BodyWriter, varintBytes } from "./varint.ts";

/** What all streams have to send. */
export class Outbox {
  readonly #table: StreamTable;
  readonly #packets: SentPackets;
  readonly #owed = new Set<Stream>();
  readonly #lost = new Set<Stream>();
  readonly #fresh = new Set<Stream>();
  readonly #piece: Piece = { offset: 0, length: 0, isLast: false, isAgain: false };
  #owesOpenLimit = false;
  #resentBytes = 0;

  constructor(table: StreamTable, packets: SentPackets) {
    this.#table = table;
    this.#packets = packets;
  }

  /** Bytes of streams that were sent once more. */
  get resentBytes(): number {
    return this.#resentBytes;
  }

  /** When {@linkcode Outbox.expire} has something to do. */
  get dueMs(): number {
    return this.#owesOpenLimit ? Infinity : this.#table.remoteLimitDueMs;
  }

  /** Whether there is something to send. */
  get hasSomething(): boolean {
    return this.#owed.size > 0 || this.#lost.size > 0 || this.#fresh.size > 0 ||
      this.#owesOpenLimit;
  }

  /** Something is owed about a stream. */
  owe(stream: Stream): void {
    if (stream.owesFrame) this.#owed.add(stream);
  }

  /** A stream may have bytes to send, for the first time or again. */
  queue(stream: Stream): void {
    if (stream.sending.hasLost) this.#lost.add(stream);
    if (stream.sending.hasFresh) this.#fresh.add(stream);
  }

  /** Bytes were read, or will never be. */
  wasRead(stream: Stream): void {
    const { receiving, window } = stream;
    if (!receiving.needsWindow) return window.close();
    if (window.isDue(receiving)) stream.owedLimits = LIMITS_AT_ONCE;
    this.owe(stream);
  }

  /** A stream is over, and with it what is owed. */
  forget(stream: Stream): void {
    this.#owed.delete(stream);
    this.#lost.delete(stream);
    this.#fresh.delete(stream);
  }

  /** Owes what is due: the remote peer is to be told how many streams it may open. */
  expire(nowMs: number): void {
    if (nowMs >= this.dueMs) this.#owesOpenLimit = true;
  }

  /** A frame that was sent is lost, or a probe repeats it: what still matters of it is owed again. */
  onFrameLost(kind: number, number: number, start: number, end: number): void {
    if (kind === FRAME.openLimit) this.#owesOpenLimit = true;
    const stream = this.#table.get(number);
    if (stream === undefined) return;
    switch (kind) {
      case FRAME.data:
        if (stream.sending.lost(start, end)) this.#lost.add(stream);
        return;
      case FRAME.reset:
        stream.owesReset = stream.sending.resetCode !== undefined;
        break;
      case FRAME.stop:
        if (!stream.receiving.isOver) stream.owedStop = stream.stopCode;
        break;
      case FRAME.streamLimit:
        if (stream.receiving.needsWindow) stream.owedLimits ||= 1;
        break;
    }
    this.owe(stream);
  }

  /** Fills a packet. @returns whether there is something in it that asks for an acknowledgement */
  fill(writer: BodyWriter, roundTripMs: number, nowMs: number): boolean {
    const start = writer.length;
    this.#writeOpenLimit(writer, nowMs);
    const again: Stream[] = [];
    for (const stream of this.#owed) {
      if (!this.#hasRoom(writer)) break;
      this.#writeOwed(stream, writer, roundTripMs, nowMs);
      this.#owed.delete(stream);
      // What is said twice goes in another packet the second time.
      if (stream.owesFrame) again.push(stream);
    }
    for (const stream of again) this.#owed.add(stream);
    this.#writeBytes(this.#lost, writer);
    this.#writeBytes(this.#fresh, writer);
    return writer.length > start;
  }

  /** Nothing is to be sent any more. */
  clear(): void {
    this.#owed.clear();
    this.#lost.clear();
    this.#fresh.clear();
    this.#owesOpenLimit = false;
  }

  #hasRoom(writer: BodyWriter): boolean {
    return writer.room >= MAX_OWED_BYTES && this.#packets.hasRoomForFrame;
  }

  #writeOpenLimit(writer: BodyWriter, nowMs: number): void {
    if (!this.#owesOpenLimit || !this.#hasRoom(writer)) return;
    this.#owesOpenLimit = false;
    writer.byte(FRAME.openLimit);
    writer.varint(this.#table.moveRemoteLimit(nowMs));
    this.#packets.addFrame(FRAME.openLimit, 0, 0, 0);
  }

  #writeOwed(stream: Stream, writer: BodyWriter, roundTripMs: number, nowMs: number): void {
    const { number, sending, receiving } = stream;
    const { resetCode } = sending;
    if (stream.owesReset && resetCode !== undefined) {
      this.#head(FRAME.reset, number, writer);
      writer.varint(resetCode);
      writer.varint(sending.sentBytes);
    }
    if (stream.owedStop !== undefined && !receiving.isOver) {
      this.#head(FRAME.stop, number, writer);
      writer.varint(stream.owedStop);
    }
    if (stream.owedLimits > 0 && receiving.needsWindow) {
      if (stream.window.isDue(receiving)) {
        receiving.raiseLimit(stream.window.move(receiving, roundTripMs, nowMs));
      }
      this.#head(FRAME.streamLimit, number, writer);
      writer.varint(receiving.limit);
    }
    stream.owesReset = false;
    stream.owedStop = undefined;
    stream.owedLimits = receiving.needsWindow ? Math.max(0, stream.owedLimits - 1) : 0;
  }

  #head(kind: number, stream: number, writer: BodyWriter): void {
    writer.byte(kind);
    writer.varint(stream);
    this.#packets.addFrame(kind, stream, 0, 0);
  }

  /** Whoever had his turn goes to the end of the queue. */
  #writeBytes(queue: Set<Stream>, writer: BodyWriter): void {
    for (let turns = queue.size; turns > 0; turns--) {
      if (writer.room < LEAST_PIECE_BYTES || !this.#packets.hasRoomForFrame) return;
      const [stream] = queue;
      this.#writePiece(stream, writer);
      const { hasLost, hasFresh } = stream.sending;
      const hasMore = queue === this.#lost ? hasLost : hasFresh;
      // A set that shrinks and grows with every packet leaves tables that only a full collection frees.
      if (hasMore && queue.size === 1) return;
      queue.delete(stream);
      if (hasMore) queue.add(stream);
    }
  }

  #writePiece(stream: Stream, writer: BodyWriter): void {
    const { number, sending } = stream;
    const piece = this.#piece;
    const headBytes = 1 + varintBytes(number) + varintBytes(sending.nextOffset);
    const room = writer.room - headBytes;
    const maxBytes = room - varintBytes(room);
    if (!sending.next(maxBytes, piece)) return;
    const { offset, length, isLast, isAgain } = piece;
    writer.byte(isLast ? FRAME.lastData : FRAME.data);
    writer.varint(number);
    writer.varint(offset);
    writer.varint(length);
    sending.copyTo(offset, writer.space(length));
    sending.sent(piece);
    if (isAgain) this.#resentBytes += length;
    this.#packets.addFrame(FRAME.data, number, offset, offset + length + (isLast ? 1 : 0));
  }
}
