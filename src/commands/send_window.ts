/**
 * Sends datagram after datagram without waiting for each.
 *
 * @module
 */

import { type Passage, PeerError } from "../peer/mod.ts";
import type { Drops } from "./drops.ts";
import { MAX_UNSENT_DATAGRAMS } from "./limits.ts";

/** What was given to a socket and is not settled yet, and what became of the rest. */
export class SendWindow {
  readonly #drops: Drops;
  #unsettled = 0;

  /** @param drops counts what is not sent */
  constructor(drops: Drops) {
    this.#drops = drops;
  }

  /**
   * Notes that a datagram is being sent.
   *
   * @param length of the datagram in bytes
   * @returns what to wait for before the next one; `undefined` while there is room
   */
  pass(sending: Promise<Passage>, length: number): Promise<void> | undefined {
    this.#unsettled++;
    const settled = sending.then(
      (passage) => this.#settle(passage, length),
      (error) => this.#fail(error),
    );
    return this.#unsettled < MAX_UNSENT_DATAGRAMS ? undefined : settled;
  }

  #settle(passage: Passage, length: number): void {
    this.#unsettled--;
    if (passage !== "taken") this.#drops.countUnsent(passage, length);
  }

  /** The connection ended in this moment. */
  #fail(error: unknown): void {
    this.#unsettled--;
    if (!(error instanceof PeerError)) throw error;
    this.#drops.count("no_connection", () => error.message);
  }
}
