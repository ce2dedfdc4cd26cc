/**
 * Whether an introduced peer is wanted: its user is asked before anything is sent to it.
 *
 * @module
 */

import { withTimeout } from "../../async/waiting.ts";
import type { Clock } from "../../clock.ts";
import type { Introduction } from "../../protocol/message.ts";
import { type IntroducedPeer, readClaims } from "../claims.ts";
import { PeerError } from "../errors.ts";
import { MAX_OPEN_QUESTIONS, VERDICT_TIMEOUT_MS } from "../limits.ts";

/**
 * What is to become of an introduced peer. `accept`: a path to it is sought. `refuse`: it is told that
 * it is not wanted, which takes one packet to it and answers to its own. `ignore`: nothing is ever
 * sent to it, and it finds out by its own timeout.
 */
export type Verdict = "accept" | "refuse" | "ignore";

/** Judges an introduced peer. */
export type Accept = (peer: IntroducedPeer) => Verdict | Promise<Verdict>;

/** Asks the user, about so many peers at a time. */
export class Acceptance {
  readonly #accept: Accept;
  readonly #clock: Clock;
  #open = 0;

  /** @param accept may be slow, and may throw: both cost the peer that it was asked about */
  constructor(accept: Accept, clock: Clock) {
    this.#accept = accept;
    this.#clock = clock;
  }

  /**
   * Asks about one peer.
   *
   * @throws {PeerError} `punch_failed` when too many are being asked about, or it takes too long
   * @throws {TypeError} when the answer is none
   * @throws what the user's function throws
   */
  async ask({ dest, extension }: Introduction, remoteName: string): Promise<Verdict> {
    if (this.#open >= MAX_OPEN_QUESTIONS) {
      throw new PeerError(
        "punch_failed",
        `Cannot ask whether ${remoteName} is accepted: expected at most ${MAX_OPEN_QUESTIONS} ` +
          "peers to be asked about at a time, received more",
      );
    }
    this.#open++;
    try {
      const peer = { endpoint: dest, ...readClaims(extension?.destNote) };
      const work = async () => toVerdict(await this.#accept(peer));
      return await withTimeout(this.#clock, VERDICT_TIMEOUT_MS, NEVER, work);
    } finally {
      this.#open--;
    }
  }
}

const NEVER = new AbortController().signal;

/** Programs without types may say anything; what is not understood must not count as consent. */
function toVerdict(verdict: Verdict): Verdict {
  if (verdict === "accept" || verdict === "refuse" || verdict === "ignore") return verdict;
  throw new TypeError(
    `Cannot use the answer of accept: expected "accept", "refuse" or "ignore", received ${
      JSON.stringify(verdict)
    }`,
  );
}
