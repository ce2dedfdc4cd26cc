/**
 * A link until its first sealed packet verifies: both sides make keys, over every way that may lead
 * to the other one.
 *
 * @module
 */

import type { Endpoint } from "../../address.ts";
import type { Established } from "../channel/handshake.ts";
import { idOf, type OpenPacket, type SealedPacket } from "../channel/packet.ts";
import type { SecureChannel } from "../channel/secure_channel.ts";
import type { Candidate } from "./candidates.ts";
import { type Handshaking, type OfferedKeys, startHandshake } from "./handshaking.ts";
import type { LinkOptions } from "./link_events.ts";
import type { Search } from "./search.ts";
import type { Sender } from "./sender.ts";

/** What the first sealed packet that verifies chooses. */
export interface Met {
  readonly channel: SecureChannel;
  /** Where it came from: the path, for the time being. */
  readonly path: Candidate;
  /** How long the other side took to show that it has the keys. */
  readonly handshakeMs: number;
  readonly body: Uint8Array;
}

/** The first contact with one remote peer. */
export class FirstContact {
  readonly #options: LinkOptions;
  readonly #search: Search;
  readonly #sender: Sender;
  readonly #handshaking: Handshaking;
  /** When this side first answered the other one's part of the handshake. */
  #answeredMs: number | undefined;

  constructor(options: LinkOptions, search: Search, sender: Sender) {
    this.#options = options;
    this.#search = search;
    this.#sender = sender;
    this.#handshaking = startHandshake(options);
  }

  /** Names the link. */
  get id(): bigint {
    return idOf(this.#handshaking.id);
  }

  /** All keys that the other side may be using. */
  get keys(): readonly OfferedKeys[] {
    return this.#handshaking.keys;
  }

  /** Whether the other side was found to have another secret. */
  get isOtherSecret(): boolean {
    return this.#handshaking.isOtherSecret;
  }

  /** Takes a packet of the handshake. @returns `refused` when its sender can be told so now */
  receive(packet: OpenPacket, source: Endpoint, nowMs: number): "refused" | "goes on" {
    const progress = this.#handshaking.receive(packet);
    if (progress === undefined) return "goes on";
    const candidate = this.#search.hear(source, undefined);
    const { agreed, reply, channel, isAnswer = false } = progress;
    if (agreed !== undefined || reply !== undefined) this.#answeredMs ??= nowMs;
    if (agreed !== undefined) this.#agree(agreed);
    // What the reply says, the notices of the close say as well.
    if (this.#options.refusal !== undefined && this.#handshaking.isStranger) return "refused";
    if (reply !== undefined) this.#sender.push({ kind: "send", packet: reply, to: source });
    else if (!isAnswer) candidate.urgent = true;
    if (channel !== undefined) this.#sender.probe(channel, candidate, nowMs);
    return "goes on";
  }

  /** Opens a sealed packet. @returns `undefined` when it does not verify: nothing changes */
  open(packet: SealedPacket, source: Endpoint, nowMs: number): Met | undefined {
    const confirmation = this.#handshaking.open(packet, nowMs);
    if (confirmation === undefined) return undefined;
    const { established, body } = confirmation;
    const path = this.#search.hear(source, undefined);
    if (this.#handshaking.channel === undefined) this.#agree(established);
    const handshakeMs = nowMs - (this.#answeredMs ?? nowMs);
    return { channel: established.channel, path, handshakeMs, body };
  }

  /** Sends a candidate its part of the handshake, or a probe where there are keys for it. */
  address(candidate: Candidate, nowMs: number): void {
    const { channel, packet } = this.#handshaking;
    if (channel === undefined) this.#sender.greet(candidate, packet, nowMs);
    else this.#sender.probe(channel, candidate, nowMs);
  }

  #agree({ resumed, resumption, fingerprint }: Established): void {
    const { role } = this.#options;
    this.#sender.push({ kind: "agreed", role, resumed, resumption, fingerprint });
  }
}
