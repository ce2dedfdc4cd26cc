/**
 * Sealed packets after the handshake: secret, genuine, each taken once, under keys that change.
 *
 * @module
 */

import { LAST_KEY_KEPT_MS, MAX_PACKETS_OF_KEY, REKEY_AFTER_PACKETS } from "../limits.ts";
import { writeUint48 } from "./bytes.ts";
import { nextKey } from "./noise.ts";
import {
  SEALED_HEAD_BYTES,
  type SealedKind,
  type SealedPacket,
  sealedPacketHead,
} from "./packet.ts";
import { decrypt, encryptInto, NONCE_BYTES } from "./primitives.ts";
import { ReplayWindow } from "./replay_window.ts";

/** Counters end before this one, so that none is used twice. */
const END_OF_COUNTERS = 2 ** 48 - 1;

/** Where the counter stands in a nonce, whose other bytes are zero. */
const COUNTER_IN_NONCE = NONCE_BYTES - 6;

/** When keys change; tests bring shorter lives. */
export interface KeyLife {
  /** Packets after which a sender changes its key, once the receiver is known to follow. */
  readonly rekeyAfter: number;
  /** Packets under one key at the most. */
  readonly atMost: number;
}

const KEY_LIFE: KeyLife = { rekeyAfter: REKEY_AFTER_PACKETS, atMost: MAX_PACKETS_OF_KEY };

/** A key, and which counters verified under it. */
interface ReceiveKey {
  readonly key: Uint8Array;
  readonly window: ReplayWindow;
}

/** Both directions of one link. */
export class SecureChannel {
  readonly #id: Uint8Array;
  readonly #life: KeyLife;
  /** Written anew for each packet: whoever encrypts or decrypts reads it in the call. */
  readonly #nonce = new Uint8Array(NONCE_BYTES);

  #sendKey: Uint8Array;
  #counter = 0;
  #sentEpoch = 0;
  #sentUnderKey = 0;
  /** Whether the receiver is known to have the present epoch. */
  #isFollowed = false;

  #present: ReceiveKey;
  #receivedEpoch = 0;
  /** Computed once, taken into use when a packet verifies under it. */
  #next: ReceiveKey | undefined;
  #last: (ReceiveKey & { readonly untilMs: number }) | undefined;
  /** The highest counter that verified under any key. */
  #newest = -1;
  /** Packets that verified. */
  #taken = 0;

  /** @param id of the link */
  constructor(id: Uint8Array, sendKey: Uint8Array, receiveKey: Uint8Array, life = KEY_LIFE) {
    this.#id = id;
    this.#sendKey = sendKey;
    this.#present = { key: receiveKey, window: new ReplayWindow() };
    this.#life = life;
  }

  /** Packets of the remote peer that are missing: its counters have gaps where they would be. */
  get missing(): number {
    return this.#newest + 1 - this.#taken;
  }

  /** The counter of the next packet that {@linkcode seal} makes. */
  get nextCounter(): number {
    return this.#counter;
  }

  /**
   * Makes a packet.
   *
   * @param body is read in this call: its memory may be written again afterwards
   * @returns `undefined` when the keys are used up: then the link is over
   */
  seal(kind: SealedKind, body: Uint8Array): Uint8Array | undefined {
    if (this.#isFollowed && this.#sentUnderKey >= this.#life.rekeyAfter) this.#changeKey();
    if (this.#sentUnderKey >= this.#life.atMost || this.#counter >= END_OF_COUNTERS) {
      return undefined;
    }
    const epochs = { received: this.#receivedEpoch & 1, sent: this.#sentEpoch & 1 };
    const counter = this.#counter++;
    this.#sentUnderKey++;
    const packet = sealedPacketHead(kind, epochs, this.#id, counter, body.length);
    const head = packet.subarray(0, SEALED_HEAD_BYTES);
    const sealed = packet.subarray(SEALED_HEAD_BYTES);
    encryptInto(sealed, this.#sendKey, this.#nonceOf(counter), head, body);
    return packet;
  }

  /**
   * Opens a packet of this link and takes its counter.
   *
   * @returns the body, in memory of its own; `undefined` when it does not verify or was taken before:
   * nothing changes
   */
  open(packet: SealedPacket, nowMs: number): Uint8Array | undefined {
    const candidate = this.#keyFor(packet, nowMs);
    if (candidate === undefined || !candidate.window.isFresh(packet.counter)) return undefined;
    const { bytes, counter } = packet;
    const head = bytes.subarray(0, SEALED_HEAD_BYTES);
    const sealed = bytes.subarray(SEALED_HEAD_BYTES);
    const body = decrypt(candidate.key, this.#nonceOf(counter), head, sealed);
    if (body === undefined) return undefined;
    candidate.window.take(counter);
    this.#taken++;
    if (candidate === this.#next) this.#follow(candidate, nowMs);
    if (counter > this.#newest) {
      this.#newest = counter;
      if (packet.received === (this.#sentEpoch & 1)) this.#isFollowed = true;
    }
    return body;
  }

  /** The one key under which a packet can verify, so that each costs one attempt. */
  #keyFor({ sent, counter }: SealedPacket, nowMs: number): ReceiveKey | undefined {
    if (sent === (this.#receivedEpoch & 1)) return this.#present;
    const { newest, lowest } = this.#present.window;
    if (counter > newest) {
      return this.#next ??= { key: nextKey(this.#present.key), window: new ReplayWindow() };
    }
    if (counter >= lowest || this.#last === undefined) return undefined;
    return nowMs < this.#last.untilMs ? this.#last : undefined;
  }

  #nonceOf(counter: number): Uint8Array {
    writeUint48(this.#nonce, COUNTER_IN_NONCE, counter);
    return this.#nonce;
  }

  #follow(next: ReceiveKey, nowMs: number): void {
    this.#last = { ...this.#present, untilMs: nowMs + LAST_KEY_KEPT_MS };
    this.#present = next;
    this.#next = undefined;
    this.#receivedEpoch++;
  }

  #changeKey(): void {
    this.#sendKey = nextKey(this.#sendKey);
    this.#sentEpoch++;
    this.#sentUnderKey = 0;
    this.#isFollowed = false;
  }
}
