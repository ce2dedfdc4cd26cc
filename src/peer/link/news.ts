/**
 * What the user of an open link may want to hear of it, and not too often.
 *
 * @module
 */

import { NEWS_PAUSE_MS, ROUND_TRIP_NEWS_MS, ROUND_TRIP_NEWS_SHARE } from "../limits.ts";
import { isSamePath, type Path } from "../path.ts";

/** What can be known of an open link. */
export interface LinkFacts {
  readonly path: Path;
  readonly roundTripMs: number;
  /** Largest datagram that is known to pass. */
  readonly maxDatagramBytes: number;
}

/** Something that is other than it was. */
export type LinkNews =
  | { readonly kind: "path"; readonly path: Path }
  | { readonly kind: "round_trip"; readonly roundTripMs: number }
  | { readonly kind: "max_datagram"; readonly maxDatagramBytes: number };

/** Each kind once in a while, and only where it is news. */
export class News {
  #told: LinkFacts;
  readonly #mutedUntilMs: Record<LinkNews["kind"], number>;

  /** @param facts that the user can read himself */
  constructor(facts: LinkFacts, nowMs: number) {
    this.#told = facts;
    this.#mutedUntilMs = { path: nowMs, round_trip: nowMs, max_datagram: nowMs };
  }

  /** What is to be told now. */
  take(facts: LinkFacts, nowMs: number): LinkNews[] {
    const news = this.#newsOf(facts).filter(({ kind }) => nowMs >= this.#mutedUntilMs[kind]);
    for (const { kind, ...fact } of news) {
      this.#told = { ...this.#told, ...fact };
      this.#mutedUntilMs[kind] = nowMs +
        (kind === "round_trip" ? ROUND_TRIP_NEWS_MS : NEWS_PAUSE_MS);
    }
    return news;
  }

  /** When something that is not told yet may be. */
  nextMs(facts: LinkFacts): number {
    return Math.min(...this.#newsOf(facts).map(({ kind }) => this.#mutedUntilMs[kind]));
  }

  #newsOf({ path, roundTripMs, maxDatagramBytes }: LinkFacts): LinkNews[] {
    const told = this.#told;
    const news: LinkNews[] = [];
    if (!isSamePath(path, told.path)) news.push({ kind: "path", path });
    const changeMs = Math.abs(roundTripMs - told.roundTripMs);
    if (changeMs > ROUND_TRIP_NEWS_SHARE * told.roundTripMs && changeMs >= 1) {
      news.push({ kind: "round_trip", roundTripMs });
    }
    if (maxDatagramBytes !== told.maxDatagramBytes) {
      news.push({ kind: "max_datagram", maxDatagramBytes });
    }
    return news;
  }
}
