/**
 * What two peers make of the PairKey that the server told both, and of their users' secret.
 *
 * @module
 */

import { type Endpoint, endpointBytes } from "../../address.ts";
import { joined } from "./bytes.ts";
import { hkdf, KEY_BYTES } from "./primitives.ts";

/** Which side of a handshake a peer is. */
export type Role = "initiator" | "responder";

/** Bytes of the name that a link has on the wire. */
export const ID_BYTES = 8;

const PROTOCOL = "containment breach link 2";
const PAIR_KEY_BYTES = 16;

/** The keys of one introduction. */
export class LinkKeys {
  /** Names the link on both sides' sockets; not secret. */
  readonly id: Uint8Array;
  /** Mixed into the handshake; of the PairKey and the users' secret. */
  readonly #psk: Uint8Array;
  readonly #probeKeys: Readonly<Record<Role, Uint8Array>>;

  /**
   * @param pairKey 32 hex digits, as the server gave them
   * @param secret the users' own; empty where they have none
   */
  constructor(pairKey: string, secret: Uint8Array) {
    const key = fromHex(pairKey);
    this.#psk = hkdf(PROTOCOL, joined(key, secret), "psk", KEY_BYTES);
    this.id = hkdf(PROTOCOL, key, "id", ID_BYTES);
    this.#probeKeys = {
      initiator: hkdf(PROTOCOL, key, "probe initiator", KEY_BYTES),
      responder: hkdf(PROTOCOL, key, "probe responder", KEY_BYTES),
    };
  }

  /** The key of the handshake. */
  get psk(): Uint8Array {
    return this.#psk;
  }

  /** What authenticates the unsealed packets of a side. */
  probeKey(role: Role): Uint8Array {
    return this.#probeKeys[role];
  }

  /** What both sides must agree on before the handshake: who is where, as the server saw it. */
  prologue(observed: Readonly<Record<Role, Endpoint>>): Uint8Array {
    return joined(
      PROTOCOL,
      this.id,
      endpointBytes(observed.initiator),
      endpointBytes(observed.responder),
    );
  }
}

/**
 * The role of one of two equal peers: the one with the smaller observed endpoint initiates.
 *
 * @returns `undefined` when both are the same: that is oneself
 */
export function roleAmongEquals(own: Endpoint, remote: Endpoint): Role | undefined {
  const [mine, theirs] = [endpointBytes(own), endpointBytes(remote)];
  const at = mine.findIndex((byte, i) => byte !== theirs[i]);
  if (at < 0) return undefined;
  return mine[at] < theirs[at] ? "initiator" : "responder";
}

/** The role of the side that one is not. */
export function otherRole(role: Role): Role {
  return role === "initiator" ? "responder" : "initiator";
}

function fromHex(hex: string): Uint8Array {
  return Uint8Array.from(
    { length: PAIR_KEY_BYTES },
    (_, i) => parseInt(hex.slice(2 * i, 2 * i + 2), 16),
  );
}
