/**
 * What can be known of a path that did not open, and of the NATs on both sides.
 *
 * @module
 */

import { type Endpoint, formatEndpoint, isSameEndpoint } from "../../address.ts";
import type { Introduction } from "../../protocol/message.ts";
import { escapeHidden } from "../../visible_text.ts";
import { PeerError } from "../errors.ts";
import type { PunchReport, TriedPath } from "../path.ts";
import type { Candidates } from "./candidates.ts";
import type { LinkTimes } from "./link_times.ts";

/** A mapping that nobody used for this long may be gone from a NAT. */
const STALE_MAPPING_MS = 30_000;

/** Why an attempt failed whose packets arrived, and could not be read. */
export const OTHER_SECRET =
  "the remote peer answers, but has another secret; or the server told the two " +
  "of you different addresses. Give both sides the same secret";

/** Why an attempt failed where something else than this library answers. */
export const PLAIN_PEER =
  "datagrams came from it that are none of this library: it is a program with a " +
  "UDP protocol of its own, or another version. introduce() hands over the socket for such";

/** What a socket has learnt of the NAT in front of it. */
export class OwnNat {
  /** Endpoints of the socket inside its own network. */
  readonly localEndpoints: readonly Endpoint[];
  readonly #localPort: number;
  readonly #observed = new Map<string, Endpoint>();

  constructor(localPort: number, localEndpoints: readonly Endpoint[]) {
    this.#localPort = localPort;
    this.localEndpoints = localEndpoints;
  }

  /** Notes how a remote peer on the public side saw this socket. */
  seenAs(observed: Endpoint): void {
    this.#observed.set(observed.address, observed);
  }

  /** What is known, given how the server sees the socket. */
  describe(serverSaw: Endpoint): string[] {
    const known: string[] = [];
    const text = formatEndpoint(serverSaw);
    if (this.localEndpoints.some((local) => isSameEndpoint(local, serverSaw))) {
      known.push(`no NAT between this side and the server: it sees the local endpoint ${text}`);
    } else if (serverSaw.port === this.#localPort) {
      known.push(`your NAT preserves the port: the server sees ${text}`);
    } else {
      known.push(`your NAT changes the port: the server sees ${text} for port ${this.#localPort}`);
    }
    const other = this.#observed.get(serverSaw.address);
    if (other !== undefined && other.port !== serverSaw.port) {
      known.push(
        `your mapping changes per destination: another peer saw ${formatEndpoint(other)}`,
      );
    }
    return known;
  }
}

/** What was seen of the remote peer before there was a path. */
export type SeenOfRemote = "nothing" | "its packets" | "another secret";

/** Makes the report of a failed attempt. */
export function reportPunch(
  introduction: Introduction,
  candidates: Candidates,
  ownNat: OwnNat,
  seen: SeenOfRemote,
): PunchReport {
  const tried = [...candidates].map(({ endpoint, kind, origin, probesSent, heard }) => (
    { endpoint, kind, origin, probesSent, heard }
  ));
  return {
    tried,
    ownNat: ownNat.describe(introduction.source),
    remoteNat: describeRemote(introduction, tried, seen),
  };
}

/** What ended an attempt of which nothing else is known. */
export function noAnswerWithin({ punchTimeoutMs }: LinkTimes): string {
  return `expected an answer within ${punchTimeoutMs / 1000} s, received none`;
}

/** The error of a path that did not open. @param event what ended the attempt */
export function punchFailure(remoteName: string, report: PunchReport, event: string): PeerError {
  const message = `Cannot reach ${remoteName}: ${event}. ${describeReport(report)}`;
  return new PeerError("punch_failed", message, { punch: report });
}

/**
 * The error of a remote peer that is there and does not want this one: no matter of any NAT.
 *
 * @param said what it said of it, if anything
 */
export function closedByRemote(remoteName: string, report: PunchReport, said?: string): PeerError {
  const why = said === undefined
    ? "it does not accept this peer, or it takes nobody else now, or is ending"
    : `it said: ${escapeHidden(said)}`;
  const message = `Cannot reach ${remoteName}: it is there, and closed the connection before it ` +
    `was open; ${why}`;
  return new PeerError("punch_failed", message, { punch: report });
}

/** One line for people. */
function describeReport({ tried, ownNat, remoteNat }: PunchReport): string {
  const paths = tried.map(({ endpoint, kind, origin, probesSent }) =>
    `${formatEndpoint(endpoint)} (${origin === "seen" ? "seen" : kind}, ${probesSent} probes)`
  );
  return `Tried ${paths.join(", ")}. This side: ${ownNat.join("; ")}. ` +
    `Remote side: ${remoteNat.join("; ")}.`;
}

function describeRemote(
  { source, dest, extension }: Introduction,
  tried: readonly TriedPath[],
  seen: SeenOfRemote,
): string[] {
  const known: string[] = [];
  const elsewhere = tried.find(({ origin, kind }) => origin === "seen" && kind === "public");
  const text = formatEndpoint(dest);
  if (elsewhere !== undefined) {
    known.push(
      `its mapping changes per destination: its packets came from ` +
        `${formatEndpoint(elsewhere.endpoint)}, the server sees ${text}`,
    );
  }
  if (source.address === dest.address) {
    known.push(`it has the same public address, whose NAT may not lead back inside (hairpinning)`);
  }
  if (extension !== undefined && extension.destAgeMs > STALE_MAPPING_MS) {
    const ageSeconds = Math.round(extension.destAgeMs / 1000);
    known.push(`its last registration was ${ageSeconds} s old, its mapping may have ended`);
  }
  if (seen === "another secret") {
    known.push("its packets arrived here, and could not be read");
  } else if (tried.some(({ heard }) => heard)) {
    known.push("its packets arrived here, no answer to ours did: a firewall may drop them");
  } else {
    known.push(
      "nothing arrived from it: it has gone, a firewall drops UDP, or the mappings of both sides " +
        "change per destination, which one server cannot see",
    );
  }
  return known;
}
