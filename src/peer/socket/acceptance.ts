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
 * What is to become of an introduced peer. `accept`: a path to it is sought. `refuse`: it is told
 * that it is not wanted, which takes a few packets to it and answers to its own; a peer that proves to
 * be that of a connection which lasts goes on with it all the same. `ignore`: nothing is ever sent to
 * it, and it finds out by its own timeout.
 */
export type Verdict = "accept" | "refuse" | "ignore";

/** Judges an introduced peer. */
export type Accept = (peer: IntroducedPeer) => Verdict | Promise<Verdict>;

/** What the user said, and what is said of it on this side: the user's own exception, if it threw. */
export type Judgement =
  | { readonly verdict: "accept" }
  | { readonly verdict: Exclude<Verdict, "accept">; readonly error: unknown };

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

  /** Asks about one peer. Whatever goes wrong refuses it. */
  async judge(introduction: Introduction, remoteName: string): Promise<Judgement> {
    try {
      const verdict = await this.#ask(introduction, remoteName);
      return verdict === "accept"
        ? { verdict }
        : { verdict, error: new NotAcceptedError(remoteName) };
    } catch (error) {
      return { verdict: "refuse", error };
    }
  }

  async #ask({ dest, extension }: Introduction, remoteName: string): Promise<Verdict> {
    if (this.#open >= MAX_OPEN_QUESTIONS) throw tooManyQuestions(remoteName);
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

/** Why there is no connection to a peer that the user did not want. */
export class NotAcceptedError extends PeerError {
  constructor(remoteName: string) {
    super("cancelled", `Cannot reach ${remoteName}: this side did not accept it`);
  }
}

function tooManyQuestions(remoteName: string): PeerError {
  return new PeerError(
    "punch_failed",
    `Cannot ask whether ${remoteName} is accepted: expected at most ${MAX_OPEN_QUESTIONS} peers ` +
      "to be asked about at a time, received more",
  );
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
