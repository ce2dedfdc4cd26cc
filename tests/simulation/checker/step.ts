/**
 * One step: one thing that was delivered to the server, or the ringing of its timer.
 *
 * @module
 */

import type { ErrorCode } from "../../../src/protocol/message.ts";
import type { KnownSession } from "./memory.ts";

/** What arrived. */
export type StepKind =
  | "datagram"
  | "connection"
  | "request"
  | "end of stream"
  | "disconnection"
  | "drain"
  | "timer"
  | "shed"
  | "shut down";

/** What the checker keeps during a step. */
export interface Step {
  readonly kind: StepKind;
  readonly nowMs: number;
  /** Place in the order of events at which it began. */
  readonly startedAt: number;
  /** The session that it arrived on. */
  readonly subject: KnownSession | undefined;
  /** Moment up to which everything that time brings about must have happened. */
  clockMs: number;
  /** What the protocol prescribes as the subject's answer to what arrived. */
  expected?: ErrorCode;
  /** The session whose place a newcomer takes. */
  gaveWay: KnownSession | undefined;
  /** The session whose KeepAlive must be answered, until it is. */
  answers: KnownSession | undefined;
  /** The limit that a `busy` must name. */
  limit: string | undefined;
  /** The older sessions that the subject takes over; a host with a name may take over two. */
  rivals: readonly KnownSession[];
  /** Sessions that the clock marked, see `passTime`. */
  marked: readonly KnownSession[];
  /** Sessions that are given back because the descriptors ran out. */
  readonly shed: ReadonlySet<KnownSession>;
}
