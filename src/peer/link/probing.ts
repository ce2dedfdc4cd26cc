/**
 * Which candidate is probed next, and which path is better: the policy of a link.
 *
 * @module
 */

import { type Candidate, type Candidates, isSpent } from "./candidates.ts";
import {
  HINTED_RETRY_MS,
  INDIRECT_PATH_GRACE_MS,
  KEEP_ALIVE_RETRY_MS,
  LINK_KEEP_ALIVE_MS,
  LOCAL_PATH_GRACE_MS,
  PROBE_EAGER_MS,
  PROBE_INTERVAL_MS,
  REFUSAL_KNOCKS,
  SUSPECT_AFTER_PROBES,
  UNHEARD_RETRY_MS,
} from "../limits.ts";

/** A probe to come. */
export interface NextProbe {
  readonly candidate: Candidate;
  /** When it is due, the pace aside. */
  readonly dueMs: number;
}

/** Why a path is probed more often than to keep it alive. */
export type Suspicion = "none" | "unheard" | "hint";

/** What the policy looks at, besides the candidates. */
export interface Situation {
  /** The path in use; `undefined` while there is none. */
  readonly inUse: Candidate | undefined;
  readonly suspicion: Suspicion;
  /** How often the path in use is probed at least. */
  readonly keepAliveMs: number;
  /** Whether this side may send where nobody was heard. */
  readonly turn: Turn;
}

/** `knocks`: at the public endpoint alone, and so often. */
export type Turn = "has" | "waits" | "knocks";

/** The candidate whose probe is due first; `undefined` when there is none. */
export function nextProbe(
  candidates: Candidates,
  situation: Situation,
  nowMs: number,
): NextProbe | undefined {
  let next: NextProbe | undefined;
  for (const candidate of candidates) {
    const pauseMs = pauseOf(candidate, situation, nowMs);
    if (pauseMs === Infinity && !candidate.urgent) continue;
    const dueMs = candidate.urgent ? nowMs : candidate.probedMs + pauseMs;
    if (next === undefined || dueMs < next.dueMs) next = { candidate, dueMs };
  }
  return next;
}

function pauseOf(candidate: Candidate, situation: Situation, nowMs: number): number {
  const { inUse, turn } = situation;
  if (isSpent(candidate)) return Infinity;
  if (inUse !== undefined) return pauseBeside(candidate, inUse, situation, nowMs);
  // Before a sealed packet verified, a packet may have been repeated from anywhere: where only such
  // ones came from, one goes for each that comes.
  if (candidate.origin === "seen") return Infinity;
  return candidate.heard || mayAddress(candidate, turn) ? PROBE_INTERVAL_MS : Infinity;
}

function mayAddress({ kind, probesSent }: Candidate, turn: Turn): boolean {
  return turn === "has" || turn === "knocks" && kind === "public" && probesSent < REFUSAL_KNOCKS;
}

/** How often a candidate is probed while a path is in use. */
function pauseBeside(
  candidate: Candidate,
  inUse: Candidate,
  { suspicion, keepAliveMs }: Situation,
  nowMs: number,
): number {
  if (nowMs < candidate.checkUntilMs) return PROBE_INTERVAL_MS;
  if (candidate !== inUse) return isSuspect(inUse) ? KEEP_ALIVE_RETRY_MS : Infinity;
  if (suspicion === "none" || isSuspect(inUse)) {
    return inUse.unanswered > 0 ? KEEP_ALIVE_RETRY_MS : keepAliveMs;
  }
  return suspicion === "hint" ? HINTED_RETRY_MS : UNHEARD_RETRY_MS;
}

/** Whether a path that answered just now is to replace the one in use. */
export function shouldSwitch(answered: Candidate, inUse: Candidate): boolean {
  return answered !== inUse && (rank(answered) > rank(inUse) || isSuspect(inUse));
}

/**
 * When a path is used for the first time, if no better one is found before.
 *
 * @param local whether a local one may still answer: `heard` where a packet came over one
 * @param triedSinceMs when the first packet left
 */
export function useFromMs(
  { kind, answeredMs, answeredFrom }: Candidate,
  local: "none" | "silent" | "heard",
  triedSinceMs: number,
  nowMs: number,
): number {
  if (answeredMs !== undefined && answeredFrom === "elsewhere") {
    return nowMs + INDIRECT_PATH_GRACE_MS;
  }
  if (kind === "local" || local === "none") return nowMs;
  return (local === "heard" ? nowMs : triedSinceMs) + LOCAL_PATH_GRACE_MS;
}

/**
 * Whose answers come from elsewhere is the last choice: somebody who overhears and forges packets
 * could be between. Local beats public.
 */
function rank({ kind, answeredFrom }: Candidate): number {
  return (answeredFrom === "itself" ? 2 : 0) + (kind === "local" ? 1 : 0);
}

/**
 * The remote peer's packets come from an endpoint that never answered: its NAT may have mapped it
 * anew. Both that endpoint and the path in use are probed quickly for a while, and the path in use
 * stays if it still answers. An endpoint that does not answer is tried once in a while only.
 */
export function noteUnfamiliar(candidate: Candidate, inUse: Candidate, nowMs: number): void {
  if (candidate.answeredMs !== undefined) return;
  if (nowMs < candidate.checkUntilMs + LINK_KEEP_ALIVE_MS) return;
  candidate.checkUntilMs = nowMs + PROBE_EAGER_MS;
  inUse.checkUntilMs = nowMs + PROBE_EAGER_MS;
  inUse.probedMs = Math.min(inUse.probedMs, nowMs - PROBE_INTERVAL_MS);
}

/** Whether a path missed so many probes that it may be none any more. */
export function isSuspect({ unanswered }: Candidate): boolean {
  return unanswered >= SUSPECT_AFTER_PROBES;
}
