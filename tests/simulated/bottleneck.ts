/**
 * A path with a bottleneck: a rate, a queue in front of it, loss, delay, and packets that overtake
 * each other.
 *
 * @module
 */

import type { Clock } from "../../src/clock.ts";
import type { Prng } from "./prng.ts";

/** What a path is like, one way. */
export interface BottleneckOptions {
  /** Megabits a second; `Infinity`: no limit. */
  readonly megabits: number;
  /** What does not fit into so many milliseconds of queue is dropped. */
  readonly queueMs: number;
  readonly delayMs: number;
  /** Each packet takes up to this much longer, at random. */
  readonly jitterMs: number;
  /** Probability that a packet is lost before it comes to the queue. */
  readonly loss: number;
}

/** What a datagram costs on the wire: IPv4 and UDP. */
const WIRE_OVERHEAD_BYTES = 28;

/** One way of a path; several flows may share it. */
export class Bottleneck {
  readonly #clock: Clock;
  readonly #prng: Prng;
  /** Applies to packets that are sent from now on. */
  options: BottleneckOptions;
  /** Whether nothing passes at all. */
  isCut = false;
  #busyUntilMs = 0;

  constructor(clock: Clock, prng: Prng, options: BottleneckOptions) {
    this.#clock = clock;
    this.#prng = prng;
    this.options = options;
  }

  /** Sends a datagram; `deliver` is called when it arrives, if it does. @returns whether it will */
  send(bytes: number, deliver: () => void): boolean {
    const { megabits, queueMs, delayMs, jitterMs, loss } = this.options;
    if (this.isCut || this.#prng.chance(loss)) return false;
    const nowMs = this.#clock.nowMs();
    const startMs = Math.max(nowMs, this.#busyUntilMs);
    if (startMs - nowMs > queueMs) return false;
    this.#busyUntilMs = startMs + (bytes + WIRE_OVERHEAD_BYTES) * 8 / (megabits * 1_000);
    const arrivalMs = this.#busyUntilMs + delayMs + this.#prng.between(0, jitterMs);
    this.#clock.schedule(arrivalMs - nowMs, deliver);
    return true;
  }
}
