/**
 * Command lines that people are told to type.
 *
 * @module
 */

import { isPrivate } from "../address.ts";
import { DEFAULT_PORT } from "../peer/mod.ts";
import { formatHost, formatHostPort, type HostPort } from "../peer/names.ts";
import { PROGRAM } from "../version.ts";

/** A command line of this program. */
export function commandLine(
  command: string,
  flags: Readonly<Record<string, string | number | bigint | undefined>>,
): string {
  const given = Object.entries(flags).filter(([, value]) => value !== undefined);
  return [PROGRAM, command, ...given.map(([name, value]) => `-${name}=${value}`)].join(" ");
}

/** A server as it is typed: the port that everybody takes goes without saying. */
export function serverText(server: HostPort): string {
  return server.port === DEFAULT_PORT ? formatHost(server.host) : formatHostPort(server);
}

/** Names that end so are known in one network only (RFC 6762, 8375, and what routers hand out). */
const LOCAL_NAME = /^[^.]+\.?$|\.(?:local|lan|home|internal|home\.arpa)\.?$/i;

const LOOPBACK = /^(?:127\.|::1$)/;

/**
 * What keeps the other side from asking the same server by the same name.
 *
 * @returns one sentence, or `undefined` where nothing is known to
 */
export function reachabilityCaution({ host }: HostPort): string | undefined {
  const name = formatHost(host);
  const must = `the other side must be able to reach the server as ${name}`;
  if (host.kind === "name") {
    if (!LOCAL_NAME.test(name)) return undefined;
    return /^localhost\.?$/i.test(name)
      ? `${must}: that is this machine, elsewhere give an address or a name of it`
      : `${must}: such a name is known inside one network only`;
  }
  if (LOOPBACK.test(host.address)) {
    return `${must}: that is this machine, elsewhere give an address or a name of it`;
  }
  return isPrivate(host.address) ? `${must}: that is an address inside one network` : undefined;
}
