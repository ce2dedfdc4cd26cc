/**
 * What the server does when the process has no descriptors left.
 *
 * @module
 */

import type { Clock } from "../clock.ts";
import { DESCRIPTOR_RESERVE, DESCRIPTOR_RETRY_MS } from "../limits.ts";
import type { Lingering } from "../net/lingering.ts";
import type { LeaseManager } from "../rendezvous/lease_manager.ts";
import type { Log } from "./log.ts";

/** What a {@linkcode DescriptorGuard} works with. */
export interface DescriptorGuardOptions {
  readonly manager: LeaseManager;
  readonly lingering: Lingering;
  readonly log: Log;
  readonly clock: Clock;
}

/** Gives descriptors back when there are none left, and tries for more from time to time. */
export class DescriptorGuard {
  readonly #options: DescriptorGuardOptions;
  #cancelRetry: (() => void) | undefined;

  constructor(options: DescriptorGuardOptions) {
    this.#options = options;
  }

  /** What only lingers has to go sooner than usual, and when nothing does, sessions go. */
  exhausted(): void {
    const { manager, lingering, log, clock } = this.#options;
    if (lingering.size > 0) return lingering.turn();
    const before = manager.maxSessions;
    const left = manager.shed(DESCRIPTOR_RESERVE, clock.nowMs());
    if (this.#cancelRetry === undefined) {
      log.error(
        `the process has no descriptors left: for now it takes ${left} sessions at most instead ` +
          `of ${before}; raise its descriptor limit or lower -max_sessions`,
        { max_sessions: left },
      );
    }
    this.stop();
    this.#retryLater();
  }

  /** Tries no more. */
  stop(): void {
    this.#cancelRetry?.();
    this.#cancelRetry = undefined;
  }

  /** Admits some more again and again, until all are admitted or the descriptors run out anew. */
  #retryLater(): void {
    const { manager, log, clock } = this.#options;
    this.#cancelRetry = clock.schedule(DESCRIPTOR_RETRY_MS, () => {
      this.#cancelRetry = undefined;
      if (manager.admitMore(DESCRIPTOR_RESERVE) === "fewer than allowed") return this.#retryLater();
      const { maxSessions } = manager;
      log.info(`there are descriptors again: it takes ${maxSessions} sessions at most`, {
        max_sessions: maxSessions,
      });
    });
  }
}
