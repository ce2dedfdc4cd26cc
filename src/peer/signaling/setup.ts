/**
 * Who asks, whom, and how patiently: checked options.
 *
 * @module
 */

import type { PeerPort } from "../../protocol/message.ts";
import type { PeerEvent } from "../events.ts";
import type { HostPort } from "../names.ts";
import type { Platform, Secrets } from "../platform/platform.ts";
import type { OwnSockets } from "./own_sockets.ts";

/** Random bytes of a Token: nobody guesses 128 bits. */
const TOKEN_BYTES = 16;

/**
 * What becomes of a request that is not answered by an introduction. `on`: whatever may pass is
 * waited for. `off`: who does not get through to the server, or to a host, is told so at once.
 */
export type Wait = "on" | "off";

/** Whether something is told that others have no need to know. */
export type LocalEndpoints = "on" | "off";

/** Checked options. */
export interface Setup {
  readonly server: HostPort;
  readonly localPeerPort: PeerPort;
  /** Tells this peer from others behind its address; secret. Without one, part 1. */
  readonly token: string | undefined;
  /** What the remote peer is told, see `claims.ts`; nothing without a Token. */
  readonly note: string | undefined;
  /** What a host is found by besides its address; nobody's business. */
  readonly name?: string | undefined;
  readonly wait: Wait;
  /** Whether the remote peer is told where this one is inside its own network. */
  readonly localEndpoints: LocalEndpoints;
  /** In which of this machine's networks it is: where the socket is handed over there is one. */
  readonly networks: "all" | "one";
  /** Where its sockets are found that other requests of it have. */
  readonly sockets: OwnSockets;
  readonly signal: AbortSignal;
  readonly onEvent: (event: PeerEvent) => void;
  readonly platform: Platform;
}

/** A Token that nobody guesses. */
export function newToken(secrets: Secrets): string {
  const digits = Array.from(secrets.randomBytes(TOKEN_BYTES), (byte) => byte.toString(16));
  return digits.map((digit) => digit.padStart(2, "0")).join("");
}

/** A PeerPort that nobody else has. */
export function randomPeerPort(secrets: Secrets): PeerPort {
  const { buffer, byteOffset } = secrets.randomBytes(BigInt64Array.BYTES_PER_ELEMENT);
  return new DataView(buffer, byteOffset).getBigInt64(0);
}

/** A source of numbers from 0 to 1. */
export function randomFraction(secrets: Secrets): () => number {
  return () => secrets.randomBytes(1)[0] / 255;
}
