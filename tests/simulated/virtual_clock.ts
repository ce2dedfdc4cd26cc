/**
 * Time that passes only when nothing is left to do at the present moment.
 *
 * @module
 */

import type { Clock } from "../../src/clock.ts";

/** Events happen at multiples of this, so that many meet at the same moment and sums are exact. */
export const QUANTUM_MS = 0.25;

interface Event {
  readonly atMs: number;
  /** Events of one moment happen in the order in which they were scheduled. */
  readonly order: number;
  action: (() => void) | undefined;
}

/** A clock and its queue of events. */
export class VirtualClock implements Clock {
  #nowMs: number;
  #order = 0;
  /** Binary heap. */
  readonly #events: Event[] = [];

  /** @param startMs the first moment; a multiple of {@linkcode QUANTUM_MS} */
  constructor(startMs: number) {
    this.#nowMs = startMs;
  }

  /** Milliseconds of virtual time. */
  nowMs(): number {
    return this.#nowMs;
  }

  /** Calls `action` once after `delayMs`; returns a function that takes the call back. */
  schedule(delayMs: number, action: () => void): () => void {
    const delay = Math.ceil(Math.max(0, delayMs) / QUANTUM_MS) * QUANTUM_MS;
    const event: Event = { atMs: this.#nowMs + delay, order: this.#order++, action };
    this.#push(event);
    return () => event.action = undefined;
  }

  /** When the next event happens, or `Infinity`. */
  get nextEventMs(): number {
    while (this.#events.length > 0 && this.#events[0].action === undefined) this.#pop();
    return this.#events[0]?.atMs ?? Infinity;
  }

  /** Lets the next event happen, if there is one until `untilMs`. */
  step(untilMs: number): "done" | "nothing left" {
    if (this.nextEventMs > untilMs) {
      this.#nowMs = Math.max(this.#nowMs, untilMs);
      return "nothing left";
    }
    const event = this.#pop();
    this.#nowMs = event.atMs;
    const { action } = event;
    event.action = undefined;
    action?.();
    return "done";
  }

  /** Lets everything happen until `untilMs`. */
  runUntil(untilMs: number): void {
    while (this.step(untilMs) === "done");
  }

  #push(event: Event): void {
    const events = this.#events;
    let index = events.push(event) - 1;
    while (index > 0) {
      const parent = (index - 1) >> 1;
      if (!isBefore(event, events[parent])) break;
      events[index] = events[parent];
      index = parent;
    }
    events[index] = event;
  }

  #pop(): Event {
    const events = this.#events;
    const first = events[0];
    const last = events.pop() as Event;
    if (events.length === 0) return first;
    let index = 0;
    for (;;) {
      const left = 2 * index + 1;
      if (left >= events.length) break;
      const right = left + 1;
      const child = right < events.length && isBefore(events[right], events[left]) ? right : left;
      if (!isBefore(events[child], last)) break;
      events[index] = events[child];
      index = child;
    }
    events[index] = last;
    return first;
  }
}

function isBefore(a: Event, b: Event): boolean {
  return a.atMs < b.atMs || (a.atMs === b.atMs && a.order < b.order);
}
