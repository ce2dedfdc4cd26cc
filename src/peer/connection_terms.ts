/**
 * How connections are made, whomever they are with.
 *
 * @module
 */

import type { ConnectionOptions } from "./options.ts";
import type { Platform } from "./platform/platform.ts";
import { Acceptance } from "./socket/acceptance.ts";
import type { ConnectOptions } from "./socket/conversation.ts";

/** What users say about their connections, ready for use. */
export type ConnectionTerms = Pick<ConnectOptions, "secret" | "acceptance">;

/** Prepares it. */
export function connectionTerms(
  { accept }: ConnectionOptions,
  secret: Uint8Array,
  { clock }: Platform,
): ConnectionTerms {
  return { secret, acceptance: accept && new Acceptance(accept, clock) };
}
