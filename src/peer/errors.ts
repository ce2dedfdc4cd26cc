/**
 * The one error class of the peers' side.
 *
 * @module
 */

import type { ReceivedRefusal } from "../protocol/decode_response.ts";
import type { ReceivedCode } from "../protocol/message.ts";
import { escapeHidden } from "../visible_text.ts";
import type { PunchReport } from "./path.ts";

/** The protocol's codes, and what can go wrong without the server saying so. */
export type PeerErrorCode = ReceivedCode | "punch_failed" | "server_unreachable";

/** Why a peer is not connected. */
export class PeerError extends Error {
  /** Tells it from other errors. */
  override readonly name = "PeerError";

  /**
   * Makes one.
   *
   * @param code what went wrong, for programs
   * @param message what went wrong, in one line, for people
   * @param punch what was tried, where `code` is `punch_failed` and something was
   */
  constructor(
    readonly code: PeerErrorCode,
    message: string,
    readonly punch?: PunchReport,
  ) {
    super(message);
  }
}

/** Somebody else answers where a rendezvous server was expected: asking again changes nothing. */
export class ForeignServerError extends PeerError {
  /** @param received what came, in words */
  constructor(received: string) {
    super("server_unreachable", `Cannot read the answer of this server: ${received}`);
  }
}

/** No path within the time after which somebody asks the server anew, since the other may have moved. */
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
