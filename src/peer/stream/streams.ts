/**
 * Reliable, ordered bytes over packets that are lost and overtaken: all streams of one connection. A
 * state machine without sockets and clock, that outlives links (docs/STREAM.md).
 *
 * @module
 */

import { CODE_LIMIT, FRAME, type FrameHandler, readFrames } from "./frames.ts";
import {
  FIRST_SEND_BUFFER_BYTES,
  LEAST_SEND_BUFFER_BYTES,
  MAX_BODY_BYTES,
  MAX_SEND_BUFFER_BYTES,
  MAX_TOTAL_SEND_BUFFER_BYTES,
  MIN_BODY_BYTES,
  READ_BYTES,
} from "./limits.ts";
import { Outbox } from "./outbox.ts";
import { ReceivedPackets } from "./received_packets.ts";
import type { Arrival } from "./receiving_half.ts";
import { Recovery } from "./recovery.ts";
import type { Stream } from "./stream.ts";
import type { StreamCounters, StreamOutput, StreamsOptions } from "./stream_events.ts";
import { StreamTable } from "./stream_table.ts";
import { BodyReader, BodyWriter } from "./varint.ts";

/**
 * All streams of one connection. Each is two-way: either side writes, ends, resets for itself. A
 * stream that this side does not know any more takes and gives nothing, and says so by doing nothing.
 *
 * Whoever drives it calls {@linkcode Streams.take} until there is nothing after every other call, and
 * when the deadline has come.
 */
export class Streams {
  readonly #table: StreamTable;
  readonly #outbox: Outbox;
  readonly #recovery: Recovery;
  readonly #received = new ReceivedPackets();
  readonly #handler: FrameHandler;
  readonly #events: StreamOutput[] = [];
  readonly #noteOpened: (stream: Stream) => void;
  #packet: Uint8Array;
  #maxBodyBytes: number;
  #nowMs: number;
  #heldBytes = 0;
  #isOpenWanted = false;
  #hasFailed = false;
  /** Whether a frame of the present packet had no room: then it must not be acknowledged. */
  #isRefused = false;
  #ackDelayMs = 0;
  #sentPackets = 0;
  #sentBytes = 0;
  #receivedPackets = 0;
  #receivedBytes = 0;

  /** @throws {RangeError} when `maxBodyBytes` is none that a packet can have */
  constructor({ role, maxBodyBytes, roundTripMs, random, nowMs, memory }: StreamsOptions) {
    this.#maxBodyBytes = checkBodyBytes(maxBodyBytes);
    this.#packet = new Uint8Array(maxBodyBytes);
    this.#nowMs = nowMs;
    this.#table = new StreamTable(role, nowMs, memory);
    this.#recovery = new Recovery(
      { packetBytes: maxBodyBytes, roundTripMs, random, nowMs },
      (kind, number, start, end) => this.#onFrameAcked(kind, number, start, end),
      (kind, number, start, end) => this.#outbox.onFrameLost(kind, number, start, end),
    );
    this.#outbox = new Outbox(this.#table, this.#recovery.packets);
    this.#handler = this.#makeHandler();
    this.#noteOpened = ({ number }) => this.#events.push({ kind: "opened", stream: number });
  }

  /** When {@linkcode take} is to be called though nothing happened; `Infinity`: never. */
  get nextDeadlineMs(): number {
    if (this.#hasFailed) return Infinity;
    const recovery = this.#recovery;
    const maySend = this.#outbox.hasSomething && !recovery.isWindowFull;
    const paceMs = maySend ? recovery.paceMs : Infinity;
    return Math.min(recovery.dueMs, this.#received.dueMs, paceMs, this.#outbox.dueMs);
  }

  /** What went through. */
  get counters(): StreamCounters {
    const { lostPackets, lateAcks, roundTripMs, control } = this.#recovery;
    return {
      sentPackets: this.#sentPackets,
      sentBytes: this.#sentBytes,
      receivedPackets: this.#receivedPackets,
      receivedBytes: this.#receivedBytes,
      lostPackets,
      lateAcks,
      resentBytes: this.#outbox.resentBytes,
      roundTripMs,
      bandwidth: control.model.bandwidth * 1_000,
    };
  }

  /**
   * Says how large the body of a packet may be from now on.
   *
   * @throws {RangeError} when it is none that a packet can have
   */
  setMaxBodyBytes(bytes: number): void {
    this.#maxBodyBytes = checkBodyBytes(bytes);
    if (bytes > this.#packet.length) this.#packet = new Uint8Array(bytes);
    this.#recovery.setPacketBytes(bytes);
  }

  /**
   * The link goes another way, or a new one has taken its place: nothing is known of the path.
   *
   * @param roundTripMs of the new way, as far as it is known
   */
  pathChanged(roundTripMs: number, nowMs: number): void {
    this.#recovery.onPathChanged(roundTripMs, nowMs);
  }

  /** Opens a stream. @returns its number; `undefined` while as many are open as the remote allows */
  open(): number | undefined {
    const stream = this.#hasFailed ? undefined : this.#table.open(this.#nowMs);
    this.#isOpenWanted ||= stream === undefined;
    return stream?.number;
  }

  /** Writes. @returns how many of the bytes were taken, from the first on; `writable` follows if not all */
  write(number: number, bytes: Uint8Array): number {
    const stream = this.#table.get(number);
    if (stream === undefined || !stream.sending.isOpen) return 0;
    const room = this.#roomOf(stream);
    const count = stream.sending.write(bytes.subarray(0, room));
    stream.wantsRoom = count < bytes.length;
    this.#heldBytes += count;
    this.#outbox.queue(stream);
    return count;
  }

  /** Ends what this side writes; `finished` follows. */
  end(number: number): void {
    const stream = this.#table.get(number);
    if (stream === undefined) return;
    stream.sending.finish();
    this.#outbox.queue(stream);
  }

  /**
   * Gives up what this side writes, even after {@linkcode end}.
   *
   * @param code what the remote peer is told, from 0 to 2^32 - 1
   * @throws {RangeError} when the code is not
   */
  reset(number: number, code: number): void {
    checkCode(code);
    const stream = this.#table.get(number);
    if (stream !== undefined) this.#reset(stream, code);
  }

  /** What can be read, at most `maxBytes`; nobody else has these bytes. `undefined`: nothing now. */
  read(number: number, maxBytes = READ_BYTES): Uint8Array | undefined {
    const stream = this.#table.get(number);
    const bytes = stream?.receiving.read(maxBytes);
    if (stream !== undefined && bytes === undefined) stream.isReadableTold = false;
    if (stream === undefined || bytes === undefined) return undefined;
    this.#outbox.wasRead(stream);
    this.#tellEnd(stream);
    return bytes;
  }

  /**
   * Wants nothing more of what the remote peer writes.
   *
   * @param code what the remote peer is told, from 0 to 2^32 - 1
   * @throws {RangeError} when the code is not
   */
  stop(number: number, code: number): void {
    checkCode(code);
    const stream = this.#table.get(number);
    if (stream === undefined || stream.receiving.isOver) return;
    if (stream.receiving.stop() === "to be told") {
      stream.owedStop = stream.stopCode = code;
      this.#outbox.owe(stream);
    }
    this.#outbox.wasRead(stream);
    this.#forgetIfOver(stream);
  }

  /** Takes the body of a packet of the type `stream`, which may be overwritten afterwards. */
  receive(body: Uint8Array, nowMs: number): void {
    if (this.#hasFailed) return;
    this.#nowMs = nowMs;
    this.#receivedPackets++;
    this.#receivedBytes += body.length;
    const reader = new BodyReader(body);
    const packet = reader.varint();
    if (packet < 0) return this.#fail("a packet without a number");
    this.#isRefused = false;
    const reading = readFrames(reader, this.#handler);
    if (reading === "malformed") this.#fail("a packet that cannot be read");
    else if (!this.#isRefused) this.#received.add(packet, reading, nowMs);
  }

  /** The next thing to do, in order; `undefined`: nothing now. */
  take(nowMs: number): StreamOutput | undefined {
    this.#nowMs = nowMs;
    if (!this.#hasFailed) this.#recovery.expire(nowMs);
    const event = this.#events.shift();
    if (event !== undefined || this.#hasFailed) return event;
    this.#outbox.expire(nowMs);
    const { owesProbe } = this.#recovery;
    const maySend = this.#maySend(nowMs);
    if (!owesProbe && !maySend && this.#received.dueMs > nowMs) return undefined;
    if (owesProbe && !this.#outbox.hasSomething) this.#recovery.repeatNewest();
    return { kind: "send", body: this.#makeBody(owesProbe, maySend || owesProbe, nowMs) };
  }

  #maySend(nowMs: number): boolean {
    const { isWindowFull, paceMs } = this.#recovery;
    if (!this.#outbox.hasSomething) {
      if (!isWindowFull) this.#recovery.onAppLimited();
      return false;
    }
    return !isWindowFull && paceMs <= nowMs;
  }

  #makeBody(isProbe: boolean, hasFrames: boolean, nowMs: number): Uint8Array {
    const recovery = this.#recovery;
    const writer = new BodyWriter(this.#packet, this.#maxBodyBytes);
    writer.varint(recovery.nextNumber(nowMs));
    if (this.#received.dueMs <= nowMs || this.#received.isWorthwhile) {
      writer.byte(FRAME.ack);
      this.#received.writeTo(writer, nowMs);
    }
    if (isProbe) writer.byte(FRAME.ping);
    const asks = hasFrames && this.#outbox.fill(writer, recovery.roundTripMs, nowMs) || isProbe;
    this.#sentPackets++;
    this.#sentBytes += writer.length;
    recovery.onSent(writer.length, asks, nowMs);
    return writer.body;
  }

  #makeHandler(): FrameHandler {
    const recovery = this.#recovery;
    return {
      onAck: (largest, delayMs) => {
        this.#ackDelayMs = delayMs;
        if (!recovery.onAck(largest)) this.#fail("a packet was acknowledged that was never sent");
      },
      onAckRange: (from, to) => {
        if (this.#hasFailed || recovery.onAckRange(from, to, this.#nowMs)) return;
        this.#fail("a packet was acknowledged that was never sent");
      },
      onAckEnd: () => {
        if (!this.#hasFailed) recovery.onAckEnd(this.#ackDelayMs, this.#nowMs);
      },
      onData: (number, offset, bytes, isLast) => {
        const stream = this.#find(number);
        if (stream !== undefined) {
          this.#arrive(stream, () => stream.receiving.receive(offset, bytes, isLast));
        }
      },
      onReset: (number, code, end) => {
        const stream = this.#find(number);
        if (stream !== undefined) this.#onReset(stream, code, end);
      },
      onStop: (number, code) => {
        const stream = this.#find(number);
        if (stream === undefined || !this.#reset(stream, code)) return;
        this.#events.push({ kind: "stopped", stream: number, code });
      },
      onStreamLimit: (number, limit) => {
        const stream = this.#find(number);
        stream?.sending.raiseLimit(limit);
        if (stream !== undefined) this.#outbox.queue(stream);
      },
      onOpenLimit: (count) => {
        if (!this.#table.raiseLocalLimit(count) || !this.#isOpenWanted) return;
        this.#isOpenWanted = false;
        this.#events.push({ kind: "openable" });
      },
    };
  }

  /** The stream that the remote peer speaks of; `undefined`: nothing is to be done. */
  #find(number: number): Stream | undefined {
    if (this.#hasFailed) return undefined;
    const found = this.#table.find(number, this.#nowMs, this.#noteOpened);
    if (found === "never opened") this.#fail("a stream that was never opened");
    if (found === "too many") this.#fail("more streams than may be open");
    if (found === "no room") this.#isRefused = true;
    return typeof found === "string" ? undefined : found;
  }

  /** Takes what arrives for a stream, and tells its reader. */
  #arrive(stream: Stream, receive: () => Arrival): boolean {
    const { receiving } = stream;
    const arrival = receive();
    if (arrival === "no room") {
      this.#isRefused = true;
      return false;
    }
    if (arrival !== "taken") {
      this.#fail(arrival === "two ends" ? "a stream with two ends" : "more bytes than may be sent");
      return false;
    }
    this.#outbox.wasRead(stream);
    if (receiving.readableBytes > 0 && !stream.isReadableTold) {
      stream.isReadableTold = true;
      this.#events.push({ kind: "readable", stream: stream.number });
    }
    this.#tellEnd(stream);
    this.#forgetIfOver(stream);
    return true;
  }

  #onReset(stream: Stream, code: number, end: number): void {
    const { receiving } = stream;
    const isLate = receiving.isWhole || receiving.isOver;
    const wasWanted = receiving.isWanted;
    if (isLate || !this.#arrive(stream, () => receiving.reset(end)) || !wasWanted) return;
    this.#events.push({ kind: "reset", stream: stream.number, code });
  }

  #tellEnd(stream: Stream): void {
    if (!stream.receiving.isAtEnd) return;
    stream.receiving.finish();
    this.#events.push({ kind: "ended", stream: stream.number });
    this.#forgetIfOver(stream);
  }

  /** @returns whether there was something to give up */
  #reset(stream: Stream, code: number): boolean {
    const before = stream.sending.heldBytes;
    if (!stream.sending.reset(code)) return false;
    this.#heldBytes -= before;
    stream.wantsRoom = false;
    stream.owesReset = true;
    this.#outbox.owe(stream);
    return true;
  }

  #onFrameAcked(kind: number, number: number, start: number, end: number): void {
    const stream = this.#table.get(number);
    if (stream === undefined) return;
    const { sending } = stream;
    if (kind === FRAME.reset) {
      sending.resetAcked();
      this.#forgetIfOver(stream);
    } else if (kind === FRAME.data) {
      const before = sending.heldBytes;
      const isFinished = sending.acked(start, end);
      this.#heldBytes += sending.heldBytes - before;
      if (isFinished) this.#events.push({ kind: "finished", stream: number });
      this.#tellRoom(stream);
      this.#forgetIfOver(stream);
    }
  }

  #tellRoom(stream: Stream): void {
    if (!stream.wantsRoom || this.#roomOf(stream) < LEAST_SEND_BUFFER_BYTES / 2) return;
    stream.wantsRoom = false;
    this.#events.push({ kind: "writable", stream: stream.number });
  }

  /** As much as the path needs to be kept full while something is lost, four windows of it. */
  #roomOf({ sending }: Stream): number {
    const held = sending.heldBytes;
    const window = Math.floor(4 * this.#recovery.control.window);
    const most = Math.max(FIRST_SEND_BUFFER_BYTES, Math.min(window, MAX_SEND_BUFFER_BYTES));
    const room = Math.min(most - held, MAX_TOTAL_SEND_BUFFER_BYTES - this.#heldBytes);
    return Math.max(0, LEAST_SEND_BUFFER_BYTES - held, room);
  }

  #forgetIfOver(stream: Stream): void {
    if (!stream.isOver || this.#table.get(stream.number) === undefined) return;
    this.#table.delete(stream);
    this.#outbox.forget(stream);
  }

  #fail(reason: string): void {
    if (this.#hasFailed) return;
    this.#hasFailed = true;
    this.#events.length = 0;
    this.#events.push({ kind: "failed", reason: `the remote peer broke the rules: ${reason}` });
    this.#outbox.clear();
    this.#table.clear();
  }
}

function checkBodyBytes(bytes: number): number {
  if (Number.isInteger(bytes) && bytes >= MIN_BODY_BYTES && bytes <= MAX_BODY_BYTES) return bytes;
  throw new RangeError(
    `Cannot send packets of this size: expected ${MIN_BODY_BYTES} to ${MAX_BODY_BYTES} bytes, ` +
      `received ${bytes}`,
  );
}

function checkCode(code: number): void {
  if (Number.isInteger(code) && code >= 0 && code < CODE_LIMIT) return;
  throw new RangeError(`Cannot use this code: expected 0 to ${CODE_LIMIT - 1}, received ${code}`);
}
