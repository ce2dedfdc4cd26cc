/**
 * One TCP connection of an application, and the stream that carries it.
 *
 * @module
 */

import { abortable } from "../../async/waiting.ts";
import { PeerError } from "../../peer/mod.ts";
import { type FlowStream, RESET_CODES } from "../command_streams.ts";
import type { TcpSocket } from "./tcp_socket.ts";

/** A place among the flows of all connections. */
export interface FlowPlace {
  /** Aborted when another flow gets it. */
  readonly signal: AbortSignal;
  /** Told of whatever the flow carries. */
  readonly onUse: () => void;
}

/**
 * Carries both directions: an end of one ends the same one on the other side, and a reset on either
 * side resets the other. Who does not read holds the other side back, all the way.
 *
 * @param place what the flow may lose; without one it goes on until it ends by itself
 * @returns why both were reset; `undefined` when both directions have come to their end
 */
export async function joinFlow(
  socket: TcpSocket,
  stream: FlowStream,
  place: FlowPlace = OWN_PLACE,
): Promise<unknown> {
  const { signal, onUse } = place;
  const reader = stream.readable.getReader();
  const writer = stream.writable.getWriter();
  const work = Promise.all([
    sendOut(socket, writer, onUse),
    takeIn(reader, stream.beginning, socket, onUse),
  ]);
  try {
    // What breaks in one direction ends the other, which may be waiting for somebody to read.
    const breaks = [socket.broken, reader.closed, writer.closed].map(untilBroken);
    await abortable(Promise.race([work, ...breaks]), signal);
    return undefined;
  } catch (error) {
    socket.reset();
    const code = signal.aborted ? RESET_CODES.too_many : RESET_CODES.reset;
    await Promise.allSettled([reader.cancel(code), writer.abort(code), work]);
    return error;
  }
}

/** Why the other side has reset a stream, if it is that which broke. */
export function resetCodeOf(error: unknown): number | undefined {
  return error instanceof PeerError && error.code === "stream_reset" ? error.resetCode : undefined;
}

const OWN_PLACE: FlowPlace = { signal: new AbortController().signal, onUse: () => {} };

async function sendOut(
  socket: TcpSocket,
  writer: WritableStreamDefaultWriter<Uint8Array>,
  onUse: () => void,
): Promise<void> {
  for (let chunk; (chunk = await socket.read()) !== undefined;) {
    onUse();
    await writer.ready;
    // What fails shows in `closed`; waiting for each would leave the path idle meanwhile.
    writer.write(chunk).catch(() => {});
  }
  await writer.close();
}

async function takeIn(
  reader: ReadableStreamDefaultReader<Uint8Array>,
  beginning: Uint8Array,
  socket: TcpSocket,
  onUse: () => void,
): Promise<void> {
  if (beginning.length > 0) await socket.write(beginning);
  for (let chunk; (chunk = (await reader.read()).value) !== undefined;) {
    onUse();
    await socket.write(chunk);
  }
  socket.endWriting();
}

/** Stands still when all is well. */
function untilBroken(end: Promise<unknown>): Promise<never> {
  return new Promise((_, reject) => end.catch(reject));
}
