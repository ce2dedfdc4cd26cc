/**
 * What two peers make of their PairKey.
 *
 * @module
 */

import { readUint48 } from "./packet.ts";
import type { Secrets } from "../platform/platform.ts";

const PAIR_KEY_BYTES = 16;
const encoder = new TextEncoder();

/** The keys of one introduction. */
export class PairKeys {
  /** Names the link on both sides' sockets; not secret. */
  readonly connectionId: number;
  /** Authenticates probes, before the nonces are known. */
  readonly probeKey: Uint8Array;
  readonly #pairKey: Uint8Array;
  readonly #secrets: Secrets;

  /** @param pairKey 32 hex digits, as the server gave them */
  constructor(pairKey: string, secrets: Secrets) {
    this.#pairKey = fromHex(pairKey);
    this.#secrets = secrets;
    const id = this.#derive("id");
    this.connectionId = readUint48(new DataView(id.buffer, id.byteOffset, id.length), 0);
    this.probeKey = this.#derive("probe");
  }

  /** The key of all packets but probes from the side with nonce `from` to the one with `to`. */
  direction(from: Uint8Array, to: Uint8Array): Uint8Array {
    return this.#derive("link", from, to);
  }

  #derive(purpose: string, ...parts: Uint8Array[]): Uint8Array {
    const label = encoder.encode(`containment breach ${purpose}\n`);
    const message = new Uint8Array(parts.reduce((sum, { length }) => sum + length, label.length));
    message.set(label);
    let length = label.length;
    for (const part of parts) {
      message.set(part, length);
      length += part.length;
    }
    return this.#secrets.hmacSha256(this.#pairKey, message);
  }
}

function fromHex(hex: string): Uint8Array {
  return Uint8Array.from(
    { length: PAIR_KEY_BYTES },
    (_, i) => parseInt(hex.slice(2 * i, 2 * i + 2), 16),
  );
}
