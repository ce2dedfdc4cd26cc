/**
 * A TCP flow that always has something to send, as the kernel's CUBIC with selective acknowledgements
 * would (RFC 9438, RFC 9406 for the end of slow start, RFC 6675 for what is lost): for company.
 *
 * @module
 */

import type { Clock } from "../../../../src/clock.ts";
import type { Bottleneck } from "../../../simulated/bottleneck.ts";

const SEGMENT_BYTES = 1_448;
/** IPv4 and TCP with timestamps, less what a bottleneck adds to a datagram. */
const HEADER_BYTES = 52 - 28;
const CUBIC_C = 0.4;
const CUBIC_BETA = 0.7;
const FIRST_WINDOW = 10;
/** Segments that must have overtaken another before that counts as lost. */
const DUPLICATES = 3;
const LEAST_TIMEOUT_MS = 200;

/** One flow. Windows are in segments. */
export class CubicFlow {
  readonly #clock: Clock;
  readonly #there: Bottleneck;
  readonly #back: Bottleneck;
  #window = FIRST_WINDOW;
  #slowStartEnd = Infinity;
  #next = 0;
  /** When each segment was sent that is on its way, in the order of sending. */
  readonly #outstanding = new Map<number, number>();
  #recoverUntil = -1;
  #largestWindow = 0;
  #epochMs = 0;
  #epochWindow = 0;
  #smoothedMs = 0;
  #variationMs = 0;
  #leastMs = Infinity;
  #roundEnd = 0;
  #roundLeastMs = Infinity;
  #lastRoundLeastMs = Infinity;
  #cancelTimeout: (() => void) | undefined;
  #delivered = 0;
  #isOver = false;

  constructor(clock: Clock, there: Bottleneck, back: Bottleneck) {
    this.#clock = clock;
    this.#there = there;
    this.#back = back;
  }

  /** Bytes that arrived. */
  get deliveredBytes(): number {
    return this.#delivered * SEGMENT_BYTES;
  }

  /** Begins to send. */
  start(): void {
    this.#fill();
  }

  /** Sends nothing more. */
  stop(): void {
    this.#isOver = true;
    this.#cancelTimeout?.();
  }

  #fill(): void {
    while (!this.#isOver && this.#outstanding.size < Math.floor(this.#window)) this.#send();
  }

  #send(): void {
    const segment = this.#next++;
    this.#outstanding.set(segment, this.#clock.nowMs());
    if (this.#outstanding.size === 1) this.#armTimeout();
    this.#there.send(SEGMENT_BYTES + HEADER_BYTES, () => {
      this.#back.send(HEADER_BYTES, () => this.#onAck(segment));
    });
  }

  #onAck(segment: number): void {
    const sentMs = this.#outstanding.get(segment);
    if (sentMs === undefined || this.#isOver) return;
    const nowMs = this.#clock.nowMs();
    this.#outstanding.delete(segment);
    this.#delivered++;
    this.#sample(nowMs - sentMs);
    for (const other of this.#outstanding.keys()) {
      if (other > segment - DUPLICATES) break;
      this.#outstanding.delete(other);
      this.#onLost(other, nowMs);
    }
    if (segment > this.#recoverUntil) this.#grow(segment, nowMs);
    this.#armTimeout();
    this.#fill();
  }

  #sample(sampleMs: number): void {
    this.#leastMs = Math.min(this.#leastMs, sampleMs);
    this.#roundLeastMs = Math.min(this.#roundLeastMs, sampleMs);
    if (this.#smoothedMs === 0) {
      this.#smoothedMs = sampleMs;
      this.#variationMs = sampleMs / 2;
    } else {
      this.#variationMs += (Math.abs(this.#smoothedMs - sampleMs) - this.#variationMs) / 4;
      this.#smoothedMs += (sampleMs - this.#smoothedMs) / 8;
    }
  }

  /** All that is lost of one window counts once. */
  #onLost(segment: number, nowMs: number): void {
    if (segment <= this.#recoverUntil) return;
    this.#recoverUntil = this.#next - 1;
    this.#largestWindow = this.#window < this.#largestWindow
      ? this.#window * (1 + CUBIC_BETA) / 2
      : this.#window;
    this.#window = Math.max(2, this.#window * CUBIC_BETA);
    this.#slowStartEnd = this.#window;
    this.#beginEpoch(nowMs);
  }

  #beginEpoch(nowMs: number): void {
    this.#epochMs = nowMs;
    this.#epochWindow = this.#window;
  }

  #grow(segment: number, nowMs: number): void {
    if (this.#window < this.#slowStartEnd) {
      this.#window++;
      if (segment >= this.#roundEnd) this.#lookForQueue(nowMs);
      return;
    }
    const seconds = (nowMs - this.#epochMs) / 1_000;
    const wait = Math.cbrt(Math.max(0, this.#largestWindow - this.#epochWindow) / CUBIC_C);
    const rtt = this.#smoothedMs / 1_000;
    const cubic = CUBIC_C * (seconds + rtt - wait) ** 3 +
      Math.max(this.#largestWindow, this.#epochWindow);
    const alpha = 3 * (1 - CUBIC_BETA) / (1 + CUBIC_BETA);
    const friendly = this.#epochWindow + alpha * seconds / rtt;
    const target = Math.min(Math.max(cubic, friendly), 1.5 * this.#window);
    if (target > this.#window) this.#window += (target - this.#window) / this.#window;
  }

  /** Slow start ends where round trips grow (HyStart). */
  #lookForQueue(nowMs: number): void {
    const thresholdMs = Math.min(16, Math.max(4, this.#lastRoundLeastMs / 8));
    if (this.#window >= 16 && this.#roundLeastMs >= this.#lastRoundLeastMs + thresholdMs) {
      this.#slowStartEnd = this.#window;
      this.#largestWindow = this.#window;
      this.#beginEpoch(nowMs);
    }
    this.#roundEnd = this.#next;
    this.#lastRoundLeastMs = this.#roundLeastMs;
    this.#roundLeastMs = Infinity;
  }

  #armTimeout(): void {
    this.#cancelTimeout?.();
    if (this.#outstanding.size === 0) return;
    const delayMs = Math.max(LEAST_TIMEOUT_MS, this.#smoothedMs + 4 * this.#variationMs);
    this.#cancelTimeout = this.#clock.schedule(delayMs, () => {
      this.#outstanding.clear();
      this.#slowStartEnd = Math.max(2, this.#window * CUBIC_BETA);
      this.#largestWindow = this.#window;
      this.#window = 1;
      this.#recoverUntil = this.#next - 1;
      this.#beginEpoch(this.#clock.nowMs());
      this.#fill();
    });
  }
}
