/**
 * A UDP socket as an async iterable of datagrams.
 *
 * @module
 */

import { type Endpoint, unmapAddress } from "../address.ts";
import { SOCKET_ERROR_PAUSE_MS } from "../limits.ts";
import { pause } from "./pause.ts";
import { classifySocketError } from "./socket_errors.ts";

/** One datagram. */
export interface Datagram {
  /** A view into a buffer that the next datagram overwrites. */
  readonly bytes: Uint8Array;
  readonly source: Endpoint;
}

/** Larger than any datagram: Windows fails where Linux truncates. */
const BUFFER_BYTES = 65_536;

/**
 * Yields every datagram until the socket is closed; survives every other error.
 *
 * Reads into one buffer: the socket's own iterator allocates 64 KiB for each datagram and ends for
 * good at the first error.
 *
 * @param onError told of errors that are neither a close nor about a single datagram
 */
export async function* datagrams(
  socket: Deno.DatagramConn,
  onError: (error: unknown) => void,
): AsyncGenerator<Datagram, void, undefined> {
  const buffer = new Uint8Array(BUFFER_BYTES);
  for (;;) {
    try {
      const [bytes, source] = await socket.receive(buffer);
      const { hostname, port } = source as Deno.NetAddr;
      yield { bytes, source: { address: unmapAddress(hostname), port } };
    } catch (error) {
      const fault = classifySocketError(error);
      if (fault === "closed") return;
      if (fault === "transient") continue;
      onError(error);
      await pause(SOCKET_ERROR_PAUSE_MS);
    }
  }
}
