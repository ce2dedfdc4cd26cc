/**
 * The times that users may choose, checked.
 *
 * @module
 */

import { LINK_TIMES, type LinkTimes } from "./link/link_times.ts";
import { LOST_AFTER_KEEP_ALIVE_MS, TIME_RANGES } from "./limits.ts";

/**
 * Completes what a user says.
 *
 * @throws {TypeError} naming what was expected
 */
export function linkTimes(options: Partial<LinkTimes>): LinkTimes {
  const times = {
    keepAliveMs: checked("keepAliveMs", options),
    checkAfterMs: checked("checkAfterMs", options),
    lostAfterMs: checked("lostAfterMs", options),
    punchTimeoutMs: checked("punchTimeoutMs", options),
  };
  const leastMs = times.keepAliveMs + LOST_AFTER_KEEP_ALIVE_MS;
  if (times.lostAfterMs < leastMs) {
    throw new TypeError(
      `Cannot use lostAfterMs: expected at least ${leastMs}, ${LOST_AFTER_KEEP_ALIVE_MS} more than ` +
        `keepAliveMs, so that an idle connection is not lost, received ${times.lostAfterMs}`,
    );
  }
  return times;
}

function checked(name: keyof LinkTimes, options: Partial<LinkTimes>): number {
  const value = options[name] ?? LINK_TIMES[name];
  const { least, most } = TIME_RANGES[name];
  if (typeof value === "number" && value >= least && value <= most) return value;
  throw new TypeError(
    `Cannot use ${name}: expected ${least} to ${most} milliseconds, received ${
      JSON.stringify(value) ?? "nothing"
    }`,
  );
}
