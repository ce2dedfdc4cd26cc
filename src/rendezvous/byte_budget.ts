/**
 * How many bytes may be read, for one session and for one address. What is over a budget is not
 * refused but read later: TCP holds it back meanwhile.
 *
 * @module
 */

import type { PackedAddress } from "../address.ts";
import { ADDRESS_BYTES, SESSION_BYTES } from "../limits.ts";
import { TimeSketch } from "./time_sketch.ts";

/** Bytes that may be read at once, and how many more each second. */
export interface ByteAllowance {
  readonly atOnce: number;
  readonly perSecond: number;
}

/** The budget of one session's bytes; every idle session has one. */
export class SessionByteBudget {
  /** Until when the allowance is used up. */
  #usedUntilMs = -Infinity;

  /** How long to wait before the next read, in whole milliseconds; 0 when it may be at once. */
  delayMs(nowMs: number): number {
    return delayMs(SESSION_BYTES, this.#usedUntilMs, nowMs);
  }

  /** Counts bytes that were read; one read may take more than was left, and is waited for then. */
  spend(bytes: number, nowMs: number): void {
    this.#usedUntilMs = spend(SESSION_BYTES, this.#usedUntilMs, bytes, nowMs);
  }
}

/** The budgets of all addresses' bytes (an IPv4 /32 or IPv6 /64 each), in constant memory. */
export class AddressByteBudgets {
  readonly #usedUntilMs: TimeSketch;

  /** @param random32 source of secret 32-bit numbers */
  constructor(random32: () => number) {
    this.#usedUntilMs = new TimeSketch("address", random32());
  }

  /** How long to wait before the next read, in whole milliseconds; 0 when it may be at once. */
  delayMs(source: PackedAddress, nowMs: number): number {
    return delayMs(ADDRESS_BYTES, this.#usedUntilMs.get(this.#usedUntilMs.locate(source)), nowMs);
  }

  /** Counts bytes that were read from this address, whatever became of them. */
  spend(source: PackedAddress, bytes: number, nowMs: number): void {
    const place = this.#usedUntilMs.locate(source);
    const usedMs = spend(ADDRESS_BYTES, this.#usedUntilMs.get(place), bytes, nowMs);
    this.#usedUntilMs.raise(place, usedMs);
  }
}

/** A read may be made while one byte is left; whole milliseconds, so that a wait always ends. */
function delayMs(allowance: ByteAllowance, usedUntilMs: number, nowMs: number): number {
  const { atOnce, perSecond } = allowance;
  const readyMs = usedUntilMs - (atOnce - 1) * 1000 / perSecond;
  return Math.max(0, Math.ceil(readyMs - nowMs));
}

function spend(
  { perSecond }: ByteAllowance,
  usedUntilMs: number,
  bytes: number,
  nowMs: number,
): number {
  return Math.max(nowMs, usedUntilMs) + bytes * 1000 / perSecond;
}
