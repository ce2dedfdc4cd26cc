/**
 * How large a packet one path carries, found by probing (RFC 8899): a router that drops what is too
 * large is to say so by ICMP, and many networks drop that as well.
 *
 * A size counts once a probe of it was answered. It is given up where three probes in a row were not,
 * while a small one was: an outage says nothing of sizes.
 *
 * @module
 */

import { type Family, IP_UDP_HEADER_BYTES } from "../../address.ts";
import {
  BASE_PACKET_BYTES,
  LINK_MTUS,
  MTU_CONFIRM_MS,
  MTU_PROBE_MS,
  MTU_PROBES,
  MTU_RAISE_MS,
} from "../limits.ts";

/** A probe that is due. */
export interface MtuProbe {
  /** Of the whole packet, as UDP carries it. */
  readonly packetBytes: number;
  /** Whether a small one is to go with it, to tell a size that does not pass from an outage. */
  readonly beside: "nothing" | "small probe";
}

/** What is being done about one size. */
interface Trial {
  /** Index of the size. */
  readonly size: number;
  /** `confirm`: it did pass, and is looked at again. */
  readonly purpose: "find" | "confirm";
  /** Counters of the probes, any of which may be answered. */
  readonly probes: Set<number>;
  lastMs: number;
}

/** The sizes that one path may carry, from the base that all do. */
export class PathMtu {
  /** Packets by size; the first one passes everywhere. */
  readonly #sizes: readonly number[];
  /** Largest size that is known to pass. */
  #passes = 0;
  /** Smallest size that does not, as far as known. */
  #fails: number;
  #trial: Trial | undefined;
  /** When the next trial is to begin. */
  #nextTrialMs: number;
  /** Whether larger packets than the base were sent since that was last seen to pass. */
  #isUsed = false;
  #seenMs = -Infinity;

  /** Begins to look at once. */
  constructor(family: Family, nowMs: number) {
    const header = IP_UDP_HEADER_BYTES[family];
    const larger = LINK_MTUS.map((mtu) => mtu - header)
      .filter((bytes) => bytes > BASE_PACKET_BYTES);
    this.#sizes = [BASE_PACKET_BYTES, ...larger];
    this.#fails = this.#sizes.length;
    this.#nextTrialMs = nowMs;
  }

  /** Largest packet that is known to pass. */
  get packetBytes(): number {
    return this.#sizes[this.#passes];
  }

  /** When {@linkcode PathMtu.look} is to be called. */
  get nextMs(): number {
    return this.#trial === undefined
      ? Math.min(this.#nextTrialMs, this.#confirmMs)
      : this.#trial.lastMs + MTU_PROBE_MS;
  }

  /** Notes a packet of the application: only who sends large ones needs to know that they pass. */
  used(packetBytes: number): void {
    if (packetBytes > BASE_PACKET_BYTES) this.#isUsed = true;
  }

  /** Something is amiss: what passed is looked at again now, where it matters. */
  doubt(nowMs: number): void {
    if (this.#trial === undefined && this.#isUsed && this.#passes > 0) this.#confirm(nowMs);
  }

  /**
   * Finds out what is to be done.
   *
   * @param heardMs when anything genuine was last heard
   * @returns a probe to send now, if one is due
   */
  look(heardMs: number, nowMs: number): MtuProbe | undefined {
    if (nowMs < this.nextMs) return undefined;
    if (this.#trial === undefined) this.#begin(nowMs);
    else if (this.#trial.probes.size >= MTU_PROBES && heardMs > this.#trial.lastMs) {
      this.#failed(this.#trial, nowMs);
    }
    const trial = this.#trial;
    if (trial === undefined) return undefined;
    const isLast = trial.probes.size >= MTU_PROBES - 1;
    return {
      packetBytes: this.#sizes[trial.size],
      beside: isLast ? "small probe" : "nothing",
    };
  }

  /** Notes that the probe was sent. @param counter of its packet */
  sent(counter: number, nowMs: number): void {
    if (this.#trial === undefined) return;
    const { probes } = this.#trial;
    const [oldest] = probes;
    if (probes.size >= MTU_PROBES) probes.delete(oldest);
    probes.add(counter);
    this.#trial.lastMs = nowMs;
  }

  /** Notes a genuine answer. @returns whether it was one to a probe of this */
  answered(counter: number, nowMs: number): "own probe" | "another one" {
    const trial = this.#trial;
    if (trial === undefined || !trial.probes.has(counter)) return "another one";
    this.#passes = trial.size;
    this.#fails = Math.max(this.#fails, trial.size + 1);
    this.#seenMs = nowMs;
    this.#isUsed = false;
    this.#goOn(nowMs);
    return "own probe";
  }

  get #confirmMs(): number {
    return this.#isUsed && this.#passes > 0 ? this.#seenMs + MTU_CONFIRM_MS : Infinity;
  }

  #begin(nowMs: number): void {
    if (nowMs >= this.#confirmMs) return this.#confirm(nowMs);
    // What did not pass may pass now: the path may be another one behind the same endpoint.
    if (this.#fails <= this.#passes + 1) this.#fails = this.#sizes.length;
    this.#goOn(nowMs);
  }

  #confirm(nowMs: number): void {
    this.#try(this.#passes, "confirm", nowMs);
  }

  /** The largest size first, since it mostly passes; then by halves. */
  #goOn(nowMs: number): void {
    this.#trial = undefined;
    this.#nextTrialMs = nowMs + MTU_RAISE_MS;
    const last = this.#sizes.length - 1;
    if (this.#fails <= this.#passes + 1) return;
    const size = this.#fails > last ? last : (this.#passes + this.#fails) >> 1;
    this.#try(size, "find", nowMs);
  }

  #try(size: number, purpose: Trial["purpose"], nowMs: number): void {
    this.#trial = { size, purpose, probes: new Set(), lastMs: nowMs - MTU_PROBE_MS };
  }

  #failed({ size, purpose }: Trial, nowMs: number): void {
    this.#fails = size;
    if (purpose === "confirm") this.#passes = 0;
    this.#goOn(nowMs);
  }
}
