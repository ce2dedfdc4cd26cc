/**
 * All TCP connections that have a descriptor, and what they share.
 *
 * @module
 */

import type { Clock } from "../clock.ts";
import { type Closable, Lingering } from "./lingering.ts";
import { StallWatch } from "./stall_watch.ts";

/** The connections of one server. */
export class OpenConnections {
  readonly clock: Clock;
  /** Those that wait for their peer to close. */
  readonly lingering: Lingering;
  /** Those whose output is being written. */
  readonly stalls: StallWatch;
  readonly #open = new Set<Closable>();
  #whenEmpty: (() => void) | undefined;

  constructor(clock: Clock) {
    this.clock = clock;
    this.lingering = new Lingering(clock);
    this.stalls = new StallWatch(clock);
  }

  /** Number of open connections. */
  get size(): number {
    return this.#open.size;
  }

  /** A connection is there. */
  add(connection: Closable): void {
    this.#open.add(connection);
  }

  /** A connection is closed. */
  delete(connection: Closable): void {
    this.#open.delete(connection);
    if (this.#open.size === 0) this.#whenEmpty?.();
  }

  /** Waits until all are closed; closes those that are left after `timeoutMs`. */
  async closed(timeoutMs: number): Promise<void> {
    const cancel = this.clock.schedule(timeoutMs, () => {
      for (const connection of this.#open) connection.close();
    });
    if (this.#open.size > 0) await new Promise<void>((resolve) => this.#whenEmpty = resolve);
    cancel();
    this.lingering.closeAll();
    this.stalls.stop();
  }
}
