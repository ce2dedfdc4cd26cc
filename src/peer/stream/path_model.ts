/**
 * What is known of the path: how much it carries, how long it takes at least, how much it loses
 * whatever is sent.
 *
 * @module
 */

import type { RateSample } from "./delivery_rate.ts";
import { LEAST_ROUND_TRIP_KEPT_MS, LOSS_FLOOR_PACKETS, MAX_LOSS_FLOOR } from "./limits.ts";
import { WindowedMax } from "./windowed_max.ts";

/** As if so many packets had arrived before the first: one that is lost does not mean that all are. */
const FEW_PACKETS = 16;

/** The model, learnt from acknowledgements. */
export class PathModel {
  readonly #bandwidth = new WindowedMax();
  #leastRoundTripMs = Infinity;
  #leastRoundTripAtMs: number;
  #roundEnd = 0;
  #rounds = 0;
  #lossFloor = 0;
  #lossFloorPackets = FEW_PACKETS;

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
    return Math.min(this.#lossFloor, MAX_LOSS_FLOOR);
  }

  /** Bytes a millisecond that are to be sent so that the bandwidth arrives. */
  get sendingRate(): number {
    return this.#bandwidth.value / (1 - this.lossFloor);
  }

  /** Bytes that fill the path and no queue. */
  get filling(): number {
    return this.sendingRate * this.#leastRoundTripMs;
  }

  /** Whether the least round trip is so old that it should be looked for again. */
  isLeastRoundTripOld(nowMs: number): boolean {
    return nowMs - this.#leastRoundTripAtMs > LEAST_ROUND_TRIP_KEPT_MS;
  }

  /** Takes a round trip. */
  takeRoundTrip(sampleMs: number, nowMs: number): void {
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
    return true;
  }

  /** Forgets the bandwidth of the cycle before the last. */
  nextCycle(): void {
    this.#bandwidth.advance();
  }

  /** A packet that was sent while less was sent than the path carries arrived, or did not. */
  takeFate(fate: "arrived" | "lost"): void {
    this.#lossFloorPackets = Math.min(LOSS_FLOOR_PACKETS, this.#lossFloorPackets + 1);
    this.#lossFloor += ((fate === "lost" ? 1 : 0) - this.#lossFloor) / this.#lossFloorPackets;
  }
}
