/**
 * The one error class of the peers' side.
 *
 * @module
 */

import type { ReceivedRefusal } from "../protocol/decode_response.ts";
import type { ReceivedCode } from "../protocol/message.ts";
import { escapeHidden } from "../visible_text.ts";
import type { PunchReport } from "./path.ts";

/**
 * The protocol's codes, and what can go wrong without the server saying so. Of streams: the remote
 * peer gave one up (`stream_reset`), the connection under it is over (`stream_lost`), the remote peer
 * knows none (`no_streams`).
 */
export type PeerErrorCode =
  | ReceivedCode
  | "punch_failed"
  | "server_unreachable"
  | "stream_reset"
  | "stream_lost"
  | "no_streams";

/** What else is known of an error. */
export interface PeerErrorDetails {
  /** What was tried, where the code is `punch_failed` and something was. */
  readonly punch?: PunchReport;
  /** The number that the remote peer gave, where the code is `stream_reset`. */
  readonly resetCode?: number;
}

/** Why a peer is not connected, or a stream to it is over. */
export class PeerError extends Error {
  /** Tells it from other errors. */
  override readonly name = "PeerError";
  /** What was tried, where {@linkcode PeerError.code} is `punch_failed` and something was. */
  readonly punch: PunchReport | undefined;
  /** The number that the remote peer gave, where it is `stream_reset`. */
  readonly resetCode: number | undefined;

  /**
   * Makes one.
   *
   * @param code what went wrong, for programs
   * @param message what went wrong, in one line, for people
   * @param details what else is known
   */
  constructor(readonly code: PeerErrorCode, message: string, details: PeerErrorDetails = {}) {
    super(message);
    this.punch = details.punch;
    this.resetCode = details.resetCode;
  }
}

/** Somebody else answers where a rendezvous server was expected: asking again changes nothing. */
export class ForeignServerError extends PeerError {
  /** @param received what came, in words */
  constructor(received: string) {
    super("server_unreachable", `Cannot read the answer of this server: ${received}`);
  }
}

/** No path within the time after which the server is asked anew, since the other may have moved. */
export class ImpatienceError extends PeerError {
  /** @param remoteName of the peer that was tried */
  constructor(remoteName: string) {
    super("punch_failed", `Cannot reach ${remoteName} there any more: it may have moved`);
  }
}

/** The error of a refusal; a server with words of its own refused a request that it disliked. */
export function refusalError({ code, explanation: received }: ReceivedRefusal): PeerError {
  const explanation = escapeHidden(received);
  if (code === "unknown") return new PeerError("bad_request", `the server refused: ${explanation}`);
  return new PeerError(code, code === "busy" ? withRemedy(explanation) : explanation);
}

/**
 * `busy` is a limit, which passes, or a place that another program holds. The code is the same, and
 * the explanation says which (PROTOCOL.md, Token): so only words for people depend on it. What follows
 * is the same for both, and whether a name is one's own is proven by who is introduced to it.
 */
function withRemedy(explanation: string): string {
  return /\bToken\b/.test(explanation)
    ? `${explanation}: choose another PeerPort, end the other program, or give both the same Token`
    : explanation;
}
