/**
 * The packets between two peers that a server introduced with a PairKey.
 *
 * ```text
 *  0  magic          2   F5 CB: no UTF-8 text and no JSON begins so
 *  2  version        1   1
 *  3  kind           1   1 probe, 2 answer, 3 data, 4 close
 *  4  connection id  6   which link of this socket; made from the PairKey, not secret
 * 10  sequence       6   of the sender, counted from 1 over all kinds; never used twice
 * 16  body
 *     tag           16   HMAC-SHA-256 of all before it, cut to its first half
 * ```
 *
 * Numbers are big-endian. Bodies:
 *
 * - probe: the sender's nonce (8), zeros up to the length of an answer, so that whoever makes a peer
 *   answer elsewhere gains nothing.
 * - answer: the sender's nonce (8), the sequence of the probe (6), the endpoint that the probe came
 *   from as port (2) and address (16, IPv4 in its mapped form). Both stand inverted: some NATs
 *   rewrite every address that they recognize in a payload.
 * - data: one datagram of the application. close: empty.
 *
 * Keys come from the PairKey, which itself is never sent (`link_keys.ts`). A probe has a key of the
 * pair, because it must be understood before the other nonce is known. All else has a key of the
 * pair, the direction and the nonces of both sides: what was recorded in another session, or what is
 * sent back to its sender, does not verify. Within a session every sequence is taken once
 * (`replay_window.ts`). This is authentication, not encryption: whoever sees the packets can read
 * them, and whoever sees the TCP connections to the server can read the PairKey.
 *
 * @module
 */

import { type Address, type Endpoint, packAddress, parseAddress } from "../../address.ts";
import type { Secrets } from "../platform/platform.ts";

/** What a packet is for. */
export type PacketKind = "probe" | "answer" | "data" | "close";

/** A packet without its tag, which only {@linkcode isAuthentic} looks at. */
export interface Packet {
  readonly kind: PacketKind;
  readonly connectionId: number;
  readonly sequence: number;
  /** A view into the received bytes. */
  readonly body: Uint8Array;
}

/** Bytes that a packet adds to a datagram of the application. */
export const PACKET_OVERHEAD_BYTES = 32;

/** Bytes of a nonce. */
export const NONCE_BYTES = 8;

const MAGIC = 0xf5cb;
const VERSION = 1;
const KINDS: readonly (PacketKind | undefined)[] = [undefined, "probe", "answer", "data", "close"];
const HEADER_BYTES = 16;
const TAG_BYTES = 16;
const PROBE_BODY_BYTES = 32;

/** Makes a packet. */
export function encodePacket(packet: Packet, key: Uint8Array, secrets: Secrets): Uint8Array {
  const length = HEADER_BYTES + packet.body.length;
  const bytes = new Uint8Array(length + TAG_BYTES);
  const view = new DataView(bytes.buffer);
  view.setUint16(0, MAGIC);
  bytes[2] = VERSION;
  bytes[3] = KINDS.indexOf(packet.kind);
  writeUint48(view, 4, packet.connectionId);
  writeUint48(view, 10, packet.sequence);
  bytes.set(packet.body, HEADER_BYTES);
  const tag = secrets.hmacSha256(key, bytes.subarray(0, length));
  bytes.set(tag.subarray(0, TAG_BYTES), length);
  return bytes;
}

/**
 * Reads a packet without judging whether it is genuine.
 *
 * @returns `undefined` when `bytes` have not the form of one
 */
export function decodePacket(bytes: Uint8Array): Packet | undefined {
  if (bytes.length < PACKET_OVERHEAD_BYTES) return undefined;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  if (view.getUint16(0) !== MAGIC || bytes[2] !== VERSION) return undefined;
  const kind = KINDS[bytes[3]];
  if (kind === undefined) return undefined;
  const body = bytes.subarray(HEADER_BYTES, bytes.length - TAG_BYTES);
  if (kind === "close" && body.length !== 0) return undefined;
  if ((kind === "probe" || kind === "answer") && body.length !== PROBE_BODY_BYTES) return undefined;
  return { kind, connectionId: readUint48(view, 4), sequence: readUint48(view, 10), body };
}

/** Whether the tag of a packet was made with `key`. Takes the same time wherever it differs. */
export function isAuthentic(bytes: Uint8Array, key: Uint8Array, secrets: Secrets): boolean {
  const length = bytes.length - TAG_BYTES;
  const tag = secrets.hmacSha256(key, bytes.subarray(0, length));
  let difference = 0;
  for (let i = 0; i < TAG_BYTES; i++) difference |= tag[i] ^ bytes[length + i];
  return difference === 0;
}

/** The body of a probe. */
export function probeBody(nonce: Uint8Array): Uint8Array {
  const body = new Uint8Array(PROBE_BODY_BYTES);
  body.set(nonce);
  return body;
}

/** What an answer says. */
export interface Answer {
  /** Sequence of the probe. */
  readonly echo: number;
  /** Where the probe came from, as its receiver saw it. */
  readonly seen: Endpoint;
}

/** The body of an answer. */
export function answerBody(nonce: Uint8Array, { echo, seen }: Answer): Uint8Array {
  const body = new Uint8Array(PROBE_BODY_BYTES);
  const view = new DataView(body.buffer);
  body.set(nonce);
  writeUint48(view, 8, echo);
  view.setUint16(14, ~seen.port);
  const { word0, word1, word2, word3 } = packAddress(seen.address);
  [word0, word1, word2, word3].forEach((word, i) => view.setUint32(16 + 4 * i, ~word));
  return body;
}

/** Reads the body of an answer. */
export function readAnswer(body: Uint8Array): Answer {
  const view = new DataView(body.buffer, body.byteOffset, body.length);
  const groups = Array.from({ length: 8 }, (_, i) => ~view.getUint16(16 + 2 * i) & 0xffff);
  const address = parseAddress(groups.map((group) => group.toString(16)).join(":")) as Address;
  return { echo: readUint48(view, 8), seen: { address, port: ~view.getUint16(14) & 0xffff } };
}

/** The sender's nonce in the body of a probe or an answer, as a copy. */
export function nonceOf(body: Uint8Array): Uint8Array {
  return body.slice(0, NONCE_BYTES);
}

/** Reads six bytes as a number: JavaScript has no 48-bit accessor, but holds them exactly. */
export function readUint48(view: DataView, offset: number): number {
  return view.getUint16(offset) * 0x1_0000_0000 + view.getUint32(offset + 2);
}

function writeUint48(view: DataView, offset: number, value: number): void {
  view.setUint16(offset, Math.floor(value / 0x1_0000_0000));
  view.setUint32(offset + 2, value % 0x1_0000_0000);
}
