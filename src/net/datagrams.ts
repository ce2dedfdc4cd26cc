/**
 * What arrives on a UDP socket.
 *
 * @module
 */

import { type Endpoint, unmapAddress } from "../address.ts";
import { pause } from "../async/pause.ts";
import type { Clock } from "../clock.ts";
import { SOCKET_ERROR_PAUSE_MS } from "../limits.ts";
import { classifySocketError } from "./socket_errors.ts";

/** Larger than any datagram: Windows fails where Linux truncates. */
export const DATAGRAM_BUFFER_BYTES = 65_536;

/**
 * Takes every datagram until the socket is closed; survives every other error of the socket.
 *
 * Reads into one buffer, and calls instead of being iterated over: the socket's own iterator
 * allocates 64 KiB for each datagram and ends for good at the first error, and any iterator costs a
 * second promise and three objects for each datagram.
 *
 * @param clock for the pause after an error
 * @param take gets bytes that the next datagram overwrites; what it throws ends the loop
 * @param onError told of errors that are neither a close nor about a single datagram
 */
export async function receiveDatagrams(
  socket: Deno.DatagramConn,
  clock: Clock,
  take: (bytes: Uint8Array, source: Endpoint) => void,
  onError: (error: unknown) => void,
): Promise<void> {
  const buffer = new Uint8Array(DATAGRAM_BUFFER_BYTES);
  for (;;) {
    let received: [Uint8Array, Deno.Addr];
    try {
      received = await socket.receive(buffer);
    } catch (error) {
      if (await endsReceiving(error, clock, onError)) return;
      continue;
    }
    const from = received[1] as Deno.NetAddr;
    take(received[0], { address: unmapAddress(from.hostname), port: from.port });
  }
}

/** Whether nothing can be received any more after this error; what may come again at once is paused for. */
export async function endsReceiving(
  error: unknown,
  clock: Clock,
  onError: (error: unknown) => void,
): Promise<boolean> {
  const fault = classifySocketError(error);
  if (fault === "closed") return true;
  if (fault === "transient") return false;
  onError(error);
  await pause(clock, SOCKET_ERROR_PAUSE_MS);
  return false;
}
