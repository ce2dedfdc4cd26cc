/**
 * Several flows over one connection: each datagram begins with a mark and the number of its flow.
 *
 * ```text
 *  0  mark   1   F0: no text begins so
 *  1  flow   3   chosen by the listening side, big-endian
 *  4  the application's datagram
 * ```
 *
 * @module
 */

import { MAX_DATAGRAM_BYTES } from "../../peer/mod.ts";

/** A datagram of a flow. */
export interface FlowFrame {
  readonly flow: number;
  /** A view into the frame. */
  readonly datagram: Uint8Array;
}

/** Flow numbers are below this, and begin again at 0. */
export const FLOW_NUMBERS = 2 ** 24;

const MARK = 0xf0;
const HEADER_BYTES = 4;

/** Longest datagram of an application that is carried. */
export const MAX_FLOW_DATAGRAM_BYTES = MAX_DATAGRAM_BYTES - HEADER_BYTES;

/** Puts the number of a flow before a datagram. */
export function encodeFrame({ flow, datagram }: FlowFrame): Uint8Array {
  const frame = new Uint8Array(HEADER_BYTES + datagram.length);
  new DataView(frame.buffer).setUint32(0, flow);
  frame[0] = MARK;
  frame.set(datagram, HEADER_BYTES);
  return frame;
}

/** Reads a frame. @returns `undefined` when the other side does not forward */
export function decodeFrame(frame: Uint8Array): FlowFrame | undefined {
  if (frame.length < HEADER_BYTES || frame[0] !== MARK) return undefined;
  const view = new DataView(frame.buffer, frame.byteOffset, HEADER_BYTES);
  return { flow: view.getUint32(0) & (FLOW_NUMBERS - 1), datagram: frame.subarray(HEADER_BYTES) };
}
