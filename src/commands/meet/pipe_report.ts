/**
 * What is said of a pipe that did not carry everything, or not as a stream.
 *
 * @module
 */

import { escapeHidden } from "../../visible_text.ts";
import type { Connection, ConnectionEnding } from "../../peer/mod.ts";
import type { PipeUse } from "../connection_use.ts";
import type { Transfer } from "./transfer.ts";

/** The other side cannot be what this pipe is for, or is not wanted. */
export class UnfitError extends Error {
  /** What the other side is told. */
  readonly farewell: string;

  private constructor(message: string, farewell: string) {
    super(message);
    this.farewell = farewell;
  }

  /** It says nothing of streams, or does something else with the connection. */
  static withoutStreams(remoteName: string): UnfitError {
    return new UnfitError(
      `no stream: ${remoteName} does not say that it takes or gives one: an older version, another ` +
        "program, or other flags; give both sides the same version, or both -datagrams",
      "this pipe is a stream, and the other side does not say that it knows any",
    );
  }

  /** This side does not want it. @param why what it is told */
  static refused(remoteName: string, why: string): UnfitError {
    return new UnfitError(`turned away ${remoteName}: ${why}`, why);
  }
}

/** What is known of a stream that did not come to its end. */
export interface Cut {
  readonly remoteName: string;
  readonly ending: ConnectionEnding;
  readonly closeReason: string | undefined;
  /** Whether the other side was started again meanwhile. */
  readonly isRestarted: boolean;
  readonly transfers: readonly Transfer[];
}

/** Why it did not, and how far it came. */
export function describeCut(cut: Cut): string {
  const telling = cut.transfers.filter(({ bytes, totalBytes = 0 }) => bytes + totalBytes > 0);
  // Most streams back are empty, and nobody misses those.
  const told = telling.length > 0 ? telling : cut.transfers;
  const extents = told.map(({ direction, extent }) => `${direction} ${extent}`);
  return [`cut off: ${reasonOf(cut)}`, ...extents].join("; ");
}

function reasonOf({ remoteName, ending, closeReason, isRestarted }: Cut): string {
  if (isRestarted) return `${remoteName} was started again, and knows nothing of it`;
  switch (ending) {
    case "closed_by_remote":
      return `${remoteName} closed the connection before all had arrived` + said(closeReason);
    case "lost":
      return `${remoteName} fell silent before all had arrived`;
    case "closed_here":
    case "failed":
      return `${remoteName} gave it up before all had arrived`;
  }
}

function said(reason: string | undefined): string {
  return reason === undefined ? "" : `, and said: ${escapeHidden(reason)}`;
}

/** That the remote peer closed a connection that carried nothing, if it says why. */
export function describeRefusal(
  { remoteName, closeReason }: Pick<Connection, "remoteName" | "closeReason">,
): string | undefined {
  return closeReason === undefined
    ? undefined
    : `${remoteName} closed the connection${said(closeReason)}`;
}

/** That a connection ended before anything of standard input went over it. */
export function describeUnsent(remoteName: string): string {
  return `cut off: ${remoteName} closed the connection before anything was sent`;
}

/** Why standard input does not go as a stream, though it could. */
export function describeLines(remote: PipeUse, remoteName: string): string {
  const why = remote === "datagrams"
    ? "was started with -datagrams"
    : "takes no stream, as a terminal does not";
  return `lines: ${remoteName} ${why}, so each line is a datagram, and may be lost`;
}
