/**
 * Ways to a remote peer, found or only tried.
 *
 * @module
 */

import type { Endpoint } from "../address.ts";

/** `local`: inside a network that both share. `public`: as the outside sees the remote peer. */
export type PathKind = "local" | "public";

/** The way to the remote peer. */
export interface Path {
  readonly kind: PathKind;
  readonly endpoint: Endpoint;
}

/** `seen`: the server did not name it, an authentic packet came from it. */
export type PathOrigin = "introduced" | "seen";

/** One endpoint that was tried. */
export interface TriedPath {
  readonly endpoint: Endpoint;
  readonly kind: PathKind;
  readonly origin: PathOrigin;
  readonly probesSent: number;
  /** Whether anything authentic came from there. */
  readonly heard: boolean;
}

/** What was tried, and what is known. Sentences name only what was really observed. */
export interface PunchReport {
  readonly tried: readonly TriedPath[];
  readonly ownNat: readonly string[];
  readonly remoteNat: readonly string[];
}
