/**
 * Names to addresses, addresses to ways to ask: which of the server's addresses can introduce which
 * of a remote peer's.
 *
 * @module
 */

import { type Address, type Endpoint, type Family, familyOf, withoutZone } from "../../address.ts";
import { abortable } from "../../async/waiting.ts";
import type { NamedRemote, RemotePeer } from "../../protocol/message.ts";
import { PeerError } from "../errors.ts";
import {
  formatHost,
  formatHostPort,
  formatRemote,
  type HostPort,
  type RemoteSpec,
  resolveHost,
} from "../names.ts";
import { isNamed } from "./naming.ts";
import type { Setup } from "./setup.ts";

/** Whom a peer asks for, as users say it or as a code does. */
export type SoughtPeer = RemoteSpec | NamedRemote;

/** One way to ask for a remote peer: where it has an address, both are of one family. */
export interface Route {
  readonly server: Endpoint;
  /** A host asks for nobody in particular. */
  readonly remote: RemotePeer | NamedRemote | "anybody";
}

/** There are addresses, and none of the IP version that was looked for. */
export class MissingFamilyError extends PeerError {}

/**
 * The addresses of the server, in order of preference.
 *
 * @throws {PeerError} `server_unreachable` when it has none
 * @throws the signal's reason once it is aborted
 */
export async function serverEndpoints(
  { platform, server }: Setup,
  signal: AbortSignal,
): Promise<Endpoint[]> {
  const addresses = await abortable(resolveHost(platform.network, server.host), signal);
  if (addresses.length > 0) return addresses.map((address) => ({ address, port: server.port }));
  throw new PeerError(
    "server_unreachable",
    `Cannot find the server ${formatHostPort(server)}: expected a name with an address`,
  );
}

/** The IP versions that may lead to the server: an address has one, a name any. */
export function familiesOf({ host }: HostPort): Family[] {
  return host.kind === "address" ? [familyOf(host.address)] : ["IPv4", "IPv6"];
}

/** Those of `found` that are of one family. @throws {MissingFamilyError} when there is none */
export function ofFamily(family: Family, found: readonly Route[], { server }: Setup): Route[] {
  const fitting = found.filter(({ server: { address } }) => familyOf(address) === family);
  if (fitting.length > 0) return fitting;
  throw new MissingFamilyError(
    "server_unreachable",
    `Cannot ask ${formatHostPort(server)} by ${family}: expected an address of it, found none`,
  );
}

/**
 * Addresses, unlike names, will not change while one waits.
 *
 * @throws {PeerError} `family_mismatch` when both are written as addresses that cannot meet
 */
export function checkFamilies(server: HostPort, remote: SoughtPeer): void {
  if (isNamed(remote) || server.host.kind !== "address" || remote.host.kind !== "address") return;
  const endpoint = { address: formatHost(server.host), port: server.port };
  routes(server, [endpoint], remote, [formatHost(remote.host)]);
}

/**
 * The ways to ask the server for a remote peer, resolved now.
 *
 * @throws {PeerError} `server_unreachable`, `host_not_found` or `family_mismatch` when there is none
 * @throws the signal's reason once it is aborted
 */
export async function findRoutes(
  setup: Setup,
  remote: SoughtPeer,
  signal: AbortSignal,
): Promise<Route[]> {
  if (isNamed(remote)) {
    return (await serverEndpoints(setup, signal)).map((server) => ({ server, remote }));
  }
  const { host } = remote;
  const [endpoints, addresses] = await Promise.all([
    serverEndpoints(setup, signal),
    host.kind === "own"
      ? "own" as const
      : abortable(resolveHost(setup.platform.network, host), signal),
  ]);
  if (addresses.length > 0) return routes(setup.server, endpoints, remote, addresses);
  throw new PeerError(
    "host_not_found",
    `Cannot find the remote peer ${formatRemote(remote)}: expected a name with an address`,
  );
}

/**
 * The ways to ask the server for a remote peer, best first: the family that both share. For one's own
 * address IPv4 comes first, since only there several machines have the same.
 *
 * @throws {PeerError} `family_mismatch` when there is none
 */
export function routes(
  server: HostPort,
  endpoints: readonly Endpoint[],
  remote: RemoteSpec,
  remoteAddresses: readonly Address[] | "own",
): Route[] {
  const { peerPort } = remote;
  if (remoteAddresses === "own") {
    return endpoints
      .toSorted((a, b) => Number(a.address.includes(":")) - Number(b.address.includes(":")))
      .map((server) => ({ server, remote: { address: "own", peerPort } }));
  }
  const found = remoteAddresses.flatMap((remoteAddress) => {
    const address = withoutZone(remoteAddress);
    return endpoints
      .filter((server) => familyOf(server.address) === familyOf(address))
      .map((server) => ({ server, remote: { address, peerPort } }));
  });
  if (found.length > 0) return found;
  const serverAddresses = endpoints.map(({ address }) => address);
  throw new PeerError(
    "family_mismatch",
    `Cannot reach ${formatRemote(remote)} through ${formatHostPort(server)}: expected addresses ` +
      `of one IP version, found ${remoteAddresses.join(", ")} and ${serverAddresses.join(", ")}`,
  );
}
