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

/** Bytes of the headers of IP and UDP before what a datagram carries. */
export const IP_UDP_HEADER_BYTES: Readonly<Record<Family, number>> = { IPv4: 28, IPv6: 48 };

const DECIMAL_PART = "(0|[1-9]\\d?|1\\d\\d|2[0-4]\\d|25[0-5])";
const IPV4 = new RegExp(`^${DECIMAL_PART}\\.${DECIMAL_PART}\\.${DECIMAL_PART}\\.${DECIMAL_PART}$`);
const IPV6_GROUP = /^[0-9a-f]{1,4}$/i;
const PORT = /^[1-9]\d{0,4}$/;
/** The longest form: eight groups, the last two as IPv4. */
const MAX_ADDRESS_CHARS = 45;
const DOT = 0x2e;
const COLON = 0x3a;
const DIGIT_0 = 0x30;
const DIGIT_9 = 0x39;
const LETTER_A = 0x61;
/** Third word of an IPv4 address, in its mapped place. */
const IPV4_MAPPED = 0xffff;
/** Last word of 255.255.255.255. */
const IPV4_BROADCAST = -1;

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

/** Addresses that never are on the internet (RFC 6890): private, unique-local, link-local, loopback. */
const PRIVATE =
  /^(?:10\.|127\.|169\.254\.|192\.168\.|172\.(?:1[6-9]|2\d|3[01])\.|f[cd]..:|fe[89ab].:|::1$)/;

/** Whether a canonical address belongs to the inside of some network. */
export function isPrivate(address: Address): boolean {
  return PRIVATE.test(address);
}

/** Whether a canonical address is this machine's own, which no other can have (RFC 1122, 4291). */
export function isLoopback(address: Address): boolean {
  return address.startsWith("127.") || address === "::1";
}

/** An address without its zone, which means something on one machine only (RFC 4007). */
export function withoutZone(address: Address): Address {
  const percent = address.indexOf("%");
  return percent < 0 ? address : address.slice(0, percent);
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

/** An endpoint as a key of a map. */
export type EndpointKey = number | string;

/** The key of an endpoint: where it is IPv4 a number, which takes no text to make. */
export function endpointKey(endpoint: Endpoint): EndpointKey {
  const { address, port } = endpoint;
  if (familyOf(address) === "IPv6") return formatEndpoint(endpoint);
  return (packAddress(address).word3 >>> 0) * 0x1_0000 + port;
}

/** The 128 bits of an address: four signed 32-bit numbers, the high one first. */
export interface PackedAddress {
  readonly word0: number;
  readonly word1: number;
  readonly word2: number;
  readonly word3: number;
}

/** Whether two endpoints are one. */
export function isSameEndpoint(a: Endpoint, b: Endpoint): boolean {
  return a.port === b.port && a.address === b.address;
}

/** Bytes of an endpoint as {@linkcode endpointBytes} writes it. */
export const ENDPOINT_BYTES = 18;

/** An endpoint as bytes: the address as {@linkcode packAddress} has it, then the port. */
export function endpointBytes({ address, port }: Endpoint): Uint8Array {
  const bytes = new Uint8Array(ENDPOINT_BYTES);
  const view = new DataView(bytes.buffer);
  const { word0, word1, word2, word3 } = packAddress(address);
  [word0, word1, word2, word3].forEach((word, i) => view.setUint32(4 * i, word));
  view.setUint16(16, port);
  return bytes;
}

/** Reads what {@linkcode endpointBytes} wrote. */
export function endpointFromBytes(bytes: Uint8Array): Endpoint {
  const view = new DataView(bytes.buffer, bytes.byteOffset, ENDPOINT_BYTES);
  const [word0, word1, word2, word3] = [0, 4, 8, 12].map((offset) => view.getUint32(offset));
  return { address: unpackAddress({ word0, word1, word2, word3 }), port: view.getUint16(16) };
}

/**
 * Reads a canonical address as bits. IPv4 takes its mapped place (`::ffff:0:0/96`), so that no IPv4
 * and IPv6 address are the same bits.
 *
 * One pass without intermediate strings: this is done for every datagram that arrives.
 */
export function packAddress(address: Address): PackedAddress {
  let value = 0;
  let part = 0;
  for (let i = 0; i < address.length; i++) {
    const code = address.charCodeAt(i);
    if (code === DOT) {
      value = value << 8 | part;
      part = 0;
    } else if (code <= DIGIT_9) {
      part = part * 10 + code - DIGIT_0;
    } else {
      return packIpv6(address);
    }
  }
  return { word0: 0, word1: 0, word2: IPV4_MAPPED, word3: value << 8 | part };
}

/** The canonical address of these bits. */
export function unpackAddress({ word0, word1, word2, word3 }: PackedAddress): Address {
  const words = [word0, word1, word2, word3];
  return groupsText(words.flatMap((word) => [word >>> 16, word & 0xffff]));
}

/** Whether these are the bits of an IPv4 address. */
export function isPackedIpv4({ word0, word1, word2 }: PackedAddress): boolean {
  return word0 === 0 && word1 === 0 && word2 === IPV4_MAPPED;
}

/**
 * Whether a datagram can honestly come from this address: it is neither unspecified nor multicast
 * nor broadcast.
 */
export function isUnicast(packed: PackedAddress): boolean {
  const { word0, word1, word2, word3 } = packed;
  if (isPackedIpv4(packed)) {
    const firstPart = word3 >>> 24;
    return firstPart !== 0 && (firstPart < 224 || firstPart >= 240) && word3 !== IPV4_BROADCAST;
  }
  return word0 >>> 24 !== 0xff && (word0 | word1 | word2 | word3) !== 0;
}

/** Whether a datagram can honestly come from this endpoint: {@linkcode isUnicast}, and a port. */
export function isUnicastSource({ address, port }: Endpoint): boolean {
  return port !== 0 && isUnicast(packAddress(address));
}

/** Reads canonical IPv6 text, in which nothing but hexadecimal digits and colons can stand. */
function packIpv6(address: Address): PackedAddress {
  const words = [0, 0, 0, 0];
  let group = 0;
  let value = 0;
  for (let i = 0; i <= address.length; i++) {
    const code = i === address.length ? COLON : address.charCodeAt(i);
    if (code !== COLON) {
      value = value << 4 | (code <= DIGIT_9 ? code - DIGIT_0 : code - LETTER_A + 10);
    } else if (i > 0 && address.charCodeAt(i - 1) === COLON) {
      group = 8 - groupsFrom(address, i + 1);
    } else {
      words[group >> 1] |= (group & 1) === 0 ? value << 16 : value;
      group++;
      value = 0;
    }
  }
  return { word0: words[0], word1: words[1], word2: words[2], word3: words[3] };
}

/** Number of groups in the rest of an IPv6 address. */
function groupsFrom(address: Address, start: number): number {
  if (start >= address.length) return 0;
  let groups = 1;
  for (let i = start; i < address.length; i++) if (address.charCodeAt(i) === COLON) groups++;
  return groups;
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
      const { word3 } = packAddress(part);
      groups.push(word3 >>> 16, word3 & 0xffff);
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
