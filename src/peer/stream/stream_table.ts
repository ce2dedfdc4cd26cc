/**
 * The streams by their numbers: the initiator opens even ones, the responder odd ones, each in
 * ascending order.
 *
 * @module
 */

import { MAX_OPEN_STREAMS, STREAM_BYTES } from "./limits.ts";
import { WindowBudget } from "./flow_window.ts";
import { MemoryPool, type MemoryShare } from "./memory_pool.ts";
import { OpeningRate } from "./opening_rate.ts";
import { Stream } from "./stream.ts";

/**
 * What a number of the remote peer stands for. `gone`: a stream that is over; `no room`: one that can
 * be opened later.
 */
export type Found = Stream | "gone" | "never opened" | "too many" | "no room";

/** Those that are not over. */
export class StreamTable {
  readonly #streams = new Map<number, Stream>();
  readonly #budget = new WindowBudget();
  readonly #memory: MemoryShare;
  readonly #opening: OpeningRate;
  readonly #localParity: 0 | 1;
  #localCount = 0;
  /** How many streams the remote peer lets this side open altogether. */
  #localLimit = MAX_OPEN_STREAMS;
  #remoteCount = 0;
  #remoteOver = 0;
  /** What the remote peer was told. */
  #remoteLimit = MAX_OPEN_STREAMS;

  constructor(
    role: "initiator" | "responder",
    nowMs: number,
    memory = new MemoryPool(Infinity).share(),
  ) {
    this.#opening = new OpeningRate(nowMs);
    this.#memory = memory;
    this.#localParity = role === "initiator" ? 0 : 1;
  }

  /** One of them, if it is not over. */
  get(number: number): Stream | undefined {
    return this.#streams.get(number);
  }

  /** Opens the next one of this side; `undefined`: the remote peer allows no more. */
  open(nowMs: number): Stream | undefined {
    if (this.#localCount >= this.#localLimit) return undefined;
    return this.#add(2 * this.#localCount++ + this.#localParity, nowMs);
  }

  /**
   * Finds what the remote peer speaks of.
   *
   * @param onOpened told of each stream that is opened with it: lower numbers may have been overtaken
   */
  find(number: number, nowMs: number, onOpened: (stream: Stream) => void): Found {
    const stream = this.#streams.get(number);
    if (stream !== undefined) return stream;
    const index = Math.floor(number / 2);
    if (number % 2 === this.#localParity) {
      return index < this.#localCount ? "gone" : "never opened";
    }
    if (index >= this.#remoteLimit) return "too many";
    if (index < this.#remoteCount) return "gone";
    if (!this.#memory.fits((index + 1 - this.#remoteCount) * STREAM_BYTES)) return "no room";
    while (this.#remoteCount <= index) {
      onOpened(this.#add(2 * this.#remoteCount++ + 1 - this.#localParity, nowMs));
    }
    return this.#streams.get(number) as Stream;
  }

  /** Forgets one that is over. */
  delete(stream: Stream): void {
    const { number } = stream;
    if (!this.#streams.delete(number)) return;
    stream.close();
    this.#memory.remove(STREAM_BYTES);
    if (number % 2 !== this.#localParity) this.#remoteOver++;
  }

  /** The remote peer allows more. @returns whether it did not allow as many before */
  raiseLocalLimit(limit: number): boolean {
    if (limit <= this.#localLimit) return false;
    this.#localLimit = limit;
    return true;
  }

  /** When the remote peer should be told that it may open more; `Infinity`: it has enough left. */
  get remoteLimitDueMs(): number {
    const isUsed = this.#remoteOver + MAX_OPEN_STREAMS / 2 >= this.#remoteLimit;
    return isUsed ? this.#opening.readyMs : Infinity;
  }

  /** How many it may open altogether. */
  moveRemoteLimit(nowMs: number): number {
    const wanted = this.#remoteOver + MAX_OPEN_STREAMS - this.#remoteLimit;
    this.#remoteLimit += this.#opening.take(wanted, nowMs);
    return this.#remoteLimit;
  }

  /** Forgets all. */
  clear(): void {
    this.#streams.clear();
  }

  #add(number: number, nowMs: number): Stream {
    const stream = new Stream(number, this.#budget, this.#memory, nowMs);
    this.#memory.add(STREAM_BYTES);
    this.#streams.set(number, stream);
    return stream;
  }
}
