/**
 * What an attacker does, bit by bit, and what all attackers have in common.
 *
 * @module
 */

import type { Endpoint } from "../../src/address.ts";
import { AnySource } from "./any_source.ts";
import { Crowd } from "./crowd.ts";

/** An attack under way. */
export interface Raid {
  /** Does what is due. */
  step(nowMs: number): void;
  /** Whether the honest side may begin to be measured. */
  readonly isReady: boolean;
  /** What was done and heard so far, in words. */
  readonly status: string;
}

/** What an attacker has. */
export class Stage {
  readonly crowd: Crowd;
  readonly datagrams: AnySource;
  readonly startMs: number;

  constructor(server: Endpoint, startMs: number) {
    this.crowd = new Crowd(server);
    this.datagrams = new AnySource(server);
    this.startMs = startMs;
  }
}

/** How much may be done at a rate: what was missed is caught up, but not more than a moment's. */
export class Pace {
  readonly #perMs: number;
  #lastMs: number;
  #allowed = 0;

  constructor(perSecond: number, startMs: number) {
    this.#perMs = perSecond / 1_000;
    this.#lastMs = startMs;
  }

  /** How many are due now. */
  due(nowMs: number): number {
    this.#allowed += Math.min(MAX_CAUGHT_UP_MS, nowMs - this.#lastMs) * this.#perMs;
    this.#lastMs = nowMs;
    const due = Math.floor(this.#allowed);
    this.#allowed -= due;
    return due;
  }
}

const MAX_CAUGHT_UP_MS = 100;

/** What a raid counts, per second of it. */
export function perSecond(count: number, { startMs }: Stage, nowMs: number): string {
  return `${Math.round(count / (nowMs - startMs) * 1_000)}/s`;
}
