/**
 * Time in which the server did not run: what was due meanwhile waits for one round of receiving.
 *
 * @module
 */

import { QUANTUM_MS } from "../../simulated/virtual_clock.ts";
import { demand } from "./violation.ts";

/** "... when a timer comes more than 1 s late". */
const LATE_MS = 1_000;
/** "... for at most 1 s". */
const ROUND_MS = 1_000;
/** A round is over when nothing came for so long: what waited in the sockets comes without pause. */
const PAUSE_MS = 50;

/** Knows when the world held the server up, and what the server must make of it. */
export class LostTime {
  readonly #timerLatenessMs: number;
  /** Since when time may be lost that is not made up for. */
  #lostSinceMs = 0;
  #strictFromMs = -Infinity;
  #suspended: "running" | "suspended" | "behind" = "running";
  #roundEndMs: number | undefined;
  #lastRoundEndMs = -Infinity;
  #receivedMs = 0;
  /** What the server showed as its next deadline, if that is not the end of a round. */
  #dueMs = Infinity;

  /** @param timerLatenessMs how late the server's timer may ring while it runs */
  constructor(timerLatenessMs: number) {
    this.#timerLatenessMs = timerLatenessMs;
  }

  /** The server runs no more. */
  suspended(nowMs: number): void {
    if (nowMs >= this.#strictFromMs) this.#lostSinceMs = nowMs;
    this.#strictFromMs = Infinity;
    this.#suspended = "suspended";
  }

  /** It runs again, and what came meanwhile reaches it now. */
  resumed(nowMs: number): void {
    // A round may begin with the last of what waited, and ends as late as any timer.
    this.#strictFromMs = nowMs + 2 * (ROUND_MS + this.#timerLatenessMs) + 4 * QUANTUM_MS;
    this.#suspended = "behind";
  }

  /** All that came meanwhile has reached it. */
  caughtUp(): void {
    this.#suspended = "running";
  }

  /** Moment up to which everything that time brings about must have happened. */
  settledMs(nowMs: number): number {
    const ms = nowMs < this.#strictFromMs ? Math.min(nowMs, this.#lostSinceMs) : nowMs;
    return ms - this.#timerLatenessMs - QUANTUM_MS;
  }

  /** Something has come, whatever it is. */
  received(nowMs: number): void {
    this.#receivedMs = nowMs;
  }

  /** Whether nothing may expire now. */
  holds(nowMs: number): boolean {
    if (nowMs < this.#dueMs) return false;
    if (nowMs - Math.max(this.#dueMs, this.#endMs) > LATE_MS) {
      this.#roundEndMs = nowMs + ROUND_MS;
      this.#receivedMs = nowMs;
    }
    if (nowMs < this.#endMs) return true;
    this.#lastRoundEndMs = Math.max(this.#lastRoundEndMs, this.#endMs);
    this.#roundEndMs = undefined;
    return false;
  }

  /** Something that was due at `dueMs` happens now. */
  expires(dueMs: number, nowMs: number): void {
    const latenessMs = nowMs - Math.max(dueMs, this.#lastRoundEndMs);
    demand(
      this.#suspended === "running" || latenessMs <= LATE_MS,
      "Limits and times: What waited in the sockets is received before anything expires late.",
      () => `${latenessMs} ms late`,
    );
  }

  /** A step is over, and the server shows its next deadline. */
  shown(nextDeadlineMs: number): void {
    this.#dueMs = nextDeadlineMs > this.#endMs ? nextDeadlineMs : -Infinity;
  }

  get #endMs(): number {
    if (this.#roundEndMs === undefined) return -Infinity;
    return Math.min(this.#roundEndMs, this.#receivedMs + PAUSE_MS);
  }
}
