/**
 * What a link is doing, with all that belongs to it then and nothing else.
 *
 * @module
 */

import type { Endpoint } from "../../address.ts";
import type { SecureChannel } from "../channel/secure_channel.ts";
import type { Candidate } from "./candidates.ts";
import type { Handshaking } from "./meeting.ts";

/** A state of a link. */
export type State =
  /** Nothing sealed was heard yet. */
  | { readonly kind: "meeting"; readonly handshaking: Handshaking }
  /** There is a path, which waits for a better one. */
  | {
    readonly kind: "choosing";
    readonly channel: SecureChannel;
    readonly path: Candidate;
    readonly openAtMs: number;
  }
  | { readonly kind: "open"; readonly channel: SecureChannel; readonly path: Candidate }
  /** Over for its user, while the remote peer is being told. */
  | {
    readonly kind: "closing";
    /** Whichever the remote peer uses: several only where none was confirmed. */
    readonly channels: readonly SecureChannel[];
    readonly to: readonly Endpoint[];
    /** What the remote peer is told. */
    readonly body: Uint8Array;
    readonly noticesLeft: number;
    readonly nextMs: number;
  }
  | { readonly kind: "gone" };
