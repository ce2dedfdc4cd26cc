/**
 * Waiting on an injected clock, with an end to it.
 *
 * @module
 */

import type { Clock } from "../clock.ts";
import { RECONNECT_MAX_MS, RECONNECT_MIN_MS } from "../peer/limits.ts";
import type { Secrets } from "../peer/platform/platform.ts";

/** Resolves after `delayMs`. @throws the signal's reason once it is aborted */
export function sleep(clock: Clock, delayMs: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    if (signal.aborted) return reject(signal.reason);
    const abort = () => {
      cancel();
      reject(signal.reason);
    };
    const cancel = clock.schedule(delayMs, () => {
      signal.removeEventListener("abort", abort);
      resolve();
    });
    signal.addEventListener("abort", abort, { once: true });
  });
}

/**
 * Runs `work` with a signal that is aborted when `signal` is, or after `timeoutMs`.
 *
 * @throws what `work` throws, or the reason of the abort; a timeout's says how long it was
 */
export async function withTimeout<Result>(
  clock: Clock,
  timeoutMs: number,
  signal: AbortSignal,
  work: (signal: AbortSignal) => Promise<Result>,
): Promise<Result> {
  signal.throwIfAborted();
  const timeout = new AbortController();
  const abort = () => timeout.abort(signal.reason);
  signal.addEventListener("abort", abort, { once: true });
  const cancel = clock.schedule(
    timeoutMs,
    () => timeout.abort(new Error(`no answer within ${timeoutMs / 1000} s`)),
  );
  try {
    return await work(timeout.signal);
  } catch (error) {
    timeout.signal.throwIfAborted();
    throw error;
  } finally {
    cancel();
    signal.removeEventListener("abort", abort);
  }
}

/** Pauses between attempts: each twice as long as the last, a random part of it taken off. */
export class Backoff {
  readonly #secrets: Pick<Secrets, "randomBytes">;
  #ceilingMs = RECONNECT_MIN_MS;

  constructor(secrets: Pick<Secrets, "randomBytes">) {
    this.#secrets = secrets;
  }

  /** The next pause in milliseconds, between half of the current longest and all of it. */
  nextMs(): number {
    const [random] = this.#secrets.randomBytes(1);
    const delayMs = this.#ceilingMs * (1 + random / 255) / 2;
    this.#ceilingMs = Math.min(2 * this.#ceilingMs, RECONNECT_MAX_MS);
    return delayMs;
  }

  /** The last attempt was a success: begin with the shortest pause again. */
  reset(): void {
    this.#ceilingMs = RECONNECT_MIN_MS;
  }
}
