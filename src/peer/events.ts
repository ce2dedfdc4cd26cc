/**
 * What happens before and between connections, for people who watch. No event holds a Token or a
 * key.
 *
 * @module
 */

import type { Endpoint } from "../address.ts";
import type { PeerError } from "./errors.ts";
import type { Path } from "./path.ts";

/** What is new of a connection. */
export type ConnectionNews =
  /**
   * It gets no answer (`silent`: the peers are to be introduced again), gets one again (`recovered`),
   * goes on over a new link (`renewed`), or does so with a remote peer that has forgotten it
   * (`restarted`: what was agreed on in it is void).
   */
  | { readonly kind: "silent" | "recovered" | "renewed" | "restarted" }
  /** It goes another way; said once a second at most. */
  | { readonly kind: "path"; readonly path: Path }
  /** The smoothed round-trip time has changed by a tenth; said once in 5 s at most. */
  | { readonly kind: "round_trip"; readonly roundTripMs: number }
  /** The largest datagram that is known to fit the path has another size. */
  | { readonly kind: "max_datagram"; readonly maxDatagramBytes: number };

/** What happens to a connection while it lasts; `remoteName` is as the connection has it. */
export type ConnectionEvent = ConnectionNews & { readonly remoteName: string };

/** Something that happened. */
export type PeerEvent =
  /** A request was made; `local` is the UDP socket of this peer inside its own network. */
  | { readonly kind: "asked"; readonly server: Endpoint; readonly local: Endpoint }
  /**
   * The session was lost or refused, or there was none; a new one will be tried. `attempt` is 1 for
   * the first failure in a row: who wants to hear of a lasting trouble once looks for it.
   */
  | {
    readonly kind: "retry";
    readonly error: PeerError;
    readonly delayMs: number;
    readonly attempt: number;
  }
  /** This machine reaches the server from another address than before: its UDP socket moved too. */
  | { readonly kind: "moved"; readonly from: Endpoint; readonly to: Endpoint }
  /** The server told both peers of each other: `source` is this one as the server sees it. */
  | { readonly kind: "introduced"; readonly source: Endpoint; readonly dest: Endpoint }
  /** A host's `accept` did not want a client: it was refused or ignored. */
  | { readonly kind: "refused"; readonly dest: Endpoint }
  | ConnectionEvent
  /** A host could not reach a client, or one address of a remote peer failed; it goes on. */
  | { readonly kind: "punch_failed"; readonly error: PeerError };
