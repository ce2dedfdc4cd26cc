/**
 * What a link needs, and what it tells.
 *
 * @module
 */

import type { Endpoint } from "../../address.ts";
import type { Clock } from "../../clock.ts";
import type { Introduction } from "../../protocol/message.ts";
import type { PeerError } from "../errors.ts";
import type { Secrets } from "../platform/platform.ts";
import type { OwnNat } from "./punch_report.ts";

/** Why a link is over. */
export type LinkEnding =
  | { readonly reason: "closed_here" | "closed_by_remote" | "lost" }
  | { readonly reason: "punch_failed"; readonly error: PeerError };

/** What a link needs and whom it tells. */
export interface LinkOptions {
  readonly introduction: Introduction;
  readonly pairKey: string;
  /** The remote peer's name for messages. */
  readonly remoteName: string;
  readonly clock: Clock;
  readonly secrets: Secrets;
  readonly ownNat: OwnNat;
  /** Puts a packet on its way. */
  readonly transmit: (packet: Uint8Array, to: Endpoint) => Promise<void>;
  readonly onOpen: () => void;
  /** Told of each datagram, as a view that is valid during the call. */
  readonly onDatagram: (datagram: Uint8Array) => void;
  /** Told once when the link is over for its user. */
  readonly onEnd: (ending: LinkEnding) => void;
  /** Told once when nothing of it remains to be done and its id is free. */
  readonly onGone: () => void;
}
