/**
 * Whose turn it is to send where nobody was heard yet: every link gets one, nobody can take all.
 *
 * @module
 */

import { MAX_PUNCHING_LINKS, MAX_WAITING_LINKS, SILENT_TURN_MS } from "../limits.ts";

interface Entry {
  /** Of the remote peer: turns are shared out by it. */
  readonly address: string;
  /** Turns that it had. */
  turns: number;
  sinceMs: number;
}

/** What changed. */
export interface Change<Link> {
  readonly gained: readonly Link[];
  readonly lost: readonly Link[];
  /** Has no place any more. */
  readonly evicted: readonly Link[];
}

/** Limits, for tests that want smaller ones. */
export interface TurnLimits {
  readonly sending: number;
  readonly waiting: number;
}

const LIMITS: TurnLimits = { sending: MAX_PUNCHING_LINKS, waiting: MAX_WAITING_LINKS };

/** The turns of one socket. */
export class Turns<Link> {
  readonly #limits: TurnLimits;
  /** In the order in which they got their turn. */
  readonly #sending = new Map<Link, Entry>();
  /** In the order in which they came. */
  readonly #waiting = new Map<Link, Entry>();
  /** Those that have a turn, by address. */
  readonly #counts = new Map<string, number>();

  constructor(limits = LIMITS) {
    this.#limits = limits;
  }

  /** When {@linkcode Turns.rotate} is to be called. */
  get nextDeadlineMs(): number {
    if (this.#waiting.size === 0) return Infinity;
    const [oldest] = this.#sending.values();
    return oldest === undefined ? Infinity : oldest.sinceMs + SILENT_TURN_MS;
  }

  /** Takes a link that has heard nothing. */
  add(link: Link, address: string, nowMs: number): Change<Link> {
    this.#waiting.set(link, { address, turns: 0, sinceMs: nowMs });
    const { gained, lost } = this.rotate(nowMs);
    const evicted = this.#waiting.size > this.#limits.waiting ? [this.#evict()] : [];
    return { gained, lost, evicted };
  }

  /** A link heard something, or is over: it needs no turn any more. */
  remove(link: Link, nowMs: number): Change<Link> {
    this.#waiting.delete(link);
    this.#stop(link);
    return this.rotate(nowMs);
  }

  /** Gives turns to those that wait, as far as there are some. */
  rotate(nowMs: number): Change<Link> {
    const gained = new Set<Link>();
    const lost = new Set<Link>();
    while (this.#waiting.size > 0) {
      const [next, entry] = this.#nextWaiting();
      if (lost.has(next)) break;
      if (this.#sending.size >= this.#limits.sending) {
        const loser = this.#loser(entry, nowMs);
        if (loser === undefined) break;
        const lostEntry = this.#stop(loser);
        if (lostEntry !== undefined) this.#waiting.set(loser, lostEntry);
        if (!gained.delete(loser)) lost.add(loser);
      }
      this.#waiting.delete(next);
      entry.turns++;
      entry.sinceMs = nowMs;
      this.#sending.set(next, entry);
      this.#counts.set(entry.address, this.#countOf(entry) + 1);
      gained.add(next);
    }
    return { gained: [...gained], lost: [...lost], evicted: [] };
  }

  /** The first of those whose address has the fewest turns now, and which had the fewest before. */
  #nextWaiting(): [Link, Entry] {
    const [first, ...others] = this.#waiting;
    return others.reduce((best, each) => {
      const difference = this.#countOf(each[1]) - this.#countOf(best[1]);
      return difference < 0 || difference === 0 && each[1].turns < best[1].turns ? each : best;
    }, first);
  }

  /**
   * Who gives up a turn for one that waits: of the address that has most, where it has two more than
   * the other's; else whoever was silent for its whole turn.
   */
  #loser(waiting: Entry, nowMs: number): Link | undefined {
    let most: [Link, Entry] | undefined;
    for (const each of this.#sending) {
      if (most === undefined || this.#countOf(each[1]) > this.#countOf(most[1])) most = each;
    }
    if (most === undefined) return undefined;
    if (this.#countOf(most[1]) >= this.#countOf(waiting) + 2) return most[0];
    const [[oldest, { sinceMs }]] = this.#sending;
    return nowMs >= sinceMs + SILENT_TURN_MS ? oldest : undefined;
  }

  /** The newest of the address of which most wait. */
  #evict(): Link {
    const counts = new Map<string, number>();
    for (const { address } of this.#waiting.values()) {
      counts.set(address, (counts.get(address) ?? 0) + 1);
    }
    const [[address]] = [...counts].toSorted(([, a], [, b]) => b - a);
    const [[evicted]] = [...this.#waiting].filter(([, entry]) => entry.address === address)
      .slice(-1);
    this.#waiting.delete(evicted);
    return evicted;
  }

  #stop(link: Link): Entry | undefined {
    const entry = this.#sending.get(link);
    if (entry === undefined) return undefined;
    this.#sending.delete(link);
    const count = this.#countOf(entry) - 1;
    if (count === 0) this.#counts.delete(entry.address);
    else this.#counts.set(entry.address, count);
    return entry;
  }

  #countOf({ address }: Entry): number {
    return this.#counts.get(address) ?? 0;
  }
}
