/**
 * What a link sends: packets made and addressed, and everything else that it wants done, in order.
 *
 * @module
 */

import type { Endpoint } from "../../address.ts";
import type { SealedPacket } from "../channel/packet.ts";
import type { SecureChannel } from "../channel/secure_channel.ts";
import type { Candidate, Candidates } from "./candidates.ts";
import type { Farewell } from "./farewell.ts";
import { answerBody, probeBody } from "./link_bodies.ts";
import type { LinkOutput } from "./link_events.ts";
import type { OpenPath } from "./open_path.ts";

const NOTHING_TO_DO: readonly LinkOutput[] = [];

/** The outputs of one link. */
export class Sender {
  readonly #candidates: Candidates;
  #outputs: LinkOutput[] = [];
  #areKeysUsedUp = false;

  /** @param candidates are told of what says where this side is */
  constructor(candidates: Candidates) {
    this.#candidates = candidates;
  }

  /** Whether a packet could not be sealed: then the link is over. */
  get areKeysUsedUp(): boolean {
    return this.#areKeysUsedUp;
  }

  /** Wants something done. */
  push(output: LinkOutput): void {
    this.#outputs.push(output);
  }

  /** Gives out all that is to be done. */
  take(): readonly LinkOutput[] {
    const outputs = this.#outputs;
    if (outputs.length === 0) return NOTHING_TO_DO;
    this.#outputs = [];
    return outputs;
  }

  /** Sends a packet of the handshake to a candidate. */
  greet(candidate: Candidate, packet: Uint8Array, nowMs: number): void {
    this.#candidates.sent(candidate, undefined, nowMs);
    this.push({ kind: "send", packet, to: candidate.endpoint });
  }

  /** Probes a candidate. */
  probe(channel: SecureChannel, candidate: Candidate, nowMs: number): void {
    this.#candidates.sent(candidate, channel.nextCounter, nowMs);
    this.seal(channel, "probe", probeBody(), candidate.endpoint);
  }

  /** Sends the probe of a size that is due on the path in use, if any. */
  probeSize(
    channel: SecureChannel,
    path: Candidate,
    over: OpenPath,
    heardMs: number,
    nowMs: number,
  ) {
    const probe = over.look(heardMs, nowMs);
    if (probe === undefined) return;
    over.sent(channel.nextCounter, nowMs);
    this.seal(channel, "probe", probeBody(probe.packetBytes), path.endpoint);
    if (probe.beside === "small probe") path.urgent = true;
  }

  /** Answers a probe to where it came from. */
  answer(channel: SecureChannel, counter: number, source: Endpoint): void {
    this.seal(channel, "answer", answerBody({ echo: counter, seen: source }), source);
  }

  /** Sends the notices of a close that are due. @returns `over` when nobody answered the last ones */
  notify(farewell: Farewell, nowMs: number): "goes on" | "over" {
    const notices = farewell.look(nowMs);
    if (notices === "over") return notices;
    for (const { channel, message2, body, to } of notices) {
      if (message2 !== undefined) this.push({ kind: "send", packet: message2, to });
      this.seal(channel, "close", body, to);
    }
    return "goes on";
  }

  /** Seals a packet and sends it. */
  seal(channel: SecureChannel, kind: SealedPacket["kind"], body: Uint8Array, to: Endpoint): void {
    const packet = channel.seal(kind, body);
    if (packet === undefined) this.#areKeysUsedUp = true;
    else this.push({ kind: "send", packet, to });
  }
}
