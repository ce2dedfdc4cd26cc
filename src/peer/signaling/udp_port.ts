/**
 * The UDP port of a peer: the same in its next process, if that has the same Token.
 *
 * @module
 */

import type { Setup } from "./setup.ts";

/** No system gives these out by itself: Linux begins at 32768, the others at 49152. */
const FIRST_PORT = 16_384;
const PORTS = 16_384;

/** 32-bit FNV-1a: spreads Tokens over the ports, and need not hide them. */
const FNV_OFFSET = 0x811c9dc5;
const FNV_PRIME = 0x01000193;

/**
 * The port to bind. Remote peers go on sending to a process that was killed; where the next one has
 * its port it hears them, and tells them that it knows them no more.
 *
 * @returns 0, any port, for a peer without a Token: nothing of it outlives the process
 */
export function udpPortOf(
  { token, localPeerPort }: Pick<Setup, "token" | "localPeerPort">,
): number {
  if (token === undefined) return 0;
  let hash = FNV_OFFSET;
  for (const char of `${localPeerPort} ${token}`) {
    hash = Math.imul(hash ^ char.charCodeAt(0), FNV_PRIME);
  }
  // The low bits of a sum of products vary least.
  return FIRST_PORT + ((hash ^ hash >>> 16) >>> 0) % PORTS;
}
