/**
 * Ways to a remote peer, found or only tried.
 *
 * @module
 */

import { type Endpoint, isSameEndpoint } from "../address.ts";

/** `local`: inside a network that both share. `public`: as the outside sees the remote peer. */
export type PathKind = "local" | "public";

/** The way to the remote peer. */
export interface Path {
  /** Where it leads through. */
  readonly kind: PathKind;
  /** Where packets are sent. */
  readonly endpoint: Endpoint;
}

/** Whether two paths are one. */
export function isSamePath(a: Path, b: Path): boolean {
  return a.kind === b.kind && isSameEndpoint(a.endpoint, b.endpoint);
}

/** `seen`: the server did not name it, an authentic packet came from it. */
export type PathOrigin = "introduced" | "seen";

/** One endpoint that was tried. */
export interface TriedPath {
  /** Where probes were sent. */
  readonly endpoint: Endpoint;
  /** Where it would have led through. */
  readonly kind: PathKind;
  /** Who named it. */
  readonly origin: PathOrigin;
  /** How many probes were sent there. */
  readonly probesSent: number;
  /** Whether anything authentic came from there. */
  readonly heard: boolean;
}

/** What was tried, and what is known. Sentences name only what was really observed. */
export interface PunchReport {
  /** All endpoints that were tried. */
  readonly tried: readonly TriedPath[];
  /** What is known of the NAT on this side. */
  readonly ownNat: readonly string[];
  /** What is known of the NAT on the remote side. */
  readonly remoteNat: readonly string[];
}
