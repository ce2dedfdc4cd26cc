/**
 * Keeps a session at the server alive, and finds out whether it still is.
 *
 * @module
 */

import { Bell } from "../../async/waiting.ts";
import type { Clock } from "../../clock.ts";
import {
  KEEP_ALIVE_ANSWER_MS,
  MAX_MISSED_ANSWERS,
  NAMED_ANSWER_MS,
  NAMED_KEEP_ALIVE_MS,
  SESSION_KEEP_ALIVE_MS,
  SESSION_RENEWAL_MS,
  SUSPECT_ANSWER_MS,
} from "../limits.ts";
import type { ServerSession } from "./server_session.ts";

/** What a KeepAlive needs. */
export interface KeepAliveOptions {
  readonly clock: Clock;
  readonly session: ServerSession;
  /** Without one there is no answer, and on a session that is no host's no KeepAlive either. */
  readonly token: string | undefined;
  readonly role: "host" | "peer";
  /** Who stands by a name is to be found again soon after it moved. */
  readonly known: "by address" | "by name";
  /** Whether this server has ever answered: only then its silence means something. */
  readonly answersBefore: boolean;
}

/** The KeepAlives of one session. */
export class KeepAlive {
  readonly #options: KeepAliveOptions;
  readonly #answer = new Bell();
  readonly #pause = new Bell();
  #isAnswering: boolean;
  #intervalMs = SESSION_KEEP_ALIVE_MS;
  /** A server that is slow from the start is not to get ever more sessions. */
  #answerMs = KEEP_ALIVE_ANSWER_MS;
  #isSuspect = false;

  constructor(options: KeepAliveOptions) {
    this.#options = options;
    this.#isAnswering = options.answersBefore;
  }

  /** The server answered. @param intervalMs how often it has to hear of this peer */
  answered(intervalMs: number): void {
    this.#isAnswering = true;
    this.#isSuspect = false;
    const isNamed = this.#options.known === "by name";
    this.#intervalMs = Math.min(intervalMs, isNamed ? NAMED_KEEP_ALIVE_MS : SESSION_KEEP_ALIVE_MS);
    this.#answerMs = isNamed ? NAMED_ANSWER_MS : KEEP_ALIVE_ANSWER_MS;
    this.#answer.ring();
  }

  /** Something hints that the session may be dead: looks at once. */
  check(): void {
    this.#isSuspect = true;
    this.#pause.ring();
  }

  /**
   * Sends KeepAlives until another session has to take over: when two answers in a row are missing;
   * or, with a server that never answers, after a while, or when the session is suspect.
   *
   * @throws the signal's reason once it is aborted
   */
  async run(signal: AbortSignal): Promise<"replace"> {
    const { clock } = this.#options;
    const renewalMs = clock.nowMs() + SESSION_RENEWAL_MS;
    let missed = 0;
    for (;;) {
      const askedMs = clock.nowMs();
      if (await this.#ask(signal) === "rung") {
        missed = 0;
      } else if (this.#isAnswering) {
        if (++missed === MAX_MISSED_ANSWERS) return "replace";
        continue;
      } else if (this.#isSuspect || clock.nowMs() >= renewalMs) {
        return "replace";
      }
      const elapsedMs = clock.nowMs() - askedMs;
      await this.#pause.wait(clock, Math.max(0, this.#intervalMs - elapsedMs), signal);
    }
  }

  async #ask(signal: AbortSignal): Promise<"rung" | "silent"> {
    const { clock, session, token, role } = this.#options;
    const timeoutMs = this.#isSuspect
      ? Math.min(SUSPECT_ANSWER_MS, this.#answerMs)
      : this.#answerMs;
    const answer = this.#answer.wait(clock, timeoutMs, signal);
    if (token === undefined && role === "peer") return await answer;
    const connectionType = "KeepAlive";
    const [outcome] = await Promise.all([
      answer,
      session.request(
        token === undefined
          ? { connectionType }
          : { connectionType, extension: { token, answer: true } },
      ),
    ]);
    return outcome;
  }
}
