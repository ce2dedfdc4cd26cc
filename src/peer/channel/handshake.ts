/**
 * The handshake of one introduction, from either side, as the packets on the wire.
 *
 * Message 1, message 2 and the knock are made once and repeated byte for byte.
 *
 * @module
 */

import type { Endpoint } from "../../address.ts";
import { isSame, joined } from "./bytes.ts";
import { fingerprintOf } from "./fingerprint.ts";
import { LinkKeys, otherRole, type Role } from "./link_keys.ts";
import {
  type Finished,
  initiate,
  type Initiated,
  type Message1,
  readInitiation,
  readResponse,
  respond,
} from "./noise.ts";
import {
  CONTENT1_BYTES,
  type OpenPacket,
  openPacketHead,
  PAYLOAD1_BYTES,
  PAYLOAD2_BYTES,
} from "./packet.ts";
import { HALF_HMAC_BYTES, halfHmac, KEY_BYTES } from "./primitives.ts";
import { resumedName, Resumption } from "./resumption.ts";
import { SecureChannel } from "./secure_channel.ts";

/** Makes bytes that nobody can guess. */
export type RandomBytes = (length: number) => Uint8Array;

/** What both sides know before the handshake. */
export interface HandshakeTerms {
  readonly role: Role;
  /** 32 hex digits, as the server gave them. */
  readonly pairKey: string;
  /** The users' own secret; empty where they have none. */
  readonly secret: Uint8Array;
  /** Where the server saw each side. */
  readonly observed: Readonly<Record<Role, Endpoint>>;
}

/** What a handshake leaves. */
export interface Established {
  readonly channel: SecureChannel;
  /** Whether both ends proved to be those of the link that was to be resumed. */
  readonly resumed: Resumption | undefined;
  /** With what a later link can resume this one. */
  readonly resumption: Resumption;
  readonly fingerprint: string;
}

/** What a knock can say. */
export type Knock = "nothing" | "another secret";

/** What both roles share: keys, and packets that a probe key authenticates. */
class Side {
  protected readonly keys: LinkKeys;
  protected readonly prologue: Uint8Array;
  readonly #role: Role;

  constructor({ role, pairKey, secret, observed }: HandshakeTerms) {
    this.keys = new LinkKeys(pairKey, secret);
    this.prologue = this.keys.prologue(observed);
    this.#role = role;
  }

  /** Names the link on both sides' sockets. */
  get id(): Uint8Array {
    return this.keys.id;
  }

  /** Whether the other side made a packet. What this side made itself is nobody's. */
  isGenuine({ bytes }: OpenPacket): boolean {
    const end = bytes.length - HALF_HMAC_BYTES;
    const hmac = halfHmac(this.keys.probeKey(otherRole(this.#role)), bytes.subarray(0, end));
    return isSame(hmac, bytes.subarray(end));
  }

  protected authenticated(kind: OpenPacket["kind"], content: Uint8Array): Uint8Array {
    const head = openPacketHead(kind, this.keys.id, content);
    return joined(head, halfHmac(this.keys.probeKey(this.#role), head));
  }

  protected established(
    finished: Finished,
    resumed: Resumption | undefined,
  ): Established {
    const { initiatorKey, responderKey, chainingKey, hash } = finished;
    const [sendKey, receiveKey] = this.#role === "initiator"
      ? [initiatorKey, responderKey]
      : [responderKey, initiatorKey];
    return {
      channel: new SecureChannel(this.keys.id, sendKey, receiveKey),
      resumed,
      resumption: Resumption.after(chainingKey),
      fingerprint: fingerprintOf(hash),
    };
  }
}

/** The initiator's side. */
export class Initiator extends Side {
  /** To be sent until message 2 comes. */
  readonly message1: Uint8Array;
  readonly #resumption: Resumption | undefined;
  readonly #state: Initiated;

  /** @param resumption of the link that this one is to resume, if any */
  constructor(meeting: HandshakeTerms, random: RandomBytes, resumption: Resumption | undefined) {
    super(meeting);
    this.#resumption = resumption;
    const payloadOf = (hash: Uint8Array) => resumption?.payload1(hash) ?? random(PAYLOAD1_BYTES);
    const privateKey = random(KEY_BYTES);
    const { message, state } = initiate(this.keys.psk, this.prologue, privateKey, payloadOf);
    this.#state = state;
    this.message1 = this.authenticated("message 1", message);
  }

  /** Reads a genuine message 2. @returns `undefined` when it does not verify */
  read(message2: OpenPacket): Established | undefined {
    const read = readResponse(this.#state, message2.content);
    if (read === undefined) return undefined;
    const isResumed = this.#resumption?.proves2(read.payload, read.hashBefore) ?? false;
    return this.established(read.finished, isResumed ? this.#resumption : undefined);
  }
}

/** The responder's side. */
export class Responder extends Side {
  readonly #random: RandomBytes;

  constructor(meeting: HandshakeTerms, random: RandomBytes) {
    super(meeting);
    this.#random = random;
  }

  /** To be sent until message 1 comes: opens the way for it. */
  knock(says: Knock): Uint8Array {
    const content = new Uint8Array(CONTENT1_BYTES);
    content[0] = says === "another secret" ? 1 : 0;
    return this.authenticated("knock", content);
  }

  /** Reads a genuine message 1. @returns `undefined` when it was made with another secret */
  read(message1: OpenPacket): Message1 | undefined {
    return readInitiation(this.keys.psk, this.prologue, message1.content);
  }

  /**
   * Answers a message 1.
   *
   * @param find gives what has this name
   * @returns `undefined` when X25519 refuses its key
   */
  respond(
    message1: Message1,
    find: (name: Uint8Array) => Resumption | undefined,
  ): { readonly message2: Uint8Array; readonly established: Established } | undefined {
    const { payload, hashBefore } = message1;
    const named = find(resumedName(payload));
    const resumed = named?.proves1(payload, hashBefore) === true ? named : undefined;
    const payloadOf = (hash: Uint8Array) => resumed?.payload2(hash) ?? this.#random(PAYLOAD2_BYTES);
    const responded = respond(message1, this.#random(KEY_BYTES), payloadOf);
    return responded && {
      message2: this.authenticated("message 2", responded.message),
      established: this.established(responded.finished, resumed),
    };
  }
}

/** What a genuine knock says. */
export function readKnock({ content }: OpenPacket): Knock {
  return content[0] === 1 ? "another secret" : "nothing";
}
