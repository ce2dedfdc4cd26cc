/**
 * What stands in the sealed packets of the link itself.
 *
 * - answer: the counter of the probe (6), where the probe came from (18): 16 bytes of address, IPv4 in
 *   its mapped form, then the port.
 * - probe: zeros, as long as an answer, so that whoever repeats one from elsewhere gains nothing, or
 *   longer, to learn whether so long a packet passes.
 * - close: what the application says of it, in UTF-8; empty where it says nothing.
 *
 * @module
 */

import { type Endpoint, ENDPOINT_BYTES, endpointBytes, endpointFromBytes } from "../../address.ts";
import { joined, readUint48, writeUint48 } from "../channel/bytes.ts";
import { PACKET_OVERHEAD_BYTES } from "../channel/packet.ts";
import { MAX_CLOSE_REASON_BYTES } from "../limits.ts";

const COUNTER_BYTES = 6;
const ANSWER_BYTES = COUNTER_BYTES + ENDPOINT_BYTES;

/** What an answer says. */
export interface Answer {
  /** Counter of the probe. */
  readonly echo: number;
  /** Where the probe came from, as its receiver saw it. */
  readonly seen: Endpoint;
}

/** The body of a probe. @param packetBytes of the whole packet; default: that of an answer */
export function probeBody(packetBytes = PACKET_OVERHEAD_BYTES + ANSWER_BYTES): Uint8Array {
  return new Uint8Array(packetBytes - PACKET_OVERHEAD_BYTES);
}

/** The body of a close. @param reason what the application says of it, if anything */
export function closeBody(reason = ""): Uint8Array {
  return new TextEncoder().encode(reason);
}

/** What a close says. @returns `undefined` where it says nothing */
export function readClose(body: Uint8Array): string | undefined {
  const text = new TextDecoder().decode(body.subarray(0, MAX_CLOSE_REASON_BYTES));
  return text === "" ? undefined : text;
}

/** The body of an answer. */
export function answerBody({ echo, seen }: Answer): Uint8Array {
  const counter = new Uint8Array(COUNTER_BYTES);
  writeUint48(counter, 0, echo);
  return joined(counter, endpointBytes(seen));
}

/** Reads the body of an answer. @returns `undefined` when it has another length */
export function readAnswer(body: Uint8Array): Answer | undefined {
  if (body.length !== ANSWER_BYTES) return undefined;
  return { echo: readUint48(body, 0), seen: endpointFromBytes(body.subarray(COUNTER_BYTES)) };
}
