/**
 * What stands in the sealed packets of the link itself.
 *
 * - answer: the counter of the probe (6), where the probe came from (18): 16 bytes of address, IPv4 in
 *   its mapped form, then the port.
 * - probe: zeros, as long as an answer, so that whoever repeats one from elsewhere gains nothing.
 * - close: empty.
 *
 * @module
 */

import { type Endpoint, ENDPOINT_BYTES, endpointBytes, endpointFromBytes } from "../../address.ts";
import { joined, readUint48, writeUint48 } from "../channel/bytes.ts";

const COUNTER_BYTES = 6;
const ANSWER_BYTES = COUNTER_BYTES + ENDPOINT_BYTES;

/** What an answer says. */
export interface Answer {
  /** Counter of the probe. */
  readonly echo: number;
  /** Where the probe came from, as its receiver saw it. */
  readonly seen: Endpoint;
}

/** The body of a probe. */
export const PROBE_BODY = new Uint8Array(ANSWER_BYTES);

/** The body of a close. */
export const CLOSE_BODY = new Uint8Array(0);

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
