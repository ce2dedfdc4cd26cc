/**
 * Attackers that send much: datagrams, or connections that end as soon as they have begun.
 *
 * @module
 */

import type { Address } from "../../src/address.ts";
import { datagram } from "../../tests/support/messages.ts";
import type { CrowdConnection } from "./crowd.ts";
import { Pace, perSecond, type Raid, type Stage } from "./raid.ts";
import { outcomesIn, Tally } from "./tally.ts";

/** What is sent how often. */
export interface StormOptions {
  readonly perSecond: number;
  /** Where the `i`th datagram comes from. */
  address(i: number): Address;
  payload(i: number): string;
  /** For so long it is sent before anybody is measured: until what it fills is full. */
  readonly aheadMs?: number;
}

/** Datagrams at a steady rate. */
export class DatagramStorm implements Raid {
  readonly #stage: Stage;
  readonly #options: StormOptions;
  readonly #pace: Pace;
  #sent = 0;
  #nowMs: number;

  constructor(stage: Stage, options: StormOptions) {
    this.#stage = stage;
    this.#options = options;
    this.#pace = new Pace(options.perSecond, stage.startMs);
    this.#nowMs = stage.startMs;
  }

  step(nowMs: number): void {
    this.#nowMs = nowMs;
    for (let due = this.#pace.due(nowMs); due > 0; due--) {
      const i = this.#sent++;
      this.#stage.datagrams.send(this.#options.payload(i), this.#options.address(i));
    }
  }

  get isReady(): boolean {
    return this.#nowMs - this.#stage.startMs >= (this.#options.aheadMs ?? 0);
  }

  get status(): string {
    return `sent ${this.#sent}, ${perSecond(this.#sent, this.#stage, this.#nowMs)}`;
  }
}

/** Who connects how often. */
export interface ChurnOptions {
  readonly perSecond: number;
  /** So many are open at a time. */
  readonly atOnce: number;
  readonly address: Address;
  /** What the peer with this PeerPort says; each has a new one. */
  request(peerPort: number): string;
  /** Whether it registers as well. */
  readonly registers?: boolean;
}

/** Connections at a steady rate, each reset after a while. */
export class Churn implements Raid {
  readonly isReady = true;
  readonly #stage: Stage;
  readonly #options: ChurnOptions;
  readonly #pace: Pace;
  readonly #heard = new Tally();
  readonly #open: CrowdConnection[] = [];
  #opened = 0;
  #nowMs: number;

  constructor(stage: Stage, options: ChurnOptions) {
    this.#stage = stage;
    this.#options = options;
    this.#pace = new Pace(options.perSecond, stage.startMs);
    this.#nowMs = stage.startMs;
  }

  step(nowMs: number): void {
    this.#nowMs = nowMs;
    for (let due = this.#pace.due(nowMs); due > 0; due--) this.#connect(this.#opened++);
    while (this.#open.length > this.#options.atOnce) this.#stage.crowd.reset(this.#open.shift()!);
  }

  get status(): string {
    const rate = perSecond(this.#opened, this.#stage, this.#nowMs);
    return `opened ${this.#opened}, ${rate}, heard ${this.#heard}`;
  }

  #connect(peerPort: number): void {
    const { address, request, registers = false } = this.#options;
    if (registers) this.#stage.datagrams.send(datagram(peerPort), address);
    this.#open.push(this.#stage.crowd.add({
      from: address,
      opening: request(peerPort),
      heard: (text) => outcomesIn(text).forEach((code) => this.#heard.add(code || "introduced")),
    }));
  }
}
