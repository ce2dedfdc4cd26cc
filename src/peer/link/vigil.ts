/**
 * Watches whether the remote peer of an open link is still there.
 *
 * @module
 */

import {
  HINT_PAUSE_MS,
  HINTED_SILENCE_MS,
  KEEP_ALIVE_RETRY_MS,
  UNHEARD_RETRY_MS,
} from "../limits.ts";
import type { Candidate } from "./candidates.ts";
import { isSuspect, type Suspicion } from "./probing.ts";

/** Whether a link is looked after while nothing is sent; else only its NAT mappings are kept. */
export type WhenIdle = "look" | "rest";

/** What was sent and heard, and what is to be thought of it. */
export class Vigil {
  readonly #whenIdle: WhenIdle;
  readonly #checkAfterMs: number;
  /** Since when an answer, or whatever else, is missed. */
  #unheardSinceMs: number | undefined;
  #suspicion: Suspicion = "none";
  #hintMs = -Infinity;
  #isSilent = false;

  /** @param checkAfterMs how long nothing may be heard */
  constructor(whenIdle: WhenIdle, checkAfterMs: number) {
    this.#whenIdle = whenIdle;
    this.#checkAfterMs = checkAfterMs;
  }

  /** Why the path in use is probed more often than to keep it alive. */
  get suspicion(): Suspicion {
    return this.#suspicion;
  }

  /** Whether three probes were missed and nothing was answered since. */
  get isSilent(): boolean {
    return this.#isSilent;
  }

  /** Notes a datagram of the application. */
  sent(nowMs: number): void {
    this.#unheardSinceMs ??= nowMs;
  }

  /** Notes a packet that verified. */
  heard(nowMs: number): void {
    this.#unheardSinceMs = this.#whenIdle === "look" ? nowMs : undefined;
  }

  /** Notes the answer to a probe. */
  answered(): void {
    this.#suspicion = "none";
    this.#isSilent = false;
  }

  /** Somebody says that the remote peer does not know this link. Anybody can: it is only probed. */
  hinted(path: Candidate, nowMs: number): void {
    if (this.#isSilent || nowMs < this.#hintMs + HINT_PAUSE_MS) return;
    this.#hintMs = nowMs;
    this.#suspect("hint", path);
  }

  /** Looks at the path in use. @returns `silent` once for each silence */
  look(path: Candidate, nowMs: number): "silent" | "nothing new" {
    if (nowMs >= this.#checkMs(path)) this.#suspect("unheard", path);
    if (nowMs < this.#silentMs(path)) return "nothing new";
    this.#isSilent = true;
    return "silent";
  }

  /** When to look again. */
  nextMs(path: Candidate): number {
    return Math.min(this.#checkMs(path), this.#silentMs(path));
  }

  /** Begins to probe the path in use at once, and to count. */
  #suspect(suspicion: Suspicion, path: Candidate): void {
    this.#suspicion = suspicion;
    path.unanswered = 0;
    path.urgent = true;
  }

  /** When nothing was heard for too long. */
  #checkMs(path: Candidate): number {
    if (this.#unheardSinceMs === undefined || this.#suspicion !== "none" || isSuspect(path)) {
      return Infinity;
    }
    return this.#unheardSinceMs + this.#checkAfterMs;
  }

  /** When the last of three probes counts as missed. */
  #silentMs(path: Candidate): number {
    if (this.#isSilent || !isSuspect(path)) return Infinity;
    switch (this.#suspicion) {
      case "hint":
        return this.#hintMs + HINTED_SILENCE_MS;
      case "unheard":
        return path.probedMs + UNHEARD_RETRY_MS;
      case "none":
        return path.probedMs + KEEP_ALIVE_RETRY_MS;
    }
  }
}
