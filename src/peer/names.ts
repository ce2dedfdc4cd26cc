/**
 * How servers, peers and Tokens are written.
 *
 * @module
 */

import { type Address, parseAddress, withoutZone } from "../address.ts";
import { MAX_TOKEN_CHARS } from "../protocol/limits.ts";
import { MAX_PEER_PORT, MIN_PEER_PORT, type PeerPort } from "../protocol/message.ts";
import { isLabel } from "../protocol/text_members.ts";

/** An IP address as written: canonical, with the zone of a link-local one (RFC 4007). */
export interface AddressSpec {
  readonly kind: "address";
  readonly address: Address;
  /** Which of the machine's networks, e.g. `eth0`; `undefined` where none was written. */
  readonly zone: string | undefined;
}

/** A host name, in ASCII: international ones as the DNS has them. */
export interface NameSpec {
  readonly kind: "name";
  readonly name: string;
}

/** A machine as written. */
export type HostSpec = AddressSpec | NameSpec;

/** A machine and a port. */
export interface HostPort {
  readonly host: HostSpec;
  readonly port: number;
}

/** A remote peer as written; `own` is one behind the same public address. */
export interface RemoteSpec {
  readonly host: HostSpec | { readonly kind: "own" };
  readonly peerPort: PeerPort;
}

/** Whoever knows the addresses of names. */
export interface Resolver {
  /** The addresses of a name in order of preference; none when it has none. Never rejects. */
  resolve(name: string): Promise<Address[]>;
}

const ASCII_NAME = /^[\w.-]{1,253}$/;
const INTERNATIONAL_NAME = /^[\p{L}\p{M}\p{N}._\-\u3002]{1,253}$/u;
/** No top-level domain is a number; `300.1.1.1` is a mistyped address. */
const ENDS_IN_NUMBER = /(^|\.)\d+\.?$/;
const ZONE = /^[\w.-]{1,32}$/;
const INTEGER = /^-?\d{1,19}$/;
const MAX_PORT = 65_535;

/**
 * Reads a machine wherever one is written: an IPv4 address, an IPv6 address with or without brackets
 * and zone, or a name.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { parseHost } from "./names.ts";
 *
 * assertEquals(parseHost("[FE80::1%eth0]"), { kind: "address", address: "fe80::1", zone: "eth0" });
 * assertEquals(parseHost("bücher.example"), { kind: "name", name: "xn--bcher-kva.example" });
 * ```
 *
 * @returns `undefined` when `text` is none of these
 */
export function parseHost(text: string): HostSpec | undefined {
  const isBracketed = text.startsWith("[") && text.endsWith("]");
  const address = parseZonedAddress(isBracketed ? text.slice(1, -1) : text);
  if (isBracketed) return address?.address.includes(":") ? address : undefined;
  return address ?? parseName(text);
}

/** Writes what {@linkcode parseHost} reads. */
export function formatHost(host: HostSpec): string {
  if (host.kind === "name") return host.name;
  return host.zone === undefined ? host.address : `${host.address}%${host.zone}`;
}

/**
 * Reads `HOST`, `HOST:PORT`, `IPV6` or `[IPV6]:PORT`.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { formatHostPort, parseHostPort } from "./names.ts";
 *
 * assertEquals(formatHostPort(parseHostPort("example.org", 6969)!), "example.org:6969");
 * assertEquals(formatHostPort(parseHostPort("[2001:DB8::1]:7000")!), "[2001:db8::1]:7000");
 * ```
 *
 * @param defaultPort port where none is written; without it one must be
 * @returns `undefined` when `text` is none of these
 */
export function parseHostPort(text: string, defaultPort?: number): HostPort | undefined {
  const whole = parseHost(text);
  if (whole !== undefined) return withPort(whole, defaultPort);
  const parts = /^(.+):(\d{1,5})$/.exec(text);
  if (parts === null || !parts[1].startsWith("[") && parts[1].includes(":")) return undefined;
  const host = parseHost(parts[1]);
  return host === undefined ? undefined : withPort(host, Number(parts[2]));
}

/** Writes what {@linkcode parseHostPort} reads. */
export function formatHostPort({ host, port }: HostPort): string {
  const text = formatHost(host);
  return text.includes(":") ? `[${text}]:${port}` : `${text}:${port}`;
}

/**
 * Reads `IP/PEERPORT`, `NAME/PEERPORT`, or `/PEERPORT` for a peer behind the same public address.
 *
 * @returns `undefined` when `text` is none of these
 */
export function parseRemote(text: string): RemoteSpec | undefined {
  const slash = text.lastIndexOf("/");
  const peerPort = parsePeerPort(text.slice(slash + 1));
  if (slash < 0 || peerPort === undefined) return undefined;
  const host = slash === 0 ? { kind: "own" } as const : parseHost(text.slice(0, slash));
  return host === undefined ? undefined : { host, peerPort };
}

/** Writes what {@linkcode parseRemote} reads. */
export function formatRemote({ host, peerPort }: RemoteSpec): string {
  return `${host.kind === "own" ? "" : formatHost(host)}/${peerPort}`;
}

/** Reads a PeerPort: any 64-bit integer. @returns `undefined` when `text` is none */
export function parsePeerPort(text: string): PeerPort | undefined {
  if (!INTEGER.test(text)) return undefined;
  const value = BigInt(text);
  return value < MIN_PEER_PORT || value > MAX_PEER_PORT ? undefined : value;
}

/** What {@linkcode parseToken} reads, in words. */
export const TOKEN_WORDS = `1 to ${MAX_TOKEN_CHARS} characters from space to ~`;

/** Reads a Token, which stays as it is. @returns `undefined` when `text` is none */
export function parseToken(text: string): string | undefined {
  return isLabel(text) ? text : undefined;
}

/**
 * The addresses of a machine, in order of preference, as sockets take them: with the zone that was
 * written.
 */
export async function resolveHost(resolver: Resolver, host: HostSpec): Promise<Address[]> {
  return host.kind === "address" ? [formatHost(host)] : await resolver.resolve(host.name);
}

/** An address as a socket of this machine takes it on the way to `towards`, with the zone of that. */
export function withZoneOf(address: Address, towards: Address): Address {
  return `${address}${towards.slice(withoutZone(towards).length)}`;
}

function parseZonedAddress(text: string): AddressSpec | undefined {
  const percent = text.indexOf("%");
  const address = parseAddress(percent < 0 ? text : text.slice(0, percent));
  if (address === undefined) return undefined;
  if (percent < 0) return { kind: "address", address, zone: undefined };
  const zone = text.slice(percent + 1);
  const isZoned = ZONE.test(zone) && address.includes(":");
  return isZoned ? { kind: "address", address, zone } : undefined;
}

function parseName(text: string): NameSpec | undefined {
  if (ENDS_IN_NUMBER.test(text)) return undefined;
  if (ASCII_NAME.test(text)) return { kind: "name", name: text };
  const url = INTERNATIONAL_NAME.test(text) ? URL.parse(`http://${text}/`) : null;
  return url === null ? undefined : { kind: "name", name: url.hostname };
}

function withPort(host: HostSpec, port: number | undefined): HostPort | undefined {
  return port === undefined || port < 1 || port > MAX_PORT ? undefined : { host, port };
}
