/**
 * What a link is doing, with all that belongs to it then and nothing else.
 *
 * @module
 */

import type { SecureChannel } from "../channel/secure_channel.ts";
import type { Candidate } from "./candidates.ts";
import type { Farewell } from "./farewell.ts";
import type { FirstContact } from "./first_contact.ts";
import type { OpenPath } from "./open_path.ts";

/** A state of a link. */
export type State =
  /** Nothing sealed was heard yet. */
  | { readonly kind: "meeting"; readonly contact: FirstContact }
  /** There is a path, which waits for a better one. */
  | {
    readonly kind: "choosing";
    readonly channel: SecureChannel;
    readonly path: Candidate;
    readonly openAtMs: number;
  }
  | {
    readonly kind: "open";
    readonly channel: SecureChannel;
    readonly path: Candidate;
    readonly over: OpenPath;
  }
  /** Over for its user, while the remote peer is being told. */
  | { readonly kind: "closing"; readonly farewell: Farewell }
  | { readonly kind: "gone" };
