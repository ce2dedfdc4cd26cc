/**
 * What a socket does about packets of links that it does not have.
 *
 * @module
 */

import { encodeHint, type Packet } from "../channel/packet.ts";
import { ENDED_ID_KEPT_MS, MAX_ENDED_IDS, MAX_HINTS_PER_SECOND } from "../limits.ts";

const SECOND_MS = 1_000;

/** Links that ended, and hints about those that never were. */
export class UnknownLinks {
  /** Until when an id is kept, in the order in which they ended. */
  readonly #ended = new Map<bigint, number>();
  #secondMs = -Infinity;
  #hintsOfSecond = 0;

  /** Notes a link that ended: late packets of it are nobody's, and get no answer. */
  end(id: bigint, nowMs: number): void {
    this.#ended.delete(id);
    this.#ended.set(id, nowMs + ENDED_ID_KEPT_MS);
    for (const [old, untilMs] of this.#ended) {
      if (untilMs > nowMs && this.#ended.size <= MAX_ENDED_IDS) break;
      this.#ended.delete(old);
    }
  }

  /**
   * The hint that answers a packet.
   *
   * @returns `undefined` where none is due: a hint is shorter than what it answers, rare, and never
   * answers another
   */
  hintFor({ kind, id }: Packet, nowMs: number): Uint8Array | undefined {
    if (kind === "hint" || nowMs < (this.#ended.get(id) ?? -Infinity)) return undefined;
    if (nowMs >= this.#secondMs + SECOND_MS) {
      this.#secondMs = nowMs;
      this.#hintsOfSecond = 0;
    }
    return this.#hintsOfSecond++ < MAX_HINTS_PER_SECOND ? encodeHint(id) : undefined;
  }
}
