/**
 * Watches one direction of a connection from outside: what is sent must keep to the windows, to the
 * pace and to what was acknowledged, and bytes must arrive as they were written.
 *
 * @module
 */

import { FRAME, readFrames } from "../../../../src/peer/stream/frames.ts";
import {
  ACK_DELAY_MS,
  FIRST_PACKETS,
  FIRST_STREAM_WINDOW_BYTES,
  MAX_LOSS_FLOOR,
  PACING_CREDIT_MS,
} from "../../../../src/peer/stream/limits.ts";
import { BodyReader } from "../../../../src/peer/stream/varint.ts";

/** A rule that was broken. */
export class BrokenRule extends Error {
  override readonly name = "BrokenRule";
}

/** The fastest pace is this part of what the path is thought to carry. */
const FASTEST_PACE = 2.77;
/** Beyond what timers explain. */
const SLACK_MS = 2;

/** What the watch must know of the path. */
export interface WatchedPath {
  readonly roundTripMs: number;
  readonly timerMs: number;
  readonly maxBodyBytes: number;
}

interface ReadBody {
  readonly packet: number;
  readonly data: readonly {
    readonly stream: number;
    readonly end: number;
    readonly bytes: number;
  }[];
  readonly limits: readonly { readonly stream: number; readonly limit: number }[];
  readonly acked: readonly (readonly [number, number])[];
  readonly urgency: "soon" | "now" | "never";
  readonly isProbe: boolean;
}

/** Of one sender, and what comes back to it. */
export class Watch {
  readonly #path: WatchedPath;
  /** How far each stream may be sent, as the sender knows. */
  readonly #limits = new Map<number, number>();
  /** Packets of the other side that arrived here. */
  readonly #arrived = new Set<number>();
  #ackDueMs = Infinity;
  #burstMs = -1;
  #burstBytes = 0;
  #sentStreamBytes = 0;
  #droppedStreamBytes = 0;

  constructor(path: WatchedPath) {
    this.#path = path;
  }

  /** Bytes of streams that were sent, those that were sent again included. */
  get sentStreamBytes(): number {
    return this.#sentStreamBytes;
  }

  /** Of these, bytes that the path dropped. */
  get droppedStreamBytes(): number {
    return this.#droppedStreamBytes;
  }

  /**
   * A body leaves.
   *
   * @param bandwidth what the sender thinks that the path carries, in bytes a second
   * @param fate what the path does with it
   */
  onSend(body: Uint8Array, bandwidth: number, fate: "arrives" | "dropped", nowMs: number): void {
    const read = readBody(body);
    for (const [from, to] of read.acked) {
      for (let packet = from; packet <= to; packet++) {
        if (!this.#arrived.has(packet)) throw new BrokenRule(`packet ${packet} never arrived`);
      }
      this.#ackDueMs = Infinity;
    }
    for (const { stream, end, bytes } of read.data) {
      const limit = this.#limits.get(stream) ?? FIRST_STREAM_WINDOW_BYTES;
      if (end > limit) throw new BrokenRule(`stream ${stream} was sent to ${end} beyond ${limit}`);
      this.#sentStreamBytes += bytes;
      if (fate === "dropped") this.#droppedStreamBytes += bytes;
    }
    if (read.urgency !== "never" && !read.isProbe) this.#checkBurst(body.length, bandwidth, nowMs);
  }

  /** A body arrives at this side. */
  onArrival(body: Uint8Array, nowMs: number): void {
    const { packet, urgency, limits } = readBody(body);
    this.#arrived.add(packet);
    for (const { stream, limit } of limits) {
      this.#limits.set(stream, Math.max(limit, this.#limits.get(stream) ?? 0));
    }
    if (urgency !== "never") {
      const dueMs = nowMs + ACK_DELAY_MS + this.#path.timerMs + SLACK_MS;
      this.#ackDueMs = Math.min(this.#ackDueMs, dueMs);
    }
  }

  /** Time passes. */
  check(nowMs: number): void {
    if (nowMs > this.#ackDueMs) throw new BrokenRule("an acknowledgement is late");
  }

  /** What leaves at one moment is what the pace allows since the last look, a late timer included. */
  #checkBurst(bytes: number, bandwidth: number, nowMs: number): void {
    if (nowMs !== this.#burstMs) this.#burstBytes = 0;
    this.#burstMs = nowMs;
    this.#burstBytes += bytes;
    const { roundTripMs, timerMs, maxBodyBytes } = this.#path;
    const firstRate = FIRST_PACKETS * maxBodyBytes / roundTripMs;
    const rate = Math.max(firstRate, bandwidth / 1_000 / (1 - MAX_LOSS_FLOOR));
    const most = FASTEST_PACE * rate * (PACING_CREDIT_MS + timerMs) + 2 * maxBodyBytes;
    if (this.#burstBytes > most) {
      throw new BrokenRule(
        `${this.#burstBytes} bytes left at once, at most ${Math.round(most)} may`,
      );
    }
  }
}

function readBody(body: Uint8Array): ReadBody {
  const reader = new BodyReader(body);
  const packet = reader.varint();
  const data: { stream: number; end: number; bytes: number }[] = [];
  const limits: { stream: number; limit: number }[] = [];
  const acked: [number, number][] = [];
  const urgency = readFrames(reader, {
    onAck: () => {},
    onAckRange: (from, to) => acked.push([from, to]),
    onAckEnd: () => {},
    onData: (stream, offset, { length }) =>
      data.push({ stream, end: offset + length, bytes: length }),
    onReset: () => {},
    onStop: () => {},
    onStreamLimit: (stream, limit) => limits.push({ stream, limit }),
    onOpenLimit: () => {},
  });
  if (urgency === "malformed") throw new BrokenRule("a body cannot be read");
  return {
    packet,
    data,
    limits,
    acked,
    urgency,
    isProbe: body.includes(FRAME.ping) && urgency === "now",
  };
}
