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

/** Bytes before the datagram. */
export const FLOW_HEADER_BYTES = 4;

/** Longest datagram of an application that is carried. */
export const MAX_FLOW_DATAGRAM_BYTES = MAX_DATAGRAM_BYTES - FLOW_HEADER_BYTES;

/** Puts the numbers of flows before datagrams, one after the other in the same memory. */
export class FrameWriter {
  readonly #memory = new Uint8Array(MAX_DATAGRAM_BYTES);

  constructor() {
    this.#memory[0] = MARK;
  }

  /**
   * Writes a frame.
   *
   * @param datagram at most {@linkcode MAX_FLOW_DATAGRAM_BYTES}
   * @returns valid until the next one is written
   */
  write(flow: number, datagram: Uint8Array): Uint8Array {
    this.#memory[1] = flow >>> 16;
    this.#memory[2] = flow >>> 8;
    this.#memory[3] = flow;
    this.#memory.set(datagram, FLOW_HEADER_BYTES);
    return this.#memory.subarray(0, FLOW_HEADER_BYTES + datagram.length);
  }
}

/** Reads a frame. @returns `undefined` when the other side does not forward */
export function decodeFrame(frame: Uint8Array): FlowFrame | undefined {
  if (frame.length < FLOW_HEADER_BYTES || frame[0] !== MARK) return undefined;
  const flow = frame[1] << 16 | frame[2] << 8 | frame[3];
  return { flow, datagram: frame.subarray(FLOW_HEADER_BYTES) };
}
