/**
 * The one error class of the peers' side.
 *
 * @module
 */

import type { ReceivedRefusal } from "../protocol/decode_response.ts";
import type { ErrorCode } from "../protocol/message.ts";
import { escapeHidden } from "../visible_text.ts";
import { PUNCH_TIMEOUT_MS } from "./limits.ts";
import { describeReport, type PunchReport } from "./link/punch_report.ts";

/** The protocol's codes, and what can go wrong without the server saying so. */
export type PeerErrorCode = ErrorCode | "punch_failed" | "server_unreachable";

/** Why a peer is not connected. */
export class PeerError extends Error {
  override readonly name = "PeerError";

  /**
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

/** The error of a refusal; a server with words of its own refused a request that it disliked. */
export function refusalError({ code, explanation: received }: ReceivedRefusal): PeerError {
  const explanation = escapeHidden(received);
  return code === "unknown"
    ? new PeerError("bad_request", `the server refused: ${explanation}`)
    : new PeerError(code, explanation);
}

/**
 * The error of a path that did not open.
 *
 * @param event what ended the attempt; default: its time was over
 */
export function punchFailure(remoteName: string, report: PunchReport, event?: string): PeerError {
  const seconds = PUNCH_TIMEOUT_MS / 1000;
  const what = event ?? `expected an answer within ${seconds} s, received none`;
  const message = `Cannot reach ${remoteName}: ${what}. ${describeReport(report)}`;
  return new PeerError("punch_failed", message, report);
}
