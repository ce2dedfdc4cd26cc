/**
 * Waiting on an injected clock, where it matters with an end to it.
 *
 * @module
 */

import type { Clock } from "../clock.ts";

/** Resolves after `ms` milliseconds, whatever happens. */
export function pause(clock: Clock, ms: number): Promise<void> {
  return new Promise((resolve) => clock.schedule(ms, resolve));
}

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
 * What `work` comes to, unless the signal is aborted first: for work that knows no signal.
 *
 * @throws what `work` throws, or the signal's reason once it is aborted
 */
export function abortable<Result>(work: Promise<Result>, signal: AbortSignal): Promise<Result> {
  return new Promise((resolve, reject) => {
    const abort = () => reject(signal.reason);
    if (signal.aborted) abort();
    signal.addEventListener("abort", abort, { once: true });
    work.then(resolve, reject).finally(() => signal.removeEventListener("abort", abort));
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
    return await abortable(work(timeout.signal), timeout.signal);
  } finally {
    cancel();
    signal.removeEventListener("abort", abort);
  }
}

/** Pauses that somebody may cut short. Waited for by one at a time. */
export class Bell {
  #onRing: (() => void) | undefined;

  /** Ends the pause that is under way, if one is. */
  ring(): void {
    this.#onRing?.();
  }

  /**
   * Waits until it rings, `delayMs` at most.
   *
   * @throws the signal's reason once it is aborted
   */
  async wait(clock: Clock, delayMs: number, signal: AbortSignal): Promise<"rung" | "silent"> {
    const over = new AbortController();
    const rung = new Promise<"rung">((resolve) => this.#onRing = () => resolve("rung"));
    const abort = () => over.abort(signal.reason);
    if (signal.aborted) abort();
    signal.addEventListener("abort", abort, { once: true });
    try {
      return await Promise.race([
        rung,
        sleep(clock, delayMs, over.signal).then(() => "silent" as const),
      ]);
    } finally {
      this.#onRing = undefined;
      signal.removeEventListener("abort", abort);
      over.abort();
    }
  }
}
