/**
 * Which candidate is probed next, and which path is better: the policy of a link.
 *
 * @module
 */

import type { Candidate, Candidates } from "./candidates.ts";
import {
  INDIRECT_PATH_GRACE_MS,
  KEEP_ALIVE_RETRY_MS,
  LINK_KEEP_ALIVE_MS,
  LOCAL_PATH_GRACE_MS,
  PROBE_EAGER_MS,
  PROBE_INTERVAL_MS,
  PROBE_SLOW_INTERVAL_MS,
  SUSPECT_AFTER_PROBES,
} from "../limits.ts";

/** A probe to come. */
export interface NextProbe {
  readonly candidate: Candidate;
  /** When it is due, the pace aside. */
  readonly dueMs: number;
}

/**
 * The candidate whose probe is due first.
 *
 * @param current the path in use; `undefined` while there is none
 * @param elapsedMs since the start of punching
 */
export function nextProbe(
  candidates: Candidates,
  current: Candidate | undefined,
  elapsedMs: number,
  nowMs: number,
): NextProbe {
  let next: NextProbe | undefined;
  for (const candidate of candidates) {
    const pauseMs = current === undefined
      ? elapsedMs < PROBE_EAGER_MS ? PROBE_INTERVAL_MS : PROBE_SLOW_INTERVAL_MS
      : intervalMs(candidate, current, nowMs);
    if (pauseMs === Infinity && !candidate.urgent) continue;
    const dueMs = candidate.urgent ? nowMs : candidate.probedMs + pauseMs;
    if (next === undefined || dueMs < next.dueMs) next = { candidate, dueMs };
  }
  return next as NextProbe;
}

/** How often a candidate is probed while a path is in use. */
function intervalMs(candidate: Candidate, current: Candidate, nowMs: number): number {
  if (nowMs < candidate.checkUntilMs) return PROBE_INTERVAL_MS;
  if (candidate !== current) return isSuspect(current) ? KEEP_ALIVE_RETRY_MS : Infinity;
  return current.unanswered > 0 ? KEEP_ALIVE_RETRY_MS : LINK_KEEP_ALIVE_MS;
}

/** Whether a path that answered just now is to replace the one in use. */
export function shouldSwitch(answered: Candidate, current: Candidate | undefined): boolean {
  return current === undefined || rank(answered) > rank(current) || isSuspect(current);
}

/**
 * How long a path that answered for the first time waits for a better one.
 *
 * @param hopesForLocal whether a local one may still answer
 */
export function graceMs({ kind, answeredFrom }: Candidate, hopesForLocal: boolean): number {
  if (answeredFrom === "elsewhere") return INDIRECT_PATH_GRACE_MS;
  return kind === "public" && hopesForLocal ? LOCAL_PATH_GRACE_MS : 0;
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
export function noteUnfamiliar(candidate: Candidate, current: Candidate, nowMs: number): void {
  if (candidate.answeredMs !== undefined) return;
  if (nowMs < candidate.checkUntilMs + LINK_KEEP_ALIVE_MS) return;
  candidate.checkUntilMs = nowMs + PROBE_EAGER_MS;
  current.checkUntilMs = nowMs + PROBE_EAGER_MS;
  current.probedMs = Math.min(current.probedMs, nowMs - PROBE_INTERVAL_MS);
}

function isSuspect({ unanswered }: Candidate): boolean {
  return unanswered >= SUSPECT_AFTER_PROBES;
}
