/**
 * What a link needs, and what it wants done.
 *
 * @module
 */

import type { Endpoint } from "../../address.ts";
import type { RandomBytes } from "../channel/handshake.ts";
import type { Role } from "../channel/link_keys.ts";
import type { Resumption } from "../channel/resumption.ts";
import type { PeerError } from "../errors.ts";
import type { Introduction } from "../../protocol/message.ts";
import type { LinkTimes } from "./link_times.ts";
import type { LinkNews } from "./news.ts";
import type { OwnNat } from "./punch_report.ts";
import type { WhenIdle } from "./vigil.ts";

/** Why a link is over. */
export type LinkEnding =
  | { readonly reason: "closed_here" | "lost" }
  /** `said`: what the remote application said of it. */
  | { readonly reason: "closed_by_remote"; readonly said?: string }
  | { readonly reason: "punch_failed"; readonly error: PeerError };

/** What a link wants done, in this order. */
export type LinkOutput =
  | { readonly kind: "send"; readonly packet: Uint8Array; readonly to: Endpoint }
  /** The remote peer was heard for the first time. */
  | { readonly kind: "heard" }
  /** Both have the same keys, as far as this side knows. */
  | {
    readonly kind: "agreed";
    /** Of this side. */
    readonly role: Role;
    /** What both have proven to be the ends of, if anything. */
    readonly resumed: Resumption | undefined;
    /** With what a later link can resume this one. */
    readonly resumption: Resumption;
    readonly fingerprint: string;
  }
  /** The first sealed packet verified: the other side is there, and has the keys. */
  | { readonly kind: "confirmed" }
  /** There is a path to use. */
  | { readonly kind: "opened" }
  /** A datagram of the remote application. */
  | { readonly kind: "datagram"; readonly datagram: Uint8Array }
  /** A packet of the remote peer's streams. */
  | { readonly kind: "stream"; readonly body: Uint8Array }
  /** Another path is in use, from now on. */
  | { readonly kind: "moved" }
  /** Something is other than it was. */
  | { readonly kind: "news"; readonly news: LinkNews }
  /** Three probes were missed: the peers should be introduced again. Once for each silence. */
  | { readonly kind: "silent" }
  /** It answered after a silence. */
  | { readonly kind: "recovered" }
  /** Over for its user. */
  | { readonly kind: "ended"; readonly ending: LinkEnding }
  /** Nothing of it remains to be done. */
  | { readonly kind: "gone" };

/** What a link needs. */
export interface LinkOptions {
  readonly introduction: Introduction;
  readonly pairKey: string;
  readonly role: Role;
  /** The users' own; empty where they have none. */
  readonly secret: Uint8Array;
  /** The remote peer's name for messages. */
  readonly remoteName: string;
  readonly random: RandomBytes;
  readonly ownNat: OwnNat;
  /** What an initiator wants to resume. */
  readonly resumption: Resumption | undefined;
  /** What a responder can resume, by name. */
  readonly findResumption: (name: Uint8Array) => Resumption | undefined;
  /**
   * What a remote peer is told that is not wanted, as soon as there are keys to say it with; default:
   * it is wanted.
   */
  readonly refusal?: string | undefined;
  /** Default: what suits most. */
  readonly times?: LinkTimes | undefined;
  /** Whether an idle remote peer is looked after. */
  readonly whenIdle: WhenIdle;
  readonly nowMs: number;
}
