/**
 * A process that can be stopped for a while, as a suspended machine or a debugger does it: what
 * arrives waits in the system, and reaches the process when it runs again.
 *
 * @module
 */

import type { Clock } from "../../src/clock.ts";
import type { Prng } from "./prng.ts";

/** Datagrams that the system keeps for a socket; what comes then is lost. */
const SOCKET_DATAGRAMS = 256;
/** What waited is taken within this: a second is what a round of receiving lasts at most. */
const CATCH_UP_MS = 900;
/** Pauses between two things that waited. */
const GAPS_MS = [0, 0.25, 2];

/** Runs what happens to a process, at once or when it runs again; its timers are timers of it. */
export class StoppableProcess implements Clock {
  readonly #clock: Clock;
  readonly #prng: Prng;
  readonly #onCaughtUp: () => void;
  #state: "running" | "stopped" | "behind" = "running";
  #arrivals: (() => void)[] = [];
  #datagrams = 0;
  #timers: (() => void)[] = [];
  /** All timers that are due ring together, somewhere among what arrived. */
  #arrivalsBeforeTimers = 0;
  #cancelNext: (() => void) | undefined;

  /** @param onCaughtUp told when nothing waits any more */
  constructor(clock: Clock, prng: Prng, onCaughtUp: () => void) {
    this.#clock = clock;
    this.#prng = prng;
    this.#onCaughtUp = onCaughtUp;
  }

  nowMs(): number {
    return this.#clock.nowMs();
  }

  schedule(delayMs: number, action: () => void): () => void {
    let due: (() => void) | undefined = action;
    const cancel = this.#clock.schedule(delayMs, () => {
      if (this.#state === "stopped") this.#timers.push(() => due?.());
      else due?.();
    });
    return () => {
      due = undefined;
      cancel();
    };
  }

  /** Something arrives on a connection. */
  arrive(action: () => void): void {
    if (this.#state === "running") action();
    else this.#arrivals.push(action);
  }

  /** A datagram arrives. */
  receive(action: () => void): void {
    if (this.#state !== "running" && this.#datagrams++ >= SOCKET_DATAGRAMS) return;
    this.arrive(action);
  }

  /** Stops it; nothing happens to it until it goes on. */
  stop(): void {
    this.#cancelNext?.();
    this.#state = "stopped";
  }

  /** Lets it go on. */
  continue(): void {
    if (this.#state !== "stopped") return;
    this.#state = "behind";
    this.#arrivalsBeforeTimers = this.#prng.integer(0, this.#arrivals.length);
    this.#catchUp(this.#prng.pick(GAPS_MS), this.nowMs() + CATCH_UP_MS);
  }

  #catchUp(gapMs: number, endMs: number): void {
    for (;;) {
      if (this.#arrivalsBeforeTimers-- === 0) this.#ring();
      const next = this.#arrivals.shift();
      if (next === undefined) break;
      next();
      if (gapMs === 0 || this.nowMs() >= endMs) continue;
      this.#cancelNext = this.#clock.schedule(gapMs, () => this.#catchUp(gapMs, endMs));
      return;
    }
    this.#state = "running";
    this.#datagrams = 0;
    this.#onCaughtUp();
  }

  #ring(): void {
    const due = this.#timers;
    this.#timers = [];
    for (const action of due) action();
  }
}
