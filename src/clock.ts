/**
 * Time as the server and the peers use it; tests bring their own.
 *
 * @module
 */

/** A monotonic clock with timers. */
export interface Clock {
  /** Milliseconds since some moment; never goes back, whatever happens to the time of day. */
  nowMs(): number;

  /**
   * Calls `action` once after `delayMs`.
   *
   * @returns a function that takes the call back
   */
  schedule(delayMs: number, action: () => void): () => void;
}

/** `setTimeout` fires at once above this. */
const MAX_DELAY_MS = 2 ** 31 - 1;

/** The clock of this process. */
export const systemClock: Clock = {
  nowMs: () => performance.now(),
  schedule(delayMs, action) {
    const timer = setTimeout(action, Math.min(Math.max(0, delayMs), MAX_DELAY_MS));
    return () => clearTimeout(timer);
  },
};
