/**
 * Which packets arrived, and when to say so.
 *
 * @module
 */

import {
  ACK_DELAY_MS,
  ACK_DELAY_PARTS,
  ACK_EVERY_PACKETS,
  MAX_ACK_DELAY_MS,
  MAX_ACK_RANGES,
  MAX_RECEIVED_RANGES,
} from "./limits.ts";
import { Ranges } from "./ranges.ts";
import { type BodyWriter, varintBytes } from "./varint.ts";

/** The packet numbers that were received. */
export class ReceivedPackets {
  readonly #ranges = new Ranges();
  #largest = -1;
  #largestMs = 0;
  /** Packets since the last acknowledgement that ask for one. */
  #unacked = 0;
  #dueMs = Infinity;

  /** When an acknowledgement is to be sent; `Infinity`: none is owed. */
  get dueMs(): number {
    return this.#dueMs;
  }

  /** Whether a packet that goes anyway should take an acknowledgement along. */
  get isWorthwhile(): boolean {
    return this.#unacked > 1;
  }

  /**
   * Notes a packet.
   *
   * @param asks whether it is to be acknowledged: with others, at once, or only beside others
   */
  add(packet: number, asks: "soon" | "now" | "never", nowMs: number): void {
    this.#ranges.add(packet, packet + 1);
    if (this.#ranges.count > MAX_RECEIVED_RANGES) this.#ranges.removeFirst();
    if (packet > this.#largest) {
      this.#largest = packet;
      this.#largestMs = nowMs;
    }
    if (asks === "never") return;
    this.#unacked++;
    const isNow = asks === "now" || this.#unacked >= ACK_EVERY_PACKETS;
    this.#dueMs = Math.min(this.#dueMs, isNow ? nowMs : nowMs + ACK_DELAY_MS);
  }

  /**
   * Writes the numbers that arrived: the largest, how long ago in 1/16 ms, how many further ranges,
   * the length of the first less one, then for each the missing numbers less one and its length less
   * one. The oldest ranges are left out where there is no room.
   */
  writeTo(writer: BodyWriter, nowMs: number): void {
    const ranges = this.#ranges;
    const delayMs = Math.min(nowMs - this.#largestMs, MAX_ACK_DELAY_MS);
    let index = ranges.count - 1;
    const last = Math.max(0, index - MAX_ACK_RANGES + 1, index - roomFor(ranges, writer.room - 25));
    writer.varint(ranges.endOf(index) - 1);
    writer.varint(Math.round(delayMs * ACK_DELAY_PARTS));
    writer.varint(index - last);
    writer.varint(ranges.endOf(index) - ranges.startOf(index) - 1);
    while (--index >= last) {
      writer.varint(ranges.startOf(index + 1) - ranges.endOf(index) - 1);
      writer.varint(ranges.endOf(index) - ranges.startOf(index) - 1);
    }
    this.#unacked = 0;
    this.#dueMs = Infinity;
  }
}

/** How many ranges behind the newest have room. */
function roomFor(ranges: Ranges, bytes: number): number {
  let count = 0;
  let left = bytes;
  for (let i = ranges.count - 2; i >= 0; i--) {
    left -= varintBytes(ranges.startOf(i + 1) - ranges.endOf(i) - 1) +
      varintBytes(ranges.endOf(i) - ranges.startOf(i) - 1);
    if (left < 0) break;
    count++;
  }
  return count;
}
