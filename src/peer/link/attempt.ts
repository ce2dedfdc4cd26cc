/**
 * An attempt to reach a remote peer, for the sentence that says why it failed.
 *
 * @module
 */

import type { Endpoint } from "../../address.ts";
import type { PunchReport } from "../path.ts";
import type { Candidates } from "./candidates.ts";
import type { LinkEnding, LinkOptions } from "./link_events.ts";
import type { LinkTimes } from "./link_times.ts";
import {
  closedByRemote,
  noAnswerWithin,
  OTHER_SECRET,
  PLAIN_PEER,
  punchFailure,
  reportPunch,
  type SeenOfRemote,
} from "./punch_report.ts";

/** One attempt. */
export class Attempt {
  readonly #options: LinkOptions;
  readonly #candidates: Candidates;
  /** Whether something came from where the remote peer is that is no packet. */
  #isStrange = false;

  constructor(options: LinkOptions, candidates: Candidates) {
    this.#options = options;
    this.#candidates = candidates;
  }

  /** Notes a datagram that is no packet. */
  receiveStrange(source: Endpoint): void {
    if (this.#candidates.has(source)) this.#isStrange = true;
  }

  /** Its time is over. */
  failed(seen: SeenOfRemote, times: LinkTimes): LinkEnding {
    const event = seen === "another secret"
      ? OTHER_SECRET
      : seen === "nothing" && this.#isStrange
      ? PLAIN_PEER
      : noAnswerWithin(times);
    return { reason: "punch_failed", error: punchFailure(...this.#report(seen), event) };
  }

  /** The remote peer does not want this one. @param said what it said of it, if anything */
  closed(said: string | undefined): LinkEnding {
    return { reason: "punch_failed", error: closedByRemote(...this.#report("its packets"), said) };
  }

  #report(seen: SeenOfRemote): [string, PunchReport] {
    const { introduction, ownNat, remoteName } = this.#options;
    return [remoteName, reportPunch(introduction, this.#candidates, ownNat, seen)];
  }
}
