/**
 * Whether new peers should be sent here.
 *
 * @module
 */

import { sessionCount, type StatusSource } from "./status_source.ts";

/** Why new peers should go elsewhere, or `undefined` when they are welcome. */
export function notReadyReason(source: StatusSource): string | undefined {
  if (source.phase !== "serving") return `the server is ${source.phase}`;
  const { limits, leases } = source;
  const sessions = sessionCount(source);
  if (sessions >= limits.max_sessions) {
    return `all ${limits.max_sessions} sessions are taken (max_sessions)`;
  }
  if (leases >= limits.max_leases) {
    return `all ${limits.max_leases} leases are taken (max_leases)`;
  }
  return undefined;
}
