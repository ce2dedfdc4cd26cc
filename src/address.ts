/**
 * IP addresses and endpoints as text in one canonical form, so that equal addresses are equal
 * strings: IPv4 as four decimal parts, IPv6 by RFC 5952, IPv4-mapped IPv6 as the IPv4 address.
 *
 * @module
 */

/** An IP address in canonical text. Make one with {@linkcode parseAddress}. */
export type Address = string;

/** An IP address and a port. */
export interface Endpoint {
  /** Its address in canonical text. */
  readonly address: Address;
  /** Its port, 0 to 65535. */
  readonly port: number;
}

/** IP version of an address. */
export type Family = "IPv4" | "IPv6";

const DECIMAL_PART = "(0|[1-9]\\d?|1\\d\\d|2[0-4]\\d|25[0-5])";
const IPV4 = new RegExp(`^${DECIMAL_PART}\\.${DECIMAL_PART}\\.${DECIMAL_PART}\\.${DECIMAL_PART}$`);
const IPV6_GROUP = /^[0-9a-f]{1,4}$/i;
/** `ff00::/8` in canonical text; `ff::` is another address. */
const IPV6_MULTICAST = /^ff[0-9a-f]{2}:/;
const PORT = /^[1-9]\d{0,4}$/;
/** The longest form: eight groups, the last two as IPv4. */
const MAX_ADDRESS_CHARS = 45;

/**
 * Reads any textual form of an IP address and returns its canonical text.
 *
 * Host names, zones, brackets and IPv4 with leading zeros or fewer than four parts are no addresses.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { parseAddress } from "./address.ts";
 *
 * assertEquals(parseAddress("2001:DB8:0:0:0:0:0:1"), "2001:db8::1");
 * assertEquals(parseAddress("::ffff:203.0.113.7"), "203.0.113.7");
 * assertEquals(parseAddress("example.org"), undefined);
 * ```
 *
 * @returns the canonical text, or `undefined` when `text` is not an IP address
 */
export function parseAddress(text: string): Address | undefined {
  if (IPV4.test(text)) return text;
  const groups = parseIpv6Groups(text);
  return groups === undefined ? undefined : groupsText(groups);
}

/** Unmaps `::ffff:a.b.c.d`, the form in which a dual-stack socket shows an IPv4 peer. */
export function unmapAddress(socketAddress: string): Address {
  return socketAddress.startsWith("::ffff:") && socketAddress.includes(".")
    ? socketAddress.slice("::ffff:".length)
    : socketAddress;
}

/** The IP version of a canonical address. */
export function familyOf(address: Address): Family {
  return address.includes(":") ? "IPv6" : "IPv4";
}

/**
 * Reads `203.0.113.7:50123` or `[2001:db8::1]:50123`, port 1 to 65535.
 *
 * @returns the endpoint, or `undefined` when `text` is not one
 */
export function parseEndpoint(text: string): Endpoint | undefined {
  const colon = text.lastIndexOf(":");
  const portText = text.slice(colon + 1);
  if (colon < 0 || !PORT.test(portText) || Number(portText) > 65_535) return undefined;
  const host = text.slice(0, colon);
  const bracketed = host.startsWith("[") && host.endsWith("]");
  if (bracketed !== host.includes(":")) return undefined;
  const address = parseAddress(bracketed ? host.slice(1, -1) : host);
  return address === undefined ? undefined : { address, port: Number(portText) };
}

/** The text of an endpoint; IPv6 addresses stand in brackets. */
export function formatEndpoint(endpoint: Endpoint): string {
  return familyOf(endpoint.address) === "IPv6"
    ? `[${endpoint.address}]:${endpoint.port}`
    : `${endpoint.address}:${endpoint.port}`;
}

/**
 * Whether a datagram can honestly come from this endpoint: not from port 0, nor from an
 * unspecified, multicast or broadcast address.
 */
export function isUnicastSource({ address, port }: Endpoint): boolean {
  if (port === 0) return false;
  if (familyOf(address) === "IPv6") return address !== "::" && !IPV6_MULTICAST.test(address);
  const firstPart = Number(address.slice(0, address.indexOf(".")));
  return firstPart !== 0 && firstPart < 224 || (firstPart >= 240 && address !== "255.255.255.255");
}

/**
 * Writes the 128 bits of a canonical address into `words`, high word first. IPv4 takes its mapped
 * place (`::ffff:0:0/96`), so that no IPv4 and IPv6 address are the same number.
 */
export function addressToWords(address: Address, words: Uint32Array): void {
  if (familyOf(address) === "IPv4") {
    words[0] = 0;
    words[1] = 0;
    words[2] = 0xffff;
    words[3] = ipv4Number(address);
    return;
  }
  const groups = parseIpv6Groups(address) as number[];
  for (let i = 0; i < 4; i++) words[i] = groups[2 * i] * 0x10000 + groups[2 * i + 1];
}

/** Bytes of an endpoint as {@linkcode endpointBytes} writes it. */
export const ENDPOINT_BYTES = 18;

/** An endpoint as bytes: the address as {@linkcode addressToWords} has it, then the port. */
export function endpointBytes({ address, port }: Endpoint): Uint8Array {
  const bytes = new Uint8Array(ENDPOINT_BYTES);
  const view = new DataView(bytes.buffer);
  const words = new Uint32Array(4);
  addressToWords(address, words);
  words.forEach((word, i) => view.setUint32(4 * i, word));
  view.setUint16(16, port);
  return bytes;
}

/** Reads what {@linkcode endpointBytes} wrote. */
export function endpointFromBytes(bytes: Uint8Array): Endpoint {
  const view = new DataView(bytes.buffer, bytes.byteOffset, ENDPOINT_BYTES);
  const words = Uint32Array.from({ length: 4 }, (_, i) => view.getUint32(4 * i));
  return { address: wordsToAddress(words), port: view.getUint16(16) };
}

/** Whether two endpoints are one. */
export function isSameEndpoint(a: Endpoint, b: Endpoint): boolean {
  return a.port === b.port && a.address === b.address;
}

/** The canonical address whose bits {@linkcode addressToWords} wrote. */
export function wordsToAddress(words: Uint32Array): Address {
  const groups = Array.from(words).flatMap((word) => [word >>> 16, word & 0xffff]);
  return groupsText(groups);
}

function ipv4Number(address: Address): number {
  let value = 0;
  let part = 0;
  for (let i = 0; i < address.length; i++) {
    const code = address.charCodeAt(i);
    if (code === 0x2e) {
      value = value * 256 + part;
      part = 0;
    } else {
      part = part * 10 + code - 0x30;
    }
  }
  return value * 256 + part;
}

function parseIpv6Groups(text: string): number[] | undefined {
  if (text.length > MAX_ADDRESS_CHARS) return undefined;
  const halves = text.split("::");
  if (halves.length > 2) return undefined;
  const compressed = halves.length === 2;
  const head = parseGroups(halves[0], compressed ? "middle" : "end");
  const tail = compressed ? parseGroups(halves[1], "end") : [];
  if (head === undefined || tail === undefined) return undefined;
  const missing = 8 - head.length - tail.length;
  if (compressed ? missing < 1 : missing !== 0 || text === "") return undefined;
  return [...head, ...new Array<number>(missing).fill(0), ...tail];
}

/** Reads colon-separated groups; only at the end of an address may the last two be IPv4. */
function parseGroups(text: string, place: "middle" | "end"): number[] | undefined {
  if (text === "") return [];
  const groups: number[] = [];
  const parts = text.split(":");
  for (const [i, part] of parts.entries()) {
    if (IPV6_GROUP.test(part)) {
      groups.push(parseInt(part, 16));
    } else if (place === "end" && i === parts.length - 1 && IPV4.test(part)) {
      const value = ipv4Number(part);
      groups.push(value >>> 16, value & 0xffff);
    } else {
      return undefined;
    }
  }
  return groups;
}

function groupsText(groups: readonly number[]): Address {
  const mapped = groups.slice(0, 5).every((group) => group === 0) && groups[5] === 0xffff;
  return mapped ? ipv4Text(groups[6], groups[7]) : ipv6Text(groups);
}

function ipv4Text(high: number, low: number): Address {
  return `${high >> 8}.${high & 0xff}.${low >> 8}.${low & 0xff}`;
}

/** RFC 5952: lower case, no leading zeros, the first longest run of two or more zeros as `::`. */
function ipv6Text(groups: readonly number[]): Address {
  let bestStart = 0;
  let bestLength = 1;
  for (let start = 0; start < 8; start++) {
    let length = 0;
    while (start + length < 8 && groups[start + length] === 0) length++;
    if (length > bestLength) [bestStart, bestLength] = [start, length];
  }
  const hex = (part: readonly number[]) => part.map((group) => group.toString(16)).join(":");
  if (bestLength === 1) return hex(groups);
  return `${hex(groups.slice(0, bestStart))}::${hex(groups.slice(bestStart + bestLength))}`;
}
