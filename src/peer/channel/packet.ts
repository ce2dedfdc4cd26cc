/**
 * The packets between two introduced peers, byte by byte (docs/LINK.md).
 *
 * ```text
 * first byte  packet
 * 1, 2        message 1, message 2  id, Noise message, HMAC
 * 3           knock                 id, 0 or 1, padding to the length of message 1, HMAC
 * 4           hint                  the id that its sender does not know
 * 20 to 39    type x 4 + r x 2 + s  id, counter (6 bytes), body, tag
 * ```
 *
 * Nothing here judges whether a packet is genuine.
 *
 * @module
 */

import { readUint48, writeUint48 } from "./bytes.ts";
import { ID_BYTES } from "./link_keys.ts";
import { HALF_HMAC_BYTES, KEY_BYTES, TAG_BYTES } from "./primitives.ts";

/** What a sealed packet is for. */
export type SealedKind = "probe" | "answer" | "data" | "close" | "stream";

/** A packet that is authenticated with a probe key. */
export interface OpenPacket {
  readonly kind: "message 1" | "message 2" | "knock";
  /** Names the link. */
  readonly id: bigint;
  /** What stands between id and HMAC. */
  readonly content: Uint8Array;
  readonly bytes: Uint8Array;
}

/** A packet that is encrypted. */
export interface SealedPacket {
  readonly kind: SealedKind;
  /** Names the link. */
  readonly id: bigint;
  /** Low bit of the newest epoch that its sender has received. */
  readonly received: number;
  /** Low bit of its sender's epoch. */
  readonly sent: number;
  readonly counter: number;
  readonly bytes: Uint8Array;
}

/** A word that its sender does not know a link. */
export interface Hint {
  readonly kind: "hint";
  /** Names the link. */
  readonly id: bigint;
}

/** Any packet. */
export type Packet = OpenPacket | SealedPacket | Hint;

/** Bytes before the body of a sealed packet, which are its associated data. */
export const SEALED_HEAD_BYTES = 1 + ID_BYTES + 6;

/** Bytes that a packet adds to a datagram of the application. */
export const PACKET_OVERHEAD_BYTES = SEALED_HEAD_BYTES + TAG_BYTES;

/** Payload of message 1: the name of what is resumed, and a proof of it. */
export const PAYLOAD1_BYTES = ID_BYTES + HALF_HMAC_BYTES;

/** Payload of message 2: a proof. */
export const PAYLOAD2_BYTES = HALF_HMAC_BYTES;

/** Bytes between id and HMAC of message 1, and so of a knock. */
export const CONTENT1_BYTES = KEY_BYTES + PAYLOAD1_BYTES + TAG_BYTES;

const CONTENT2_BYTES = KEY_BYTES + PAYLOAD2_BYTES + TAG_BYTES;
const OPEN_HEAD_BYTES = 1 + ID_BYTES;
const OPEN_KINDS = [
  { first: 1, kind: "message 1", contentBytes: CONTENT1_BYTES },
  { first: 2, kind: "message 2", contentBytes: CONTENT2_BYTES },
  { first: 3, kind: "knock", contentBytes: CONTENT1_BYTES },
] as const;
const HINT = 4;
const SEALED_KINDS: readonly SealedKind[] = ["probe", "answer", "data", "close", "stream"];
const FIRST_SEALED = 20;

/** Reads a packet. @returns `undefined` when `bytes` have not the form of one */
export function decodePacket(bytes: Uint8Array): Packet | undefined {
  if (bytes.length < OPEN_HEAD_BYTES) return undefined;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const id = view.getBigUint64(1);
  const first = bytes[0];
  if (first === HINT) return bytes.length === OPEN_HEAD_BYTES ? { kind: "hint", id } : undefined;
  const kind = SEALED_KINDS[(first - FIRST_SEALED) >> 2];
  if (kind !== undefined) {
    if (bytes.length < PACKET_OVERHEAD_BYTES) return undefined;
    const counter = readUint48(bytes, OPEN_HEAD_BYTES);
    return { kind, id, received: (first >> 1) & 1, sent: first & 1, counter, bytes };
  }
  const open = OPEN_KINDS.find((open) => open.first === first);
  if (open === undefined) return undefined;
  const endOfContent = OPEN_HEAD_BYTES + open.contentBytes;
  if (bytes.length !== endOfContent + HALF_HMAC_BYTES) return undefined;
  return { kind: open.kind, id, content: bytes.subarray(OPEN_HEAD_BYTES, endOfContent), bytes };
}

/** All of an open packet but its HMAC, which the caller appends. */
export function openPacketHead(kind: OpenPacket["kind"], id: Uint8Array, content: Uint8Array) {
  const head = new Uint8Array(OPEN_HEAD_BYTES + content.length);
  head[0] = OPEN_KINDS.findIndex((open) => open.kind === kind) + 1;
  head.set(id, 1);
  head.set(content, OPEN_HEAD_BYTES);
  return head;
}

/** A sealed packet to be: its head, and room for body and tag. */
export function sealedPacketHead(
  kind: SealedKind,
  epochs: { readonly received: number; readonly sent: number },
  id: Uint8Array,
  counter: number,
  bodyBytes: number,
): Uint8Array {
  const packet = new Uint8Array(PACKET_OVERHEAD_BYTES + bodyBytes);
  packet[0] = FIRST_SEALED + 4 * SEALED_KINDS.indexOf(kind) + 2 * epochs.received + epochs.sent;
  packet.set(id, 1);
  writeUint48(packet, OPEN_HEAD_BYTES, counter);
  return packet;
}

/** Makes a hint that a link is not known. */
export function encodeHint(id: bigint): Uint8Array {
  const bytes = new Uint8Array(OPEN_HEAD_BYTES);
  bytes[0] = HINT;
  new DataView(bytes.buffer).setBigUint64(1, id);
  return bytes;
}

/** The id of a link as a value to find it by. */
export function idOf(id: Uint8Array): bigint {
  return new DataView(id.buffer, id.byteOffset, id.length).getBigUint64(0);
}
