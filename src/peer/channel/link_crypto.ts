/**
 * The authenticated channel of one link: which packets are genuine and fresh, and how to make one.
 *
 * @module
 */

import type { Endpoint } from "../../address.ts";
import { PairKeys } from "./link_keys.ts";
import {
  answerBody,
  encodePacket,
  isAuthentic,
  NONCE_BYTES,
  nonceOf,
  type Packet,
  type PacketKind,
  probeBody,
} from "./packet.ts";
import type { Secrets } from "../platform/platform.ts";
import { ReplayWindow } from "./replay_window.ts";

/** The remote peer under one of its nonces. */
interface Remote {
  readonly nonce: Uint8Array;
  readonly sendKey: Uint8Array;
  readonly receiveKey: Uint8Array;
  readonly window: ReplayWindow;
}

const EMPTY = new Uint8Array(0);

/**
 * Keys, nonces, sequence numbers.
 *
 * A probe shows only that its sender had the PairKey at some time; any other packet is bound to this
 * side's nonce as well and so to this session. The first such packet settles the remote's nonce.
 */
export class LinkCrypto {
  readonly #secrets: Secrets;
  readonly #keys: PairKeys;
  readonly #nonce: Uint8Array;
  #remote: Remote | undefined;
  #settled = false;
  #sequence = 0;

  constructor(pairKey: string, secrets: Secrets) {
    this.#secrets = secrets;
    this.#keys = new PairKeys(pairKey, secrets);
    this.#nonce = secrets.randomBytes(NONCE_BYTES);
  }

  /** What both sides put into their packets to find the link. */
  get connectionId(): number {
    return this.#keys.connectionId;
  }

  /** Whether a packet came that was made in this very session. */
  get settled(): boolean {
    return this.#settled;
  }

  /** Whether {@linkcode seal} is possible. */
  get canSeal(): boolean {
    return this.#remote !== undefined;
  }

  /** Whether a received packet is genuine and was not taken before. Takes it. */
  accept(packet: Packet, bytes: Uint8Array): boolean {
    const { kind, sequence } = packet;
    if (kind === "probe") return this.#acceptProbe(packet, bytes);
    const remote = kind === "answer" ? this.#remoteOf(nonceOf(packet.body)) : this.#remote;
    if (remote === undefined || !isAuthentic(bytes, remote.receiveKey, this.#secrets)) return false;
    if (remote.window.take(sequence) === "replayed") return false;
    this.#remote = remote;
    this.#settled = true;
    return true;
  }

  /** Makes a probe; its sequence is in the answer. */
  probe(): { readonly sequence: number; readonly bytes: Uint8Array } {
    const sequence = ++this.#sequence;
    return {
      sequence,
      bytes: this.#encode("probe", sequence, probeBody(this.#nonce), this.#keys.probeKey),
    };
  }

  /** Makes the answer to a probe that was accepted from `seen`. */
  answer(echo: number, seen: Endpoint): Uint8Array {
    return this.#sealed("answer", answerBody(this.#nonce, { echo, seen }));
  }

  /** Makes a data or close packet. Only when {@linkcode canSeal}. */
  seal(kind: "data" | "close", body: Uint8Array = EMPTY): Uint8Array {
    return this.#sealed(kind, body);
  }

  #acceptProbe({ sequence, body }: Packet, bytes: Uint8Array): boolean {
    if (!isAuthentic(bytes, this.#keys.probeKey, this.#secrets)) return false;
    const remote = this.#remoteOf(nonceOf(body));
    if (remote === undefined || remote.window.take(sequence) === "replayed") return false;
    this.#remote = remote;
    return true;
  }

  /** The remote under a nonce; `undefined` for this side's own, and for others once it is settled. */
  #remoteOf(nonce: Uint8Array): Remote | undefined {
    if (this.#remote !== undefined && isSame(this.#remote.nonce, nonce)) return this.#remote;
    if (this.#settled || isSame(this.#nonce, nonce)) return undefined;
    return {
      nonce,
      sendKey: this.#keys.direction(this.#nonce, nonce),
      receiveKey: this.#keys.direction(nonce, this.#nonce),
      window: new ReplayWindow(),
    };
  }

  #sealed(kind: PacketKind, body: Uint8Array): Uint8Array {
    return this.#encode(kind, ++this.#sequence, body, (this.#remote as Remote).sendKey);
  }

  #encode(kind: PacketKind, sequence: number, body: Uint8Array, key: Uint8Array): Uint8Array {
    const { connectionId } = this.#keys;
    return encodePacket({ kind, connectionId, sequence, body }, key, this.#secrets);
  }
}

function isSame(a: Uint8Array, b: Uint8Array): boolean {
  return a.every((byte, i) => byte === b[i]);
}
