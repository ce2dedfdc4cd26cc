/**
 * How much may be on its way, and how fast it goes out: by a model of the path and not by loss, in the
 * manner of BBR (draft-ietf-ccwg-bbr).
 *
 * @module
 */

import type { RateSample } from "./delivery_rate.ts";
import {
  CRUISE_ROUNDS,
  EXCESS_LOSS,
  FIRST_PACKETS,
  FLOODING_LOSS,
  LEAST_PACKETS,
  MAX_PATIENCE,
  PROBE_ROUND_TRIP_MS,
  SLACK_MS,
} from "./limits.ts";
import { PathModel } from "./path_model.ts";
import { Yielding } from "./yielding.ts";

/** What the sender tries at the moment. */
export type Phase = "startup" | "drain" | "up" | "down" | "cruise" | "probe round trip";

/** How fast it sends, as a part of what the path is thought to carry. */
const PACE: Readonly<Record<Phase, number>> = {
  startup: 2.77,
  drain: 0.36,
  up: 1.25,
  down: 0.8,
  cruise: 1,
  "probe round trip": 1,
};

const START_WINDOW = 2;

/** The control. */
export class CongestionControl {
  readonly #random: () => number;
  readonly model: PathModel;
  readonly #yielding = new Yielding();
  #packetBytes: number;
  #phase: Phase = "startup";
  #phaseMs: number;
  #phaseRounds = 0;
  #cruiseRounds = 0;
  #patience = 1;
  /** Bytes that may be on their way. */
  #window: number;
  #isPathFull = false;
  #startPace: number;
  #grownBandwidth = 0;
  #roundsWithoutGrowth = 0;
  #latestMs = 0;
  #probedRoundTripMs = Infinity;
  #probeEndMs = Infinity;

  constructor(random: () => number, packetBytes: number, roundTripMs: number, nowMs: number) {
    this.#random = random;
    this.#startPace = PACE.startup * FIRST_PACKETS * packetBytes / Math.max(1, roundTripMs);
    this.model = new PathModel(nowMs);
    this.#packetBytes = packetBytes;
    this.#phaseMs = nowMs;
    this.#window = FIRST_PACKETS * packetBytes;
  }

  /** What it tries at the moment. */
  get phase(): Phase {
    return this.#phase;
  }

  /** Bytes a millisecond that go out; while it grows, what was possible stays possible. */
  get pace(): number {
    const pace = PACE[this.#phase] * this.model.sendingRate;
    return this.#isPathFull ? pace : this.#startPace = Math.max(this.#startPace, pace);
  }

  /** Bytes that may be on their way. */
  get window(): number {
    if (this.#phase !== "probe round trip") return this.#window;
    return Math.min(this.#window, Math.max(this.model.filling / 2, this.#least));
  }

  /** Whether less is sent than the path carries, so that what is lost is lost for other reasons. */
  get isBelowRate(): boolean {
    return PACE[this.#phase] < 1;
  }

  /** How large packets are from now on. */
  setPacketBytes(bytes: number): void {
    this.#packetBytes = bytes;
  }

  /** An acknowledgement is read to its end. */
  onAck(
    sample: RateSample,
    delivered: number,
    ackedBytes: number,
    inFlightBytes: number,
    nowMs: number,
  ): void {
    const isRound = this.model.take(sample, delivered);
    this.#yielding.onInFlight(inFlightBytes + ackedBytes);
    if (isRound) this.#onRound(sample);
    this.#proceed(sample, isRound, inFlightBytes, nowMs);
    this.#growWindow(ackedBytes, delivered);
  }

  /** A round trip was measured; `delayMs` of it the acknowledgement waited for company. */
  onRoundTrip(sampleMs: number, delayMs: number, nowMs: number): void {
    this.#latestMs = sampleMs - delayMs;
    this.#probedRoundTripMs = Math.min(this.#probedRoundTripMs, sampleMs);
    this.model.takeRoundTrip(sampleMs, delayMs, nowMs);
  }

  get #least(): number {
    return LEAST_PACKETS * this.#packetBytes;
  }

  #onRound(sample: RateSample): void {
    this.#phaseRounds++;
    if (!this.#isPathFull || this.#phase === "probe round trip") return;
    const overflow = this.#isBeyondFloor(sample, 0) ? "overflows" : "stands";
    this.#yielding.onRound(this.model.isQueueStanding ? overflow : "none", this.#packetBytes);
  }

  #proceed(sample: RateSample, isRound: boolean, inFlightBytes: number, nowMs: number): void {
    const { model } = this;
    switch (this.#phase) {
      case "startup":
        this.#lookWhetherFull(sample, isRound, inFlightBytes);
        if (this.#isPathFull) this.#enter("drain", nowMs);
        break;
      case "drain":
        if (inFlightBytes <= model.filling) this.#probeUp(nowMs);
        break;
      case "up":
        if (this.#isUpOver(sample, inFlightBytes, nowMs)) this.#enter("down", nowMs);
        break;
      case "down":
        if (inFlightBytes <= model.filling || this.#phaseRounds > 1) this.#rest(sample, nowMs);
        break;
      case "cruise":
        if (this.#phaseRounds >= this.#cruiseRounds) this.#probeUp(nowMs);
        break;
      case "probe round trip":
        this.#probeRoundTrip(inFlightBytes, nowMs);
        return;
    }
    if (this.#phase !== "startup" && model.isLeastRoundTripOld(nowMs)) {
      this.#enter("probe round trip", nowMs);
      this.#probedRoundTripMs = Infinity;
      this.#probeEndMs = Infinity;
    }
  }

  #enter(phase: Phase, nowMs: number): void {
    this.#phase = phase;
    this.#phaseMs = nowMs;
    this.#phaseRounds = 0;
  }

  #probeUp(nowMs: number): void {
    this.model.nextCycle();
    this.#grownBandwidth = this.model.bandwidth;
    this.#enter("up", nowMs);
  }

  /** What brought more is tried again at once; what brought nothing but loss, less often. */
  #rest(sample: RateSample, nowMs: number): void {
    if (this.#hasGrown()) {
      this.#patience = 1;
      this.#enter("up", nowMs);
      return;
    }
    const isFutile = this.model.hasQueue(this.#latestMs) && this.#isBeyondFloor(sample, 0);
    this.#patience = isFutile ? Math.min(2 * this.#patience, MAX_PATIENCE) : 1;
    this.#cruise(nowMs);
  }

  #cruise(nowMs: number): void {
    this.#enter("cruise", nowMs);
    const { least, most } = CRUISE_ROUNDS;
    const rounds = least + Math.floor(this.#random() * (most - least + 1));
    this.#cruiseRounds = this.#patience * rounds;
  }

  /**
   * The path is full when a queue begins to stand, when it loses what no path loses anyway, or when
   * three rounds did not bring a quarter more. Who uses less than half of what may be on its way makes
   * no queue: it is somebody else's.
   */
  #lookWhetherFull(sample: RateSample, isRound: boolean, inFlightBytes: number): void {
    const isOurs = inFlightBytes >= this.#window / 2;
    if (isOurs && this.model.isQueueForming || this.#isFlooding(sample)) this.#isPathFull = true;
    if (!isRound) return;
    if (this.#hasGrown()) this.#roundsWithoutGrowth = 0;
    else if (!sample.isAppLimited) this.#isPathFull ||= ++this.#roundsWithoutGrowth >= 3;
  }

  /** Whether so much is lost that a queue which is too short to be seen must be full. */
  #isFlooding(sample: RateSample): boolean {
    const packets = (sample.lost + sample.arrived) / this.#packetBytes;
    return packets >= 2 * FIRST_PACKETS && this.#isBeyondFloor(sample, FLOODING_LOSS);
  }

  /** Whether the bandwidth is clearly larger than when this was last so. */
  #hasGrown(): boolean {
    const { bandwidth } = this.model;
    if (bandwidth < this.#grownBandwidth * (this.#isPathFull ? 1.1 : 1.25)) return false;
    this.#grownBandwidth = bandwidth;
    return true;
  }

  #isUpOver(sample: RateSample, inFlightBytes: number, nowMs: number): boolean {
    const { model } = this;
    if (nowMs - this.#phaseMs < model.leastRoundTripMs) return false;
    return this.#phaseRounds > 2 || this.#isBeyondFloor(sample, EXCESS_LOSS) ||
      inFlightBytes >= PACE.up * model.filling;
  }

  /** Whether clearly more was lost, by a share, than this path loses anyway. */
  #isBeyondFloor({ lost, arrived }: RateSample, share: number): boolean {
    const packets = (lost + arrived) / this.#packetBytes;
    const floor = this.model.lossFloor;
    const chance = 3 * Math.sqrt(Math.max(floor, 1 / packets) * (1 - floor) / packets);
    return lost / (lost + arrived) > floor + share + chance;
  }

  /** Lets the queue run empty for a moment, to see how long the path takes without one. */
  #probeRoundTrip(inFlightBytes: number, nowMs: number): void {
    if (this.#probeEndMs === Infinity && inFlightBytes <= this.window) {
      this.#probeEndMs = nowMs + Math.max(PROBE_ROUND_TRIP_MS, this.model.leastRoundTripMs);
      this.#probedRoundTripMs = Infinity;
    }
    if (nowMs < this.#probeEndMs || this.#probedRoundTripMs === Infinity) return;
    this.model.replaceLeastRoundTrip(this.#probedRoundTripMs, nowMs);
    this.#cruise(nowMs);
  }

  #growWindow(ackedBytes: number, delivered: number): void {
    const { model } = this;
    const slack = model.sendingRate * SLACK_MS;
    const gain = this.#isPathFull ? 2 : START_WINDOW;
    const target = gain * model.filling + slack + (this.#isPathFull ? this.#least : 0);
    if (this.#isPathFull) {
      this.#window = Math.min(this.#window + ackedBytes, target);
    } else if (this.#window < target || delivered < FIRST_PACKETS * this.#packetBytes) {
      this.#window += ackedBytes;
    }
    this.#window = Math.max(Math.min(this.#window, this.#yielding.capBytes), this.#least);
  }
}
