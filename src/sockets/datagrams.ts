/**
 * A UDP socket as an async iterable of datagrams.
 *
 * @module
 */

import { type Endpoint, unmapAddress } from "../address.ts";
import { pause } from "../async/waiting.ts";
import type { Clock } from "../clock.ts";
import { classifySocketError, SOCKET_ERROR_PAUSE_MS } from "./socket_errors.ts";

/** One datagram; the next one overwrites it. */
interface Datagram {
  /** A view into a buffer that all datagrams share. */
  readonly bytes: Uint8Array;
  readonly source: Endpoint;
}

/** Larger than any datagram: Windows fails where Linux truncates. */
export const DATAGRAM_BUFFER_BYTES = 65_536;

/**
 * Yields every datagram until the socket is closed; survives every other error.
 *
 * Reads into one buffer: the socket's own iterator allocates 64 KiB for each datagram and ends for
 * good at the first error. What it yields is one object, filled anew each time, and the promise for
 * it is the socket's with one step more: a generator, or objects of its own for each datagram, would
 * take a fifth of the time that a datagram costs.
 *
 * @param clock for the pause after an error
 * @param onError told of errors that are neither a close nor about a single datagram
 */
export function datagrams(
  socket: Deno.DatagramConn,
  clock: Clock,
  onError: (error: unknown) => void,
): AsyncIterable<Datagram, undefined> {
  const buffer = new Uint8Array(DATAGRAM_BUFFER_BYTES);
  const value = { bytes: buffer, source: { address: "", port: 0 } };
  const yielded = { done: false, value } as const;
  const onReceived = ([bytes, from]: [Uint8Array<ArrayBuffer>, Deno.Addr]) => {
    const { hostname, port } = from as Deno.NetAddr;
    value.bytes = bytes;
    value.source = { address: unmapAddress(hostname), port };
    return yielded;
  };
  const onFailed = async (error: unknown): Promise<IteratorResult<Datagram, undefined>> => {
    const fault = classifySocketError(error);
    if (fault === "closed") return { done: true, value: undefined };
    if (fault !== "transient") {
      onError(error);
      await pause(clock, SOCKET_ERROR_PAUSE_MS);
    }
    return await next();
  };
  const next = (): Promise<IteratorResult<Datagram, undefined>> =>
    (socket.receive(buffer) as Promise<[Uint8Array<ArrayBuffer>, Deno.Addr]>)
      .then(onReceived, onFailed);
  return { [Symbol.asyncIterator]: () => ({ next }) };
}
