/**
 * Attackers that take places: each keeps a connection open, and comes again at once when it has
 * lost it.
 *
 * @module
 */

import type { Address } from "../../src/address.ts";
import { datagram } from "../../tests/support/messages.ts";
import { Pace, type Raid, type Stage } from "./raid.ts";
import { outcomesIn, Tally } from "./tally.ts";

/** Below what an address may open by default, so that it is never held up for its rate. */
const DEFAULT_OPENED_PER_SECOND = 3_000;
/** When all have come, the server may still have some of them before it. */
const SETTLING_MS = 1_000;

/** Who takes how many places. */
export interface HoldOptions {
  readonly count: number;
  /** Where the `i`th of them is. */
  address(i: number): Address;
  /** What it says: nothing by default. Its PeerPort is `i`. */
  request?(i: number): string;
  /** Every peer's registration is sent so often. Default: none is. */
  readonly registeredEachS?: number;
  /** What each says over and over, as fast as the server reads it. */
  readonly repeated?: string;
  readonly openedPerSecond?: number;
}

/** Keeps places. */
export class Hold implements Raid {
  readonly #stage: Stage;
  readonly #options: HoldOptions;
  readonly #opening: Pace;
  readonly #registering: Pace;
  readonly #repeated: Uint8Array<ArrayBuffer> | undefined;
  readonly #absent: number[] = [];
  readonly #heard = new Tally();
  #nextToRegister = 0;
  #opened = 0;
  #repetitions = 0;
  #allCameMs = Infinity;
  #nowMs: number;

  constructor(stage: Stage, options: HoldOptions) {
    const { count, registeredEachS = Infinity, repeated } = options;
    const { openedPerSecond = DEFAULT_OPENED_PER_SECOND } = options;
    this.#stage = stage;
    this.#nowMs = stage.startMs;
    this.#options = options;
    this.#opening = new Pace(openedPerSecond, stage.startMs);
    this.#registering = new Pace(count / registeredEachS, stage.startMs);
    if (repeated !== undefined) this.#repeated = new TextEncoder().encode(repeated);
    for (let i = count - 1; i >= 0; i--) this.#absent.push(i);
  }

  step(nowMs: number): void {
    this.#nowMs = nowMs;
    for (let due = this.#opening.due(nowMs); due > 0 && this.#absent.length > 0; due--) {
      this.#open(this.#absent.pop()!);
    }
    for (let due = this.#registering.due(nowMs); due > 0; due--) {
      this.#register(this.#nextToRegister);
      this.#nextToRegister = (this.#nextToRegister + 1) % this.#options.count;
    }
    if (this.#opened >= this.#options.count) this.#allCameMs = Math.min(this.#allCameMs, nowMs);
  }

  get isReady(): boolean {
    return this.#nowMs - this.#allCameMs > SETTLING_MS;
  }

  get status(): string {
    const repeated = this.#repeated === undefined ? "" : `, repeated ${this.#repetitions}`;
    const held = this.#stage.crowd.connected;
    return `holds ${held}, opened ${this.#opened}, heard ${this.#heard}${repeated}`;
  }

  #open(i: number): void {
    const { address, request } = this.#options;
    this.#opened++;
    const repeated = this.#repeated;
    this.#stage.crowd.add({
      from: address(i),
      ...request === undefined ? {} : { opening: request(i) },
      heard: (text) => outcomesIn(text).forEach((code) => this.#heard.add(code || "introduced")),
      ended: () => this.#absent.push(i),
      ...repeated === undefined ? {} : {
        said: (connection) => {
          this.#repetitions++;
          connection.say(repeated);
        },
      },
    });
    if (this.#options.registeredEachS !== undefined) this.#register(i);
  }

  #register(i: number): void {
    this.#stage.datagrams.send(datagram(i), this.#options.address(i));
  }
}
