/**
 * What `-forward` needs, whatever it carries.
 *
 * @module
 */

import type { Platform } from "../../peer/mod.ts";
import type { HostPort } from "../../peer/names.ts";
import type { Say } from "../status.ts";

/** What flows are forwarded with. */
export interface ForwardingOptions {
  readonly platform: Platform;
  /** The service. */
  readonly target: HostPort;
  /** Flows over all connections. */
  readonly maxFlows: number;
  readonly say: Say;
}
