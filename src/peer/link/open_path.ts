/**
 * The path that an open link goes over, and what is found out about it meanwhile.
 *
 * @module
 */

import { familyOf } from "../../address.ts";
import { PACKET_OVERHEAD_BYTES } from "../channel/packet.ts";
import type { Candidate } from "./candidates.ts";
import { type LinkFacts, type LinkNews, News } from "./news.ts";
import { type MtuProbe, PathMtu } from "./path_mtu.ts";

/** One path after the other. */
export class OpenPath {
  #candidate: Candidate;
  #mtu: PathMtu;
  readonly #news: News;
  readonly #handshakeMs: number;

  /** @param handshakeMs stands for the round-trip time while no probe was answered */
  constructor(candidate: Candidate, handshakeMs: number, nowMs: number) {
    this.#candidate = candidate;
    this.#handshakeMs = handshakeMs;
    this.#mtu = mtuOf(candidate, nowMs);
    this.#news = new News(this.#facts, nowMs);
  }

  /** Largest packet that is known to pass. */
  get packetBytes(): number {
    return this.#mtu.packetBytes;
  }

  /** When {@linkcode OpenPath.look} is to be called. */
  get nextMs(): number {
    return Math.min(this.#mtu.nextMs, this.#news.nextMs(this.#facts));
  }

  /** Goes on over another path, of which no size is known. */
  moveTo(candidate: Candidate, nowMs: number): void {
    if (candidate === this.#candidate) return;
    this.#candidate = candidate;
    this.#mtu = mtuOf(candidate, nowMs);
  }

  /** Notes a datagram of the application. */
  used(datagramBytes: number): void {
    this.#mtu.used(PACKET_OVERHEAD_BYTES + datagramBytes);
  }

  /** Packets go out, and nothing comes back: perhaps they are too large now. */
  doubt(nowMs: number): void {
    this.#mtu.doubt(nowMs);
  }

  /** @returns a probe of a size to send now, if one is due; see {@linkcode PathMtu.look} */
  look(heardMs: number, nowMs: number): MtuProbe | undefined {
    return this.#mtu.look(heardMs, nowMs);
  }

  /** Notes that such a probe was sent. @param counter of its packet */
  sent(counter: number, nowMs: number): void {
    this.#mtu.sent(counter, nowMs);
  }

  /** Notes a genuine answer. @returns whether it was one to such a probe */
  answered(counter: number, nowMs: number): "own probe" | "another one" {
    return this.#mtu.answered(counter, nowMs);
  }

  /** What the user is to be told now. */
  takeNews(nowMs: number): LinkNews[] {
    return this.#news.take(this.#facts, nowMs);
  }

  get #facts(): LinkFacts {
    const { kind, endpoint, roundTripMs = this.#handshakeMs } = this.#candidate;
    const maxDatagramBytes = this.#mtu.packetBytes - PACKET_OVERHEAD_BYTES;
    return { path: { kind, endpoint }, roundTripMs, maxDatagramBytes };
  }
}

function mtuOf({ endpoint }: Candidate, nowMs: number): PathMtu {
  return new PathMtu(familyOf(endpoint.address), nowMs);
}
