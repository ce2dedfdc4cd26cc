/**
 * What is known of the path: how much it carries, how long it takes at least, how much it loses
 * whatever is sent.
 *
 * @module
 */

import type { RateSample } from "./delivery_rate.ts";
import {
  LEAST_ROUND_TRIP_KEPT_MS,
  LOSS_FLOOR_MARGIN,
  LOSS_FLOOR_PACKETS,
  LOSS_FLOOR_ROUNDS,
  MAX_LOSS_FLOOR,
} from "./limits.ts";
import { WindowedMax } from "./windowed_max.ts";

/** As if so many packets had arrived before the first: one that is lost does not mean that all are. */
const FEW_PACKETS = 16;

/** A round trip above this part of the least one, and so much, has a queue in it. */
const QUEUE = {
  part: 1.04,
  ms: 1,
  /** One that forms must also stand out of what overtaking packets make of round trips. */
  spreads: 2,
};

/** Round trips in a row that have a queue in them before it is believed (RFC 9406). */
const QUEUED_SAMPLES = 8;

/** The model, learnt from acknowledgements. */
export class PathModel {
  readonly #bandwidth = new WindowedMax();
  #leastRoundTripMs = Infinity;
  #leastRoundTripAtMs: number;
  #roundEnd = 0;
  #roundLeastMs = Infinity;
  #roundSumMs = 0;
  #roundSamples = 0;
  /** By how much the mean of a round's trips exceeds the least, in the calmest round. */
  #spreadMs = Infinity;
  #queuedSamples = 0;
  #isQueueStanding = false;
  #lossFloor = 0;
  #rounds = 0;
  /** Shares that the last rounds lost, as a ring. */
  readonly #lossOfRounds = new Float64Array(LOSS_FLOOR_ROUNDS);
  /** Packets that were sent below the rate of the path, by what became of them. */
  readonly #belowRate = { arrived: FEW_PACKETS, lost: 0 };

  constructor(nowMs: number) {
    this.#leastRoundTripAtMs = nowMs;
  }

  /** Bytes a millisecond that arrive at the best; 0 before the first sample. */
  get bandwidth(): number {
    return this.#bandwidth.value;
  }

  /** The shortest round trip of the last seconds; `Infinity` before the first sample. */
  get leastRoundTripMs(): number {
    return this.#leastRoundTripMs;
  }

  /** Rounds that have passed: what was sent at the start of each was acknowledged at its end. */
  get rounds(): number {
    return this.#rounds;
  }

  /**
   * The share that is lost even when the path is not full, so that less of it says nothing about how
   * much the path carries.
   */
  get lossFloor(): number {
    return this.#lossFloor;
  }

  /** Whether a round trip is so long that there must have been a queue. */
  hasQueue(sampleMs: number): boolean {
    return sampleMs > QUEUE.part * this.#leastRoundTripMs + QUEUE.ms;
  }

  /**
   * Whether a queue begins to stand: some round trips in a row are longer than they are at times in
   * every round.
   */
  get isQueueForming(): boolean {
    return this.#queuedSamples >= QUEUED_SAMPLES;
  }

  /** Whether a queue stood for all of the last round: somebody sends more than the path carries. */
  get isQueueStanding(): boolean {
    return this.#isQueueStanding;
  }

  /**
   * Bytes a millisecond that are to be sent so that the bandwidth arrives. What the path loses is not
   * made up for while a queue stands, or it would never run empty.
   */
  get sendingRate(): number {
    return this.#bandwidth.value / (1 - (this.#isQueueStanding ? 0 : this.lossFloor));
  }

  /** Bytes that fill the path and no queue. */
  get filling(): number {
    return this.#bandwidth.value / (1 - this.lossFloor) * this.#leastRoundTripMs;
  }

  /** Whether the least round trip is so old that it should be looked for again. */
  isLeastRoundTripOld(nowMs: number): boolean {
    return nowMs - this.#leastRoundTripAtMs > LEAST_ROUND_TRIP_KEPT_MS;
  }

  /** Takes a round trip; `delayMs` of it the acknowledgement waited for company. */
  takeRoundTrip(sampleMs: number, delayMs: number, nowMs: number): void {
    const netMs = sampleMs - delayMs;
    this.#roundLeastMs = Math.min(this.#roundLeastMs, netMs);
    this.#roundSumMs += netMs;
    this.#roundSamples++;
    const isQueued = this.hasQueue(netMs - QUEUE.spreads * this.#spreadMs);
    this.#queuedSamples = isQueued ? this.#queuedSamples + 1 : 0;
    if (sampleMs > this.#leastRoundTripMs) return;
    this.#leastRoundTripMs = sampleMs;
    this.#leastRoundTripAtMs = nowMs;
  }

  /** What was measured while nothing was in the way of it counts as the least. */
  replaceLeastRoundTrip(sampleMs: number, nowMs: number): void {
    this.#leastRoundTripMs = sampleMs;
    this.#leastRoundTripAtMs = nowMs;
  }

  /** Takes a sample. @returns whether a round has passed with it */
  take(sample: RateSample, delivered: number): boolean {
    if (!sample.isAppLimited || sample.rate > this.bandwidth) this.#bandwidth.take(sample.rate);
    if (sample.priorDelivered < this.#roundEnd) return false;
    this.#roundEnd = delivered;
    this.#rounds++;
    this.#learnLossFloor(sample.lost / (sample.lost + sample.arrived));
    this.#endRound();
    return true;
  }

  /** Forgets the bandwidth of the cycle before the last. */
  nextCycle(): void {
    this.#bandwidth.advance();
  }

  /** A packet that was sent while less was sent than the path carries arrived, or did not. */
  takeFate(fate: "arrived" | "lost"): void {
    const counts = this.#belowRate;
    counts[fate]++;
    if (counts.arrived + counts.lost < LOSS_FLOOR_PACKETS) return;
    counts.arrived /= 2;
    counts.lost /= 2;
  }

  #endRound(): void {
    this.#isQueueStanding = this.hasQueue(this.#roundLeastMs) && this.#roundLeastMs < Infinity;
    if (this.#roundSamples > 1) {
      const meanMs = this.#roundSumMs / this.#roundSamples;
      this.#spreadMs = Math.min(this.#spreadMs, meanMs - this.#roundLeastMs);
    }
    this.#roundLeastMs = Infinity;
    this.#roundSumMs = 0;
    this.#roundSamples = 0;
  }

  /** What a path loses anyway it loses in every round: a receiver that was busy for a moment does not. */
  #learnLossFloor(share: number): void {
    this.#lossOfRounds[this.#rounds % LOSS_FLOOR_ROUNDS] = share;
    const { arrived, lost } = this.#belowRate;
    this.#lossFloor = Math.min(
      lost / (lost + arrived),
      Math.min(...this.#lossOfRounds) + LOSS_FLOOR_MARGIN,
      MAX_LOSS_FLOOR,
    );
  }
}
