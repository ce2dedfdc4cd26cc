/**
 * Packets of a remote peer that heard of the introduction first: the server's word comes by TCP, and
 * may be overtaken.
 *
 * @module
 */

import type { Endpoint } from "../../address.ts";
import { decodePacket, type OpenPacket, type Packet } from "../channel/packet.ts";
import { EARLY_PACKET_KEPT_MS, MAX_EARLY_PACKETS } from "../limits.ts";

/** A packet of a link that may come to be. */
export interface EarlyPacket {
  readonly packet: OpenPacket;
  readonly source: Endpoint;
  readonly receivedMs: number;
}

/** The last ones, one for each link. */
export class EarlyPackets {
  /** By id, in the order in which they came. */
  readonly #kept = new Map<bigint, EarlyPacket>();

  /** Keeps a packet of a link that is not known, if it can be the first of one. */
  keep(packet: Packet, source: Endpoint, nowMs: number): void {
    if (!("content" in packet)) return;
    this.#kept.delete(packet.id);
    // Its bytes are a view into a buffer that the next datagram overwrites.
    const copy = decodePacket(packet.bytes.slice()) as OpenPacket;
    this.#kept.set(packet.id, { packet: copy, source, receivedMs: nowMs });
    const [oldest] = this.#kept.keys();
    if (this.#kept.size > MAX_EARLY_PACKETS) this.#kept.delete(oldest);
  }

  /** Gives out the last one of a link, unless that was long ago. */
  take(id: bigint, nowMs: number): EarlyPacket | undefined {
    const early = this.#kept.get(id);
    this.#kept.delete(id);
    return early !== undefined && nowMs < early.receivedMs + EARLY_PACKET_KEPT_MS
      ? early
      : undefined;
  }
}
