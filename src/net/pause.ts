/**
 * Waiting in real time.
 *
 * @module
 */

/** Resolves after `ms` milliseconds and does not keep the process alive meanwhile. */
export function pause(ms: number): Promise<void> {
  return new Promise((resolve) => Deno.unrefTimer(setTimeout(resolve, ms)));
}
