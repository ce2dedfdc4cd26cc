/**
 * The search for paths to a remote peer: who is to be addressed when.
 *
 * @module
 */

import type { Endpoint } from "../../address.ts";
import type { Introduction } from "../../protocol/message.ts";
import { PROBE_EAGER_MS, PROBE_PACE_MS } from "../limits.ts";
import { type Candidate, Candidates } from "./candidates.ts";
import { nextProbe, type Suspicion, type Turn, useFromMs } from "./probing.ts";

/** Somebody to address now, or when to ask again. */
export type NextStep = { readonly candidate: Candidate } | { readonly atMs: number };

/** One search, which goes on while the link lasts. */
export class Search {
  /** Where the remote peer may be. */
  readonly candidates: Candidates;
  /** Whether this side may send where nobody was heard. */
  turn: Turn = "waits";
  readonly #keepAliveMs: number;
  readonly #onHeard: () => void;
  #isHeard = false;
  #firstMs: number | undefined;
  #lastMs = -Infinity;

  /** @param onHeard told of the first genuine packet */
  constructor(introduction: Introduction, keepAliveMs: number, onHeard: () => void) {
    this.candidates = new Candidates(introduction);
    this.#keepAliveMs = keepAliveMs;
    this.#onHeard = onHeard;
  }

  /** Whether anything genuine came. */
  get isHeard(): boolean {
    return this.#isHeard;
  }

  /** Notes that something genuine came from `source`. @param inUse is kept in any case */
  hear(source: Endpoint, inUse: Candidate | undefined): Candidate {
    if (!this.#isHeard) this.#onHeard();
    this.#isHeard = true;
    return this.candidates.hear(source, inUse);
  }

  /** Whoever is to be addressed now; one at a time, at a pace. */
  next(inUse: Candidate | undefined, suspicion: Suspicion, nowMs: number): NextStep {
    const situation = { inUse, suspicion, turn: this.turn, keepAliveMs: this.#keepAliveMs };
    const next = nextProbe(this.candidates, situation, nowMs);
    if (next === undefined) return { atMs: Infinity };
    const dueMs = Math.max(next.dueMs, this.#lastMs + PROBE_PACE_MS);
    if (dueMs > nowMs) return { atMs: dueMs };
    this.#firstMs ??= nowMs;
    this.#lastMs = nowMs;
    return { candidate: next.candidate };
  }

  /** There are keys: all that the server named is probed for a while, beside the path in use. */
  begin(path: Candidate, nowMs: number): void {
    for (const candidate of this.candidates) {
      if (candidate !== path && candidate.origin === "seen") continue;
      candidate.checkUntilMs = nowMs + PROBE_EAGER_MS;
    }
  }

  /** When a path is used for the first time, if no better one is found before. */
  useFromMs(path: Candidate, nowMs: number): number {
    return useFromMs(path, this.candidates.localHope, this.#firstMs ?? nowMs, nowMs);
  }
}
