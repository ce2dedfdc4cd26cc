/**
 * The handshake of a link as each role sees it.
 *
 * @module
 */

import {
  type Established,
  type HandshakeTerms,
  Initiator,
  readKnock,
  Responder,
} from "../channel/handshake.ts";
import { isSame } from "../channel/bytes.ts";
import type { OpenPacket, SealedPacket } from "../channel/packet.ts";
import type { SecureChannel } from "../channel/secure_channel.ts";
import { MAX_UNCONFIRMED_HANDSHAKES } from "../limits.ts";
import type { LinkOptions } from "./link_events.ts";

/** What comes of a genuine packet. */
export interface Progress {
  /** To be sent back to where it came from. */
  readonly reply?: Uint8Array;
  /** Whether it answers what this side sent; else the way that it came by is tried at once. */
  readonly isAnswer?: boolean;
  /**
   * To be probed over right behind the reply: what is sealed with it shows the initiator one round
   * trip sooner that the keys are right.
   */
  readonly channel?: SecureChannel;
  /** What this side knows to be agreed now. */
  readonly agreed?: Established;
}

/** A sealed packet that verified, and the keys that so are the chosen ones. */
export interface Confirmation {
  readonly established: Established;
  readonly body: Uint8Array;
}

/** Keys that the other side may be using. */
export interface OfferedKeys {
  readonly channel: SecureChannel;
  /** Without which it has none of them; `undefined` where it was the one to make it. */
  readonly message2?: Uint8Array;
}

/** One side of a handshake. */
export interface Handshaking {
  /** Names the link. */
  readonly id: Uint8Array;
  /** Sent to every candidate again and again, until there is a channel. */
  readonly packet: Uint8Array;
  /** The keys, once this side has some that it may use. */
  readonly channel: SecureChannel | undefined;
  /** All keys that the other side may be using. */
  readonly keys: readonly OfferedKeys[];
  /** Whether the other side was found to have another secret. */
  readonly isOtherSecret: boolean;
  /** Whether there are keys, and with nobody who resumes anything. */
  readonly isStranger: boolean;
  /** Takes a packet. @returns `undefined` when it is not genuine: nothing changes */
  receive(packet: OpenPacket): Progress | undefined;
  /** Opens a sealed packet. @returns `undefined` when it does not verify: nothing changes */
  open(packet: SealedPacket, nowMs: number): Confirmation | undefined;
}

/** Begins a handshake. */
export function startHandshake(options: LinkOptions): Handshaking {
  const { introduction: { source, dest }, role, pairKey, secret } = options;
  const observed = role === "initiator"
    ? { initiator: source, responder: dest }
    : { initiator: dest, responder: source };
  const meeting = { role, pairKey, secret, observed };
  return role === "initiator" ? new Initiating(meeting, options) : new Responding(meeting, options);
}

class Initiating implements Handshaking {
  readonly #side: Initiator;
  #established: Established | undefined;
  #isOtherSecret = false;

  constructor(meeting: HandshakeTerms, { random, resumption }: LinkOptions) {
    this.#side = new Initiator(meeting, random, resumption);
  }

  get id(): Uint8Array {
    return this.#side.id;
  }

  get packet(): Uint8Array {
    return this.#side.message1;
  }

  get channel(): SecureChannel | undefined {
    return this.#established?.channel;
  }

  get keys(): readonly OfferedKeys[] {
    return this.#established === undefined ? [] : [{ channel: this.#established.channel }];
  }

  get isOtherSecret(): boolean {
    return this.#isOtherSecret;
  }

  get isStranger(): boolean {
    return this.#established !== undefined && this.#established.resumed === undefined;
  }

  receive(packet: OpenPacket): Progress | undefined {
    if (!this.#side.isGenuine(packet)) return undefined;
    if (packet.kind === "knock") {
      // This one answers message 1: to answer it at once would go on and on.
      const isAnswer = readKnock(packet) === "another secret";
      if (isAnswer) this.#isOtherSecret = true;
      return { isAnswer };
    }
    if (packet.kind !== "message 2") return undefined;
    if (this.#established !== undefined) return {};
    const established = this.#side.read(packet);
    if (established === undefined) return undefined;
    this.#established = established;
    return { agreed: established };
  }

  open(packet: SealedPacket, nowMs: number): Confirmation | undefined {
    const body = this.#established?.channel.open(packet, nowMs);
    return this.#established && body && { established: this.#established, body };
  }
}

/** A message 1 that was answered, while nobody knows yet whether its sender is there. */
interface Unconfirmed {
  readonly message1: Uint8Array;
  readonly message2: Uint8Array;
  readonly established: Established;
}

class Responding implements Handshaking {
  readonly channel = undefined;
  readonly #side: Responder;
  readonly #find: LinkOptions["findResumption"];
  readonly #knock: Uint8Array;
  readonly #otherSecretKnock: Uint8Array;
  readonly #unconfirmed: Unconfirmed[] = [];
  #isOtherSecret = false;

  constructor(meeting: HandshakeTerms, { random, findResumption }: LinkOptions) {
    this.#side = new Responder(meeting, random);
    this.#find = findResumption;
    this.#knock = this.#side.knock("nothing");
    this.#otherSecretKnock = this.#side.knock("another secret");
  }

  get id(): Uint8Array {
    return this.#side.id;
  }

  get packet(): Uint8Array {
    const newest = this.#unconfirmed.at(-1);
    if (newest !== undefined) return newest.message2;
    return this.#isOtherSecret ? this.#otherSecretKnock : this.#knock;
  }

  get keys(): readonly OfferedKeys[] {
    return this.#unconfirmed.map(({ established: { channel }, message2 }) => ({
      channel,
      message2,
    }));
  }

  get isOtherSecret(): boolean {
    return this.#isOtherSecret;
  }

  get isStranger(): boolean {
    return this.#unconfirmed.length > 0 &&
      this.#unconfirmed.every(({ established }) => established.resumed === undefined);
  }

  receive(packet: OpenPacket): Progress | undefined {
    if (packet.kind !== "message 1" || !this.#side.isGenuine(packet)) return undefined;
    const known = this.#unconfirmed.find(({ message1 }) => isSame(message1, packet.bytes));
    if (known !== undefined) {
      return { reply: known.message2, channel: known.established.channel };
    }
    const message1 = this.#side.read(packet);
    if (message1 === undefined) {
      this.#isOtherSecret = true;
      return { reply: this.#otherSecretKnock };
    }
    if (this.#unconfirmed.length >= MAX_UNCONFIRMED_HANDSHAKES) return undefined;
    const responded = this.#side.respond(message1, this.#find);
    if (responded === undefined) return undefined;
    this.#unconfirmed.push({ message1: packet.bytes.slice(), ...responded });
    return { reply: responded.message2, channel: responded.established.channel };
  }

  open(packet: SealedPacket, nowMs: number): Confirmation | undefined {
    for (const { established } of this.#unconfirmed) {
      const body = established.channel.open(packet, nowMs);
      if (body !== undefined) return { established, body };
    }
    return undefined;
  }
}
