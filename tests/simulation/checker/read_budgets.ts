/**
 * How many bytes may be read, of one connection and of one address: leaky buckets, and what is over
 * them is read later, never refused.
 *
 * @module
 */

import type { Address } from "../../../src/address.ts";
import { addressOf } from "./giving_way.ts";
import { demand } from "./violation.ts";

const SESSION = { atOnce: 16 * 1024, perSecond: 512 };
/** So much of a connection is read whatever the others of its address have sent. */
const FREE_BYTES = 512;
const ADDRESS = { atOnce: 1024 * 1024, perSecond: 256 * 1024 };
/** However much is over, somebody looks again after so long: the connection may have ended. */
const MAX_PAUSE_MS = 2_000;
/** Pauses are whole milliseconds. */
const WHOLE_MS = 1;
/** Thousands of sums of milliseconds since a moment long ago. */
const ROUNDING_MS = 5;

type Budget = typeof SESSION;

/** Bytes that were read and are not made up for yet. */
class Bucket {
  readonly #budget: Budget;
  #level = 0;
  #atMs = 0;

  constructor(budget: Budget) {
    this.#budget = budget;
  }

  /** How long to wait until one byte more is within the budget. */
  pauseMs(nowMs: number): number {
    this.#leak(nowMs);
    const { atOnce, perSecond } = this.#budget;
    return Math.max(0, this.#level - (atOnce - 1)) * 1000 / perSecond;
  }

  pour(bytes: number, nowMs: number): void {
    this.#leak(nowMs);
    this.#level += bytes;
  }

  #leak(nowMs: number): void {
    const leaked = (nowMs - this.#atMs) * this.#budget.perSecond / 1000;
    this.#level = Math.max(0, this.#level - leaked);
    this.#atMs = nowMs;
  }
}

/** The budgets of all addresses, and of each connection. */
export class ReadBudgets {
  readonly #byAddress = new Map<string, Bucket>();
  /** How often a read had to wait, for the budget that was used up. */
  readonly waits = { connection: 0, address: 0 };

  /** The budget of a new connection. */
  connect(address: Address): ConnectionBudget {
    const key = addressOf(address);
    const shared = this.#byAddress.get(key) ?? new Bucket(ADDRESS);
    this.#byAddress.set(key, shared);
    return new ConnectionBudget(new Bucket(SESSION), shared, this.waits);
  }
}

/** The budgets that one connection's bytes count for. */
export class ConnectionBudget {
  readonly #own: Bucket;
  readonly #shared: Bucket;
  readonly #waits: ReadBudgets["waits"];
  #readBytes = 0;

  /** Made by {@linkcode ReadBudgets.connect}. */
  constructor(own: Bucket, shared: Bucket, waits: ReadBudgets["waits"]) {
    this.#own = own;
    this.#shared = shared;
    this.#waits = waits;
  }

  /** The server wants to leave what has arrived where it is for so long. */
  pauses(pauseMs: number, nowMs: number): void {
    const [own, shared] = [this.#own.pauseMs(nowMs), this.#shared.pauseMs(nowMs)];
    // The first bytes of each connection are free: who shares his address with others still asks.
    const leastMs = this.#readBytes < FREE_BYTES
      ? 0
      : Math.min(MAX_PAUSE_MS, Math.max(own, shared));
    demand(
      pauseMs >= leastMs - ROUNDING_MS,
      "Limits and times: What is over a budget of bytes is read later.",
      () => `read after ${pauseMs} ms, allowed after ${leastMs}`,
    );
    demand(
      pauseMs <= leastMs + WHOLE_MS + ROUNDING_MS || leastMs === 0 && pauseMs === 0,
      "Limits and times: What is within the budgets of bytes is read at once.",
      () => `read after ${pauseMs} ms, allowed after ${leastMs}`,
    );
    if (pauseMs > 0) this.#waits[own >= shared ? "connection" : "address"]++;
  }

  /** Bytes were read. */
  read(bytes: number, nowMs: number): void {
    this.#readBytes += bytes;
    this.#own.pour(bytes, nowMs);
    this.#shared.pour(bytes, nowMs);
  }
}
