/**
 * A bounded map whose entries end when nothing used them for a while.
 *
 * @module
 */

import type { Clock } from "../../clock.ts";

/** Limits of an {@linkcode IdleMap}. */
export interface IdleLimits {
  /** `Infinity` where none ends for being idle. */
  readonly idleMs: number;
  readonly maxEntries: number;
}

interface Entry<Value> {
  readonly value: Value;
  usedMs: number;
}

/** Entries in order of their last use. */
export class IdleMap<Key, Value> {
  readonly #clock: Clock;
  readonly #limits: IdleLimits;
  readonly #onEnd: (value: Value, key: Key) => void;
  readonly #entries = new Map<Key, Entry<Value>>();
  /** The last of the order: where one is used again and again, nothing is to be moved. */
  #newest: Entry<Value> | undefined;
  #cancelTimer: (() => void) | undefined;

  /** @param onEnd told of each entry that is idle, makes room for another, or is cleared */
  constructor(clock: Clock, limits: IdleLimits, onEnd: (value: Value, key: Key) => void) {
    this.#clock = clock;
    this.#limits = limits;
    this.#onEnd = onEnd;
  }

  /** Number of entries. */
  get size(): number {
    return this.#entries.size;
  }

  /** The value of a key, which counts as a use. */
  use(key: Key): Value | undefined {
    const entry = this.#entries.get(key);
    if (entry === undefined) return undefined;
    entry.usedMs = this.#clock.nowMs();
    if (entry !== this.#newest) {
      this.#entries.delete(key);
      this.#append(key, entry);
    }
    return entry.value;
  }

  /** Adds an entry; when there are too many, the one that is idle longest ends. */
  add(key: Key, value: Value): void {
    if (this.#entries.size >= this.#limits.maxEntries) this.endIdlest();
    this.#append(key, { value, usedMs: this.#clock.nowMs() });
    const { idleMs } = this.#limits;
    if (this.#cancelTimer === undefined && idleMs < Infinity) this.#arm(idleMs);
  }

  /** Ends the entry that is idle longest, if there is one. */
  endIdlest(): void {
    const [key] = this.#entries.keys();
    if (key !== undefined) this.#end(key);
  }

  /** Ends one entry, if it is there. */
  end(key: Key): void {
    if (this.#entries.has(key)) this.#end(key);
  }

  /** Ends all entries. */
  clear(): void {
    this.#cancelTimer?.();
    this.#cancelTimer = undefined;
    for (const key of [...this.#entries.keys()]) this.#end(key);
  }

  #append(key: Key, entry: Entry<Value>): void {
    this.#entries.set(key, entry);
    this.#newest = entry;
  }

  #arm(delayMs: number): void {
    this.#cancelTimer = this.#clock.schedule(delayMs, () => this.#endIdle());
  }

  #endIdle(): void {
    this.#cancelTimer = undefined;
    const nowMs = this.#clock.nowMs();
    for (const [key, { usedMs }] of this.#entries) {
      const leftMs = usedMs + this.#limits.idleMs - nowMs;
      if (leftMs > 0) return this.#arm(leftMs);
      this.#end(key);
    }
  }

  #end(key: Key): void {
    const { value } = this.#entries.get(key) as { value: Value };
    this.#entries.delete(key);
    this.#onEnd(value, key);
  }
}
