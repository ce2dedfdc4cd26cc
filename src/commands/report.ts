/**
 * What commands say on standard error.
 *
 * @module
 */

import { formatEndpoint } from "../address.ts";
import type { Connection } from "../peer/socket/connection.ts";
import { PeerError } from "../peer/errors.ts";
import type { PeerEvent } from "../peer/mod.ts";

/** An event in words; the first word says which. */
export function describeEvent(event: PeerEvent): string {
  switch (event.kind) {
    case "asked":
      return `asked ${formatEndpoint(event.server)} from ${event.local.address}`;
    case "introduced": {
      const { source, dest } = event;
      return `introduced ${formatEndpoint(source)} to ${formatEndpoint(dest)}`;
    }
    case "retry": {
      const seconds = (event.delayMs / 1000).toFixed(1);
      return `retry in ${seconds} s after ${describeError(event.error)}`;
    }
    case "moved":
      return `moved from ${event.from.address} to ${event.to.address}`;
    case "punch_failed":
      return describeError(event.error);
    case "silent":
      return `silent: ${event.remoteName} does not answer, it is asked for again`;
    case "recovered":
      return `recovered: ${event.remoteName} answers again`;
    case "renewed":
      return `renewed: met ${event.remoteName} again`;
    case "restarted":
      return `restarted: met ${event.remoteName} again, which has forgotten this connection`;
  }
}

/** A connection that has just opened. */
export function describeConnection({ remoteName, path, roundTripMs }: Connection): string {
  return `connected to ${remoteName}, ${path.kind} path ${formatEndpoint(path.endpoint)}, ` +
    `${roundTripMs.toFixed(1)} ms`;
}

/** One line; that of a PeerError begins with its code. */
export function describeError(error: unknown): string {
  if (error instanceof PeerError) return `${error.code}: ${error.message}`;
  return (error instanceof Error ? error.message : String(error)).split("\n")[0];
}
