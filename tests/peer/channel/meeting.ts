/**
 * Both sides of a handshake as the vectors have it.
 *
 * @module
 */

import { type Endpoint, parseEndpoint } from "../../../src/address.ts";
import {
  type Established,
  type HandshakeTerms,
  Initiator,
  type RandomBytes,
  Responder,
} from "../../../src/peer/channel/handshake.ts";
import { decodePacket, type OpenPacket } from "../../../src/peer/channel/packet.ts";
import type { Resumption } from "../../../src/peer/channel/resumption.ts";
import vectors from "../../vectors/link.json" with { type: "json" };

/** Bytes of hex digits. */
export const hex = (text: string): Uint8Array => Uint8Array.fromHex(text);

/** The inputs of all vectors. */
export const INPUTS = vectors.inputs;

/** Where the server saw both. */
export const OBSERVED = {
  initiator: parseEndpoint(INPUTS.initiator) as Endpoint,
  responder: parseEndpoint(INPUTS.responder) as Endpoint,
};

/** What both sides know, from one side. */
export function meeting(
  role: HandshakeTerms["role"],
  change: Partial<HandshakeTerms> = {},
): HandshakeTerms {
  const secret = hex(vectors.fresh.S);
  return { role, pairKey: INPUTS.pair_key, secret, observed: OBSERVED, ...change };
}

/** Keys as the vectors have them, and 0x44 for all else. */
export function scripted(privateKey: string): RandomBytes {
  return (length) => length === 32 ? hex(privateKey) : new Uint8Array(length).fill(0x44);
}

/** Reads a packet that is authenticated with a probe key. */
export function open(bytes: Uint8Array): OpenPacket {
  return decodePacket(bytes.slice()) as OpenPacket;
}

/** What comes of a whole handshake. */
export interface Shaken {
  readonly initiator: Initiator;
  readonly responder: Responder;
  readonly message2: Uint8Array;
  readonly ofInitiator: Established;
  readonly ofResponder: Established;
}

/** Both sides, from message 1 to the keys. */
export function shake(
  held: { readonly initiator?: Resumption; readonly responder?: Resumption } = {},
  change: Partial<HandshakeTerms> = {},
): Shaken {
  const initiator = new Initiator(
    meeting("initiator", change),
    scripted(INPUTS.e_initiator_private),
    held.initiator,
  );
  const responder = new Responder(
    meeting("responder", change),
    scripted(INPUTS.e_responder_private),
  );
  const heard = responder.read(open(initiator.message1))!;
  const { message2, established } = responder.respond(heard, () => held.responder)!;
  const ofInitiator = initiator.read(open(message2))!;
  return { initiator, responder, message2, ofInitiator, ofResponder: established };
}
