/**
 * How connections are made, whomever they are with.
 *
 * @module
 */

import { secretOf } from "./channel/secrets.ts";
import type { ConnectionOptions } from "./options.ts";
import type { Platform } from "./platform/platform.ts";
import { Acceptance } from "./socket/acceptance.ts";
import type { ConnectOptions } from "./socket/conversation.ts";

/** What users say about their connections, ready for use. */
export type ConnectionTerms = Pick<ConnectOptions, "secret" | "acceptance">;

/** Prepares it. @throws {TypeError} naming what was expected */
export async function connectionTerms(
  options: ConnectionOptions,
  { clock }: Platform,
): Promise<ConnectionTerms> {
  const { accept } = options;
  return {
    secret: await secretOf(options),
    acceptance: accept && new Acceptance(accept, clock),
  };
}
