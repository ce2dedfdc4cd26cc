/**
 * The times of a link that its user may choose.
 *
 * @module
 */

import { LINK_KEEP_ALIVE_MS, LINK_LOST_MS, PUNCH_TIMEOUT_MS, UNHEARD_CHECK_MS } from "../limits.ts";

/** How patient a link is, in milliseconds. */
export interface LinkTimes {
  /** How often an idle path is used, so that NATs keep their mappings. */
  readonly keepAliveMs: number;
  /** How long nothing may come back before the path is looked at. */
  readonly checkAfterMs: number;
  /** How long nothing genuine may come before the link is lost. */
  readonly lostAfterMs: number;
  /** How long a path is sought. */
  readonly punchTimeoutMs: number;
}

/** What holds where users say nothing. */
export const LINK_TIMES: LinkTimes = {
  keepAliveMs: LINK_KEEP_ALIVE_MS,
  checkAfterMs: UNHEARD_CHECK_MS,
  lostAfterMs: LINK_LOST_MS,
  punchTimeoutMs: PUNCH_TIMEOUT_MS,
};
