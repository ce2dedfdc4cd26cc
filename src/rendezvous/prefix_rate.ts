/**
 * How often something may happen per network prefix, in constant memory.
 *
 * @module
 */

import type { PackedAddress } from "../address.ts";
import { RATE_BURST_S } from "../limits.ts";
import type { PerPrefix, PrefixLevel } from "./prefix.ts";
import { TimeSketch } from "./time_sketch.ts";

/** Limits how often something happens per prefix: a token bucket (as GCRA, one time per cell). */
export class PrefixRate {
  readonly #address: LevelRate;
  readonly #network: LevelRate;

  /**
   * @param perSecond sustained rate per prefix; {@linkcode RATE_BURST_S} seconds of it at once
   * @param random32 source of secret 32-bit numbers
   */
  constructor(perSecond: PerPrefix, random32: () => number) {
    this.#address = new LevelRate("address", perSecond.address, random32());
    this.#network = new LevelRate("network", perSecond.network, random32());
  }

  /**
   * Counts one event, unless it is over a limit.
   *
   * @returns the level whose limit forbids it, or `undefined` when it was counted
   */
  take(source: PackedAddress, nowMs: number): PrefixLevel | undefined {
    const inAddress = this.#address.locate(source);
    if (!this.#address.admits(inAddress, nowMs)) return "address";
    const inNetwork = this.#network.locate(source);
    if (!this.#network.admits(inNetwork, nowMs)) return "network";
    this.#address.use(inAddress, nowMs);
    this.#network.use(inNetwork, nowMs);
    return undefined;
  }
}

/** The rate of one level. */
class LevelRate {
  /** Per prefix, the time until which its rate is used up. */
  readonly #usedUntilMs: TimeSketch;
  /** Time that one event uses up; 0 when the level is not limited. */
  readonly #stepMs: number;
  /** How far ahead of now a prefix may use up its rate. */
  readonly #burstMs: number;

  constructor(level: PrefixLevel, perSecond: number, seed: number) {
    this.#usedUntilMs = new TimeSketch(level, seed);
    this.#stepMs = perSecond === 0 ? 0 : 1000 / perSecond;
    this.#burstMs = Math.max(RATE_BURST_S * 1000, this.#stepMs);
  }

  locate(source: PackedAddress): number {
    return this.#stepMs === 0 ? 0 : this.#usedUntilMs.locate(source);
  }

  admits(place: number, nowMs: number): boolean {
    return this.#stepMs === 0 || this.#nextMs(place, nowMs) <= nowMs + this.#burstMs;
  }

  use(place: number, nowMs: number): void {
    if (this.#stepMs > 0) this.#usedUntilMs.raise(place, this.#nextMs(place, nowMs));
  }

  #nextMs(place: number, nowMs: number): number {
    return Math.max(nowMs, this.#usedUntilMs.get(place)) + this.#stepMs;
  }
}
