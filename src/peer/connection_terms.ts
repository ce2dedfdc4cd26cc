/**
 * How connections are made, whomever they are with.
 *
 * @module
 */

import type { LinkTimes } from "./link/link_times.ts";
import { type ConnectionOptions, toFunction } from "./options.ts";
import type { Platform } from "./platform/platform.ts";
import { Acceptance } from "./socket/acceptance.ts";
import type { ConnectOptions } from "./socket/conversation.ts";
import { linkTimes } from "./times.ts";

/** What users say about their connections, ready for use. */
export type ConnectionTerms = Pick<ConnectOptions, "secret" | "acceptance"> & {
  readonly times: LinkTimes;
};

/** Prepares it. @throws {TypeError} naming what was expected */
export function connectionTerms(
  options: ConnectionOptions,
  secret: Uint8Array,
  { clock }: Platform,
): ConnectionTerms {
  const { accept } = options;
  return {
    secret,
    acceptance: accept === undefined
      ? undefined
      : new Acceptance(toFunction("accept", accept), clock),
    times: linkTimes(options),
  };
}
