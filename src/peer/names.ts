/**
 * How servers and remote peers are written, and which of their addresses are used.
 *
 * @module
 */

import { type Address, type Endpoint, familyOf, parseAddress } from "../address.ts";
import {
  MAX_PEER_PORT,
  MIN_PEER_PORT,
  type PeerPort,
  type RemotePeer,
} from "../protocol/message.ts";
import { PeerError } from "./errors.ts";
import type { Network } from "./platform/platform.ts";

/** A host name or an IP address, and a port. */
export interface HostPort {
  readonly host: string;
  readonly port: number;
}

/** A remote peer as written: its host is an IP address, a name, or `"own"`. */
export interface RemoteText {
  readonly host: string;
  readonly peerPort: PeerPort;
}

const NAME = /^[\w.-]{1,253}$/;
const INTEGER = /^-?\d{1,19}$/;
const MAX_PORT = 65_535;

/**
 * Reads `HOST`, `HOST:PORT`, `IPV6` or `[IPV6]:PORT`.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { parseHostPort } from "./names.ts";
 *
 * assertEquals(parseHostPort("example.org", 6969), { host: "example.org", port: 6969 });
 * assertEquals(parseHostPort("[2001:db8::1]:7000"), { host: "2001:db8::1", port: 7000 });
 * ```
 *
 * @param defaultPort port where none is written; without it one must be
 * @returns `undefined` when `text` is none of these
 */
export function parseHostPort(text: string, defaultPort?: number): HostPort | undefined {
  const address = parseAddress(text);
  if (address !== undefined) return withPort(address, undefined, defaultPort);
  const parts = /^(?:\[([^\]]+)\]|([^:[\]]+))(?::(\d{1,5}))?$/.exec(text);
  if (parts === null) return undefined;
  const [, bracketed, plain, port] = parts;
  const host = bracketed === undefined ? plain : parseAddress(bracketed);
  const isHost = host !== undefined &&
    (bracketed === undefined ? NAME.test(host) : host.includes(":"));
  return isHost ? withPort(host, port, defaultPort) : undefined;
}

/** Writes what {@linkcode parseHostPort} reads. */
export function formatHostPort({ host, port }: HostPort): string {
  return host.includes(":") ? `[${host}]:${port}` : `${host}:${port}`;
}

/**
 * Reads `IP/PEERPORT`, `NAME/PEERPORT`, or `/PEERPORT` for a peer behind the same public address.
 *
 * @returns `undefined` when `text` is none of these
 */
export function parseRemote(text: string): RemoteText | undefined {
  const slash = text.lastIndexOf("/");
  const peerPort = parsePeerPort(text.slice(slash + 1));
  if (slash < 0 || peerPort === undefined) return undefined;
  const host = text.slice(0, slash);
  if (host === "") return { host: "own", peerPort };
  const address = parseAddress(host);
  if (address === undefined && !NAME.test(host)) return undefined;
  return { host: address ?? host, peerPort };
}

/** Writes what {@linkcode parseRemote} reads. */
export function formatRemote({ host, peerPort }: RemoteText): string {
  return `${host === "own" ? "" : host}/${peerPort}`;
}

/** Reads a PeerPort: any 64-bit integer. @returns `undefined` when `text` is none */
export function parsePeerPort(text: string): PeerPort | undefined {
  if (!INTEGER.test(text)) return undefined;
  const value = BigInt(text);
  return value < MIN_PEER_PORT || value > MAX_PEER_PORT ? undefined : value;
}

/** The addresses of a server or a remote peer, in order of preference. */
export async function resolveHost(network: Network, host: string): Promise<Address[]> {
  const address = parseAddress(host);
  return address === undefined ? await network.resolve(host) : [address];
}

/** One way to ask for a remote peer: both addresses are of one family. */
export interface Route {
  readonly server: Endpoint;
  readonly remote: RemotePeer;
}

/**
 * The ways to ask the server for a remote peer, best first: the family that both share. For one's own
 * address IPv4 comes first, since only there several machines have the same.
 *
 * @throws {PeerError} `family_mismatch` when there is none
 */
export function routes(
  server: HostPort,
  serverAddresses: readonly Address[],
  remote: RemoteText,
  remoteAddresses: readonly Address[] | "own",
): Route[] {
  const { peerPort } = remote;
  const endpoint = (address: Address): Endpoint => ({ address, port: server.port });
  if (remoteAddresses === "own") {
    return [...serverAddresses]
      .sort((a, b) => Number(a.includes(":")) - Number(b.includes(":")))
      .map((address) => ({ server: endpoint(address), remote: { address: "own", peerPort } }));
  }
  const found = remoteAddresses.flatMap((remoteAddress) =>
    serverAddresses
      .filter((address) => familyOf(address) === familyOf(remoteAddress))
      .map((address) => ({
        server: endpoint(address),
        remote: { address: remoteAddress, peerPort },
      }))
  );
  if (found.length > 0) return found;
  throw new PeerError(
    "family_mismatch",
    `Cannot reach ${formatRemote(remote)} through ${formatHostPort(server)}: expected addresses ` +
      `of one IP version, found ${remoteAddresses.join(", ")} and ${serverAddresses.join(", ")}`,
  );
}

function withPort(
  host: string,
  portText: string | undefined,
  defaultPort: number | undefined,
): HostPort | undefined {
  const port = portText === undefined ? defaultPort : Number(portText);
  return port === undefined || port < 1 || port > MAX_PORT ? undefined : { host, port };
}
