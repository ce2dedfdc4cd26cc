/**
 * Sends hosts away a few at a time before a stop, so that they do not all come to the next server
 * in the same second.
 *
 * @module
 */

import type { Clock } from "../clock.ts";
import { DRAIN_STEP_MS } from "../limits.ts";
import type { LeaseManager } from "../rendezvous/lease_manager.ts";
import type { Session } from "../rendezvous/session.ts";

/** What a {@linkcode Drain} works with. */
export interface DrainOptions {
  readonly manager: Pick<LeaseManager, "sessions" | "sendAway">;
  readonly clock: Clock;
  /** Time in which all are told, evenly. */
  readonly durationMs: number;
}

/** Tells the hosts that are there at its beginning; who comes back is told at the stop. */
export class Drain {
  readonly #options: DrainOptions;
  readonly #hosts: readonly Session[];
  readonly #startMs: number;
  #told = 0;
  #cancelStep: () => void;

  constructor(options: DrainOptions) {
    const { manager, clock } = options;
    this.#options = options;
    this.#hosts = [...manager.sessions].filter(isHost);
    this.#startMs = clock.nowMs();
    this.#cancelStep = this.#schedule();
  }

  /** Tells nobody any more. */
  stop(): void {
    this.#cancelStep();
  }

  #schedule(): () => void {
    return this.#options.clock.schedule(DRAIN_STEP_MS, () => {
      this.#step();
      if (this.#told < this.#hosts.length) this.#cancelStep = this.#schedule();
    });
  }

  #step(): void {
    const { manager, clock, durationMs } = this.#options;
    const nowMs = clock.nowMs();
    const share = Math.min(1, (nowMs - this.#startMs) / durationMs);
    const due = Math.ceil(this.#hosts.length * share);
    manager.sendAway(this.#hosts.slice(this.#told, due), nowMs);
    this.#told = due;
  }
}

function isHost({ request }: Session): boolean {
  return request?.connectionType === "Server";
}
