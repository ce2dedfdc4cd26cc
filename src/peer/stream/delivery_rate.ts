/**
 * How fast packets arrive, measured with each acknowledgement (draft-cheng-iccrg-delivery-rate-
 * estimation).
 *
 * @module
 */

import { NumberRing } from "./number_ring.ts";

/** What one acknowledgement shows, about the flight since a packet that it names was sent. */
export interface RateSample {
  /** Bytes a millisecond; 0: nothing can be said. */
  rate: number;
  /** Whether the sender could have sent more than it had. */
  isAppLimited: boolean;
  /** Bytes that were delivered when the packet was sent. */
  priorDelivered: number;
  /** Bytes of the flight that arrived. */
  arrived: number;
  /** Bytes of the flight that were lost. */
  lost: number;
}

/** Marks of packets that are added up. */
const MARK = { appLimited: 1, belowRate: 2 };

/** Counts what arrives, and what is lost. */
export class DeliveryRate {
  #delivered = 0;
  #lost = 0;
  #deliveredMs: number;
  #firstSentMs: number;
  /** The sender had nothing to send until so much was delivered. */
  #appLimitedUntil = 0;

  readonly #deliveredAt = new NumberRing();
  readonly #deliveredMsAt = new NumberRing();
  readonly #firstSentMsAt = new NumberRing();
  readonly #lostAt = new NumberRing();
  /** What is to be known of a packet besides: {@linkcode MARK}. */
  readonly #marks = new NumberRing();

  #newest = -1;
  #sendMs = 0;
  readonly #sample: RateSample = {
    rate: 0,
    isAppLimited: false,
    priorDelivered: 0,
    arrived: 0,
    lost: 0,
  };

  constructor(nowMs: number) {
    this.#deliveredMs = nowMs;
    this.#firstSentMs = nowMs;
  }

  /** Bytes that were delivered altogether. */
  get delivered(): number {
    return this.#delivered;
  }

  /** A packet is sent. */
  onSent(
    packet: number,
    oldest: number,
    inFlightBytes: number,
    isBelowRate: boolean,
    nowMs: number,
  ): void {
    if (inFlightBytes === 0) {
      this.#firstSentMs = nowMs;
      this.#deliveredMs = nowMs;
    }
    this.#deliveredAt.set(packet, this.#delivered, oldest);
    this.#deliveredMsAt.set(packet, this.#deliveredMs, oldest);
    this.#firstSentMsAt.set(packet, this.#firstSentMs, oldest);
    this.#lostAt.set(packet, this.#lost, oldest);
    const limited = this.#appLimitedUntil > this.#delivered ? MARK.appLimited : 0;
    this.#marks.set(packet, limited + (isBelowRate ? MARK.belowRate : 0), oldest);
  }

  /** Whether a packet was sent while less was sent than the path carries. */
  wasBelowRate(packet: number): boolean {
    return (this.#marks.get(packet) & MARK.belowRate) !== 0;
  }

  /** A packet arrived. */
  onAcked(packet: number, bytes: number, sentMs: number, nowMs: number): void {
    this.#delivered += bytes;
    this.#deliveredMs = nowMs;
    if (packet <= this.#newest) return;
    this.#newest = packet;
    this.#firstSentMs = sentMs;
    this.#sendMs = sentMs - this.#firstSentMsAt.get(packet);
  }

  /** A packet was lost. */
  onLost(bytes: number): void {
    this.#lost += bytes;
  }

  /** A packet that was taken for lost arrived late. */
  onLate(bytes: number): void {
    this.#lost -= bytes;
    this.#delivered += bytes;
  }

  /** The sender has nothing to send, though it may. */
  onAppLimited(inFlightBytes: number): void {
    this.#appLimitedUntil = Math.max(1, this.#delivered + inFlightBytes);
  }

  /** The acknowledgement is read to its end; the sample is valid until the next one. */
  sample(leastRoundTripMs: number, nowMs: number): RateSample | undefined {
    const packet = this.#newest;
    this.#newest = -1;
    if (packet < 0) return undefined;
    const sample = this.#sample;
    const ackMs = nowMs - this.#deliveredMsAt.get(packet);
    const intervalMs = Math.max(ackMs, this.#sendMs);
    sample.priorDelivered = this.#deliveredAt.get(packet);
    sample.arrived = this.#delivered - sample.priorDelivered;
    sample.lost = Math.max(0, this.#lost - this.#lostAt.get(packet));
    sample.isAppLimited = (this.#marks.get(packet) & MARK.appLimited) !== 0;
    const isTooShort = intervalMs < leastRoundTripMs * 0.99 || intervalMs <= 0;
    sample.rate = isTooShort ? 0 : sample.arrived / intervalMs;
    return sample;
  }
}
