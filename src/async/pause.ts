/**
 * Waiting on an injected clock.
 *
 * @module
 */

import type { Clock } from "../clock.ts";

/** Resolves after `ms` milliseconds. */
export function pause(clock: Clock, ms: number): Promise<void> {
  return new Promise((resolve) => clock.schedule(ms, resolve));
}
