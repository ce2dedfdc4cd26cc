/**
 * What the body of a packet holds: a packet number, then frames (docs/STREAM.md).
 *
 * @module
 */

import { ACK_DELAY_PARTS } from "./limits.ts";
import { BodyReader } from "./varint.ts";

/** The first byte of each frame. */
export const FRAME = {
  /** Acknowledge at once. */
  ping: 1,
  ack: 2,
  /** Bytes of a stream. */
  data: 3,
  /** The same, and the stream ends behind them. */
  lastData: 4,
  /** The sender of a stream gives up. */
  reset: 5,
  /** The reader of a stream wants no more. */
  stop: 6,
  /** How far a stream may be sent. */
  streamLimit: 7,
  /** How many streams may be opened altogether. */
  openLimit: 8,
} as const;

/** Codes of a reset or a stop end before this. */
export const CODE_LIMIT = 2 ** 32;

/** What is done with the frames of a body, in their order. */
export interface FrameHandler {
  /** Packets up to `largest` are acknowledged; ranges follow in descending order, both ends included. */
  onAck(largest: number, delayMs: number): void;
  onAckRange(from: number, to: number): void;
  onAckEnd(): void;
  onData(stream: number, offset: number, bytes: Uint8Array, isLast: boolean): void;
  onReset(stream: number, code: number, end: number): void;
  onStop(stream: number, code: number): void;
  onStreamLimit(stream: number, limit: number): void;
  onOpenLimit(count: number): void;
}

/** When a body is to be acknowledged; `malformed` says nothing about what was handled before. */
export type Urgency = "soon" | "now" | "never" | "malformed";

/** Reads the frames behind the packet number. Never throws on what it reads. */
export function readFrames(reader: BodyReader, handler: FrameHandler): Urgency {
  let urgency: Urgency = "never";
  let acks = 0;
  while (!reader.isAtEnd) {
    const kind = reader.byte();
    if (kind === FRAME.ack) {
      // One says all; thousands in one body would each be looked up among all packets.
      if (++acks > 1 || !readAck(reader, handler)) return "malformed";
      continue;
    }
    if (kind === FRAME.ping) urgency = "now";
    else if (!readFrame(kind, reader, handler)) return "malformed";
    else if (urgency === "never") urgency = "soon";
  }
  return urgency;
}

function readFrame(kind: number, reader: BodyReader, handler: FrameHandler): boolean {
  switch (kind) {
    case FRAME.data:
    case FRAME.lastData:
      return readData(reader, kind === FRAME.lastData, handler);
    case FRAME.reset: {
      const stream = reader.varint();
      const code = reader.varint();
      const end = reader.varint();
      if (end < 0 || code >= CODE_LIMIT) return false;
      handler.onReset(stream, code, end);
      return true;
    }
    case FRAME.stop: {
      const stream = reader.varint();
      const code = reader.varint();
      if (code < 0 || code >= CODE_LIMIT) return false;
      handler.onStop(stream, code);
      return true;
    }
    case FRAME.streamLimit: {
      const stream = reader.varint();
      const limit = reader.varint();
      if (limit < 0) return false;
      handler.onStreamLimit(stream, limit);
      return true;
    }
    case FRAME.openLimit: {
      const count = reader.varint();
      if (count < 0) return false;
      handler.onOpenLimit(count);
      return true;
    }
  }
  return false;
}

function readData(reader: BodyReader, isLast: boolean, handler: FrameHandler): boolean {
  const stream = reader.varint();
  const offset = reader.varint();
  const bytes = reader.bytes(reader.varint());
  if (bytes === undefined) return false;
  handler.onData(stream, offset, bytes, isLast);
  return true;
}

function readAck(reader: BodyReader, handler: FrameHandler): boolean {
  const largest = reader.varint();
  const delay = reader.varint();
  let further = reader.varint();
  let from = largest - reader.varint();
  if (further < 0 || from < 0 || from > largest) return false;
  handler.onAck(largest, delay / ACK_DELAY_PARTS);
  handler.onAckRange(from, largest);
  for (; further > 0; further--) {
    const missing = reader.varint();
    const to = from - missing - 2;
    const length = reader.varint();
    from = to - length;
    if (missing < 0 || length < 0 || from < 0) return false;
    handler.onAckRange(from, to);
  }
  handler.onAckEnd();
  return true;
}
