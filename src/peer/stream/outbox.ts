/**
 * What is to be sent, in which order, and how it is put into a packet: first what is owed about
 * streams, then what was lost, then new bytes, of each stream in turn.
 *
 * @module
 */

import { FlowWindow } from "./flow_window.ts";
import { FRAME } from "./frames.ts";
import {
  FIRST_TOTAL_WINDOW_BYTES,
  LEAST_PIECE_BYTES,
  MAX_OWED_BYTES,
  MAX_TOTAL_WINDOW_BYTES,
} from "./limits.ts";
import type { Piece } from "./sending_half.ts";
import type { SentPackets } from "./sent_packets.ts";
import type { Stream } from "./stream.ts";
import type { StreamTable } from "./stream_table.ts";
import { type BodyWriter, varintBytes } from "./varint.ts";

/** What both sides may send on all streams together. */
export class Outbox {
  readonly #table: StreamTable;
  readonly #packets: SentPackets;
  readonly #owed = new Set<Stream>();
  readonly #lost = new Set<Stream>();
  readonly #fresh = new Set<Stream>();
  readonly #piece: Piece = { offset: 0, length: 0, isLast: false, isAgain: false };
  readonly #window: FlowWindow;
  #owesTotalLimit = false;
  #owesOpenLimit = false;

  /** Bytes of all streams that were sent at least once, and how far that may go. */
  #sentBytes = 0;
  #sendLimit = FIRST_TOTAL_WINDOW_BYTES;
  /** The same of the remote peer, and how many of its bytes were read. */
  #arrivedBytes = 0;
  #readBytes = 0;
  #arriveLimit = FIRST_TOTAL_WINDOW_BYTES;
  #resentBytes = 0;

  constructor(table: StreamTable, packets: SentPackets, nowMs: number) {
    this.#table = table;
    this.#packets = packets;
    this.#window = new FlowWindow(FIRST_TOTAL_WINDOW_BYTES, MAX_TOTAL_WINDOW_BYTES, nowMs);
  }

  /** Bytes of streams that were sent once more. */
  get resentBytes(): number {
    return this.#resentBytes;
  }

  debug() {
    const s = this.#table.get(0)!;
    return s
      ? {
        tot: this.#sendLimit - this.#sentBytes,
        str: s.sending.limit - s.sending.sentBytes,
        sent: s.sending.sentBytes,
        b: s.sending.sentBytes - (s.sending as any).base,
      }
      : {};
  } // DEBUG
  /** Whether there is something to send. */
  get hasSomething(): boolean {
    return this.#owed.size > 0 || this.#lost.size > 0 || this.#owesTotalLimit ||
      this.#owesOpenLimit || this.#fresh.size > 0 && this.#sentBytes < this.#sendLimit ||
      this.#hasBareEnd();
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

  /** The remote peer takes more. */
  raiseSendLimit(limit: number): void {
    this.#sendLimit = Math.max(this.#sendLimit, limit);
  }

  /** Bytes arrived, which count whether or not they are read. @returns whether that many may */
  arrived(bytes: number): boolean {
    this.#arrivedBytes += bytes;
    return this.#arrivedBytes <= this.#arriveLimit;
  }

  /** Bytes were read, or will never be. */
  wasRead(stream: Stream, bytes: number): void {
    this.#readBytes += bytes;
    this.#owesTotalLimit ||= this.#window.isDue(this.#readBytes, this.#arriveLimit);
    const { receiving, window } = stream;
    stream.owesLimit ||= receiving.needsWindow &&
      window.isDue(receiving.readBytes, receiving.limit);
    this.owe(stream);
  }

  /** A stream is over, and with it what is owed. */
  forget(stream: Stream): void {
    this.#owed.delete(stream);
    this.#lost.delete(stream);
    this.#fresh.delete(stream);
    this.#owesOpenLimit ||= this.#table.isRemoteLimitDue;
  }

  /** A frame that was sent is lost, or a probe repeats it: what still matters of it is owed again. */
  onFrameLost(kind: number, number: number, start: number, end: number): void {
    if (kind === FRAME.totalLimit) this.#owesTotalLimit = true;
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
        stream.owesLimit = stream.receiving.needsWindow;
        break;
    }
    this.owe(stream);
  }

  /** Fills a packet. @returns whether there is something in it that asks for an acknowledgement */
  fill(writer: BodyWriter, roundTripMs: number, nowMs: number): boolean {
    const start = writer.length;
    this.#writeLimits(writer, roundTripMs, nowMs);
    for (const stream of this.#owed) {
      if (!this.#hasRoom(writer)) break;
      this.#writeOwed(stream, writer, roundTripMs, nowMs);
      this.#owed.delete(stream);
    }
    this.#writeBytes(this.#lost, writer);
    this.#writeBytes(this.#fresh, writer);
    return writer.length > start;
  }

  /** Nothing is to be sent any more. */
  clear(): void {
    this.#owed.clear();
    this.#lost.clear();
    this.#fresh.clear();
    this.#owesTotalLimit = false;
    this.#owesOpenLimit = false;
  }

  #hasRoom(writer: BodyWriter): boolean {
    return writer.room >= MAX_OWED_BYTES && this.#packets.hasRoomForFrame;
  }

  /** The end of a stream needs no window. */
  #hasBareEnd(): boolean {
    for (const { sending } of this.#fresh) if (sending.isEndNext) return true;
    return false;
  }

  #writeLimits(writer: BodyWriter, roundTripMs: number, nowMs: number): void {
    if (this.#owesTotalLimit && this.#hasRoom(writer)) {
      if (this.#window.isDue(this.#readBytes, this.#arriveLimit)) {
        this.#arriveLimit = this.#moveTotal(roundTripMs, nowMs);
      }
      this.#owesTotalLimit = false;
      writer.byte(FRAME.totalLimit);
      writer.varint(this.#arriveLimit);
      this.#packets.addFrame(FRAME.totalLimit, 0, 0, 0);
    }
    if (this.#owesOpenLimit && this.#hasRoom(writer)) {
      this.#owesOpenLimit = false;
      writer.byte(FRAME.openLimit);
      writer.varint(this.#table.moveRemoteLimit());
      this.#packets.addFrame(FRAME.openLimit, 0, 0, 0);
    }
  }

  #moveTotal(roundTripMs: number, nowMs: number): number {
    const readBytes = this.#readBytes;
    const limit = this.#arriveLimit;
    const state = { readBytes, readableEnd: readBytes, highest: this.#arrivedBytes, limit };
    return Math.max(limit, this.#window.move(state, roundTripMs, nowMs));
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
    if (stream.owesLimit && receiving.needsWindow) {
      if (stream.window.isDue(receiving.readBytes, receiving.limit)) {
        receiving.raiseLimit(stream.window.move(receiving, roundTripMs, nowMs));
        // Two streams at their best have room.
        this.#window.grow(2 * stream.window.bytes);
      }
      this.#head(FRAME.streamLimit, number, writer);
      writer.varint(receiving.limit);
    }
    stream.owesReset = false;
    stream.owedStop = undefined;
    stream.owesLimit = false;
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
      queue.delete(stream);
      this.#writePiece(stream, writer);
      const { hasLost, hasFresh } = stream.sending;
      if (queue === this.#lost ? hasLost : hasFresh) queue.add(stream);
    }
  }

  #writePiece(stream: Stream, writer: BodyWriter): void {
    const { number, sending } = stream;
    const piece = this.#piece;
    const headBytes = 1 + varintBytes(number) + varintBytes(sending.nextOffset);
    const room = writer.room - headBytes;
    const maxBytes = room - varintBytes(room);
    if (!sending.next(maxBytes, this.#sendLimit - this.#sentBytes, piece)) return;
    const { offset, length, isLast, isAgain } = piece;
    writer.byte(isLast ? FRAME.lastData : FRAME.data);
    writer.varint(number);
    writer.varint(offset);
    writer.varint(length);
    sending.copyTo(offset, writer.space(length));
    sending.sent(piece);
    if (isAgain) this.#resentBytes += length;
    else this.#sentBytes += length;
    this.#packets.addFrame(FRAME.data, number, offset, offset + length + (isLast ? 1 : 0));
  }
}
