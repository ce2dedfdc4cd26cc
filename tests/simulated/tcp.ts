/**
 * TCP connections: bytes arrive in order but cut anywhere, some late; either side may finish, reset
 * the connection, or vanish without a word.
 *
 * @module
 */

import type { Clock } from "../../src/clock.ts";
import type { Prng } from "./prng.ts";

/** How bad a connection is. */
export interface TcpFaults {
  readonly minDelayMs: number;
  readonly maxDelayMs: number;
  /** Probability that a segment is lost and sent again, up to three seconds later. */
  readonly retransmission: number;
  /** Probability that a segment is cut once more. */
  readonly splitting: number;
}

/** Segments arrive whole and in time. */
export const CALM_TCP: TcpFaults = {
  minDelayMs: 5,
  maxDelayMs: 40,
  retransmission: 0,
  splitting: 0,
};

/** What one side hears. */
export interface TcpEvents {
  received(bytes: Uint8Array): void;
  /** The other side sends no more. */
  finished(): void;
  /** The connection is broken. */
  lost(): void;
}

/** What a writer says that its bytes mean, for the checker; the connection itself never looks. */
export interface Passage {
  /** Number of bytes after which it is complete, counted from the start of the connection. */
  readonly endOffset: number;
  readonly meaning: unknown;
}

/** What a connection is made of. */
export interface TcpSurroundings {
  readonly clock: Clock;
  readonly prng: Prng;
  readonly faults: () => TcpFaults;
}

const MIN_RETRANSMISSION_MS = 200;
const MAX_RETRANSMISSION_MS = 3_000;

/** One side of a connection. */
export class TcpEnd {
  /** Told of what arrives; set it before anything can. */
  events: TcpEvents = { received() {}, finished() {}, lost() {} };
  /** What this side has written, as far as it said. */
  readonly passages: Passage[] = [];
  readonly #surroundings: TcpSurroundings;
  #other!: TcpEnd;
  #state: "open" | "finished" | "closed" | "vanished" = "open";
  #lastArrivalMs = 0;
  #sentBytes = 0;
  #readBytes = 0;
  #reading = true;
  /** What arrived while the program did not read. */
  #held: (() => void)[] = [];

  private constructor(surroundings: TcpSurroundings) {
    this.#surroundings = surroundings;
  }

  /** Makes both sides of a connection. */
  static pair(surroundings: TcpSurroundings): [TcpEnd, TcpEnd] {
    const ends: [TcpEnd, TcpEnd] = [new TcpEnd(surroundings), new TcpEnd(surroundings)];
    ends[0].#other = ends[1];
    ends[1].#other = ends[0];
    return ends;
  }

  /** The other side's passages. */
  get otherPassages(): readonly Passage[] {
    return this.#other.passages;
  }

  /** Bytes that this side wrote and the other side's program has not read. */
  get unreadBytes(): number {
    return this.#sentBytes - this.#other.#readBytes;
  }

  /** Whether the connection is over for this side. */
  get isGone(): boolean {
    return this.#state === "closed" || this.#state === "vanished";
  }

  /**
   * Sends bytes.
   *
   * @param meaning what they mean once `meaningBytes` of them have arrived
   */
  write(bytes: Uint8Array, meaning?: unknown, meaningBytes = bytes.length): void {
    if (this.#state !== "open") return;
    if (meaning !== undefined) {
      this.passages.push({ endOffset: this.#sentBytes + meaningBytes, meaning });
    }
    this.#sentBytes += bytes.length;
    for (const segment of this.#split(bytes)) {
      this.#arrive(() => this.#other.#receive(segment), "retransmitted");
    }
  }

  /** Sends no more; still reads. */
  finish(): void {
    if (this.#state !== "open") return;
    this.#state = "finished";
    this.#arrive(() => this.#other.#hearFinish(), "retransmitted");
  }

  /** Ends the connection for this side; what the other side still sends makes it break. */
  close(): void {
    this.finish();
    this.#leave();
  }

  /** Breaks the connection; what is on its way may still arrive before the news. */
  reset(): void {
    if (this.isGone) return;
    this.#leave();
    this.#refuse();
  }

  /** As a machine without power: says nothing, now or ever. */
  vanish(): void {
    this.#state = "vanished";
    this.#held = [];
  }

  /** As a machine that was reset: says nothing, and refuses what still comes. */
  forget(): void {
    this.#leave();
  }

  /** Stops reading: what arrives is left where it is. */
  stopReading(): void {
    this.#reading = false;
  }

  /** Reads again. */
  resumeReading(): void {
    this.#reading = true;
    const held = this.#held;
    this.#held = [];
    for (const action of held) action();
  }

  #receive(bytes: Uint8Array): void {
    if (this.#state === "closed") return this.#refuse();
    this.#whenReading(() => {
      this.#readBytes += bytes.length;
      this.events.received(bytes);
    });
  }

  #hearFinish(): void {
    this.#whenReading(() => this.events.finished());
  }

  #breakOff(): void {
    if (this.isGone) return;
    this.#leave();
    this.events.lost();
  }

  #whenReading(action: () => void): void {
    if (this.isGone) return;
    if (this.#reading) action();
    else this.#held.push(action);
  }

  #leave(): void {
    this.#state = "closed";
    this.#held = [];
  }

  #refuse(): void {
    this.#arrive(() => this.#other.#breakOff(), "not retransmitted");
  }

  /** What this side sends arrives in order. */
  #arrive(action: () => void, whenLost: "retransmitted" | "not retransmitted"): void {
    const { clock, prng, faults } = this.#surroundings;
    const { minDelayMs, maxDelayMs, retransmission } = faults();
    let delayMs = prng.between(minDelayMs, maxDelayMs);
    if (whenLost === "retransmitted" && prng.chance(retransmission)) {
      delayMs += prng.between(MIN_RETRANSMISSION_MS, MAX_RETRANSMISSION_MS);
    }
    const nowMs = clock.nowMs();
    this.#lastArrivalMs = Math.max(this.#lastArrivalMs, nowMs + delayMs);
    clock.schedule(this.#lastArrivalMs - nowMs, action);
  }

  #split(bytes: Uint8Array): Uint8Array[] {
    const { prng, faults } = this.#surroundings;
    const segments: Uint8Array[] = [];
    let rest = bytes;
    while (rest.length > 1 && prng.chance(faults().splitting)) {
      const length = prng.integer(1, rest.length - 1);
      segments.push(rest.subarray(0, length));
      rest = rest.subarray(length);
    }
    segments.push(rest);
    return segments;
  }
}
