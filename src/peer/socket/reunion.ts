/**
 * Has two peers introduced again when this side finds the remote one silent.
 *
 * @module
 */

import { PeerError } from "../errors.ts";
import type { Connection } from "./connection.ts";

/**
 * Has the peers introduced again: asks the server, then calls `renew` of the socket that it asked
 * with. Tries until `signal` is aborted, which says that it is not needed any more; the connection
 * lasts as long as it tries.
 */
export type MeetAgain = (connection: Connection, signal: AbortSignal) => Promise<void>;

/** The reunions of one connection, one at a time, and one for each silence. */
export class Reunion {
  readonly #meetAgain: MeetAgain | undefined;
  #underWay: AbortController | undefined;
  #hasTried = false;

  /** @param meetAgain `undefined` where there is no way to meet again */
  constructor(meetAgain: MeetAgain | undefined) {
    this.#meetAgain = meetAgain;
  }

  /** Whether the peers are being introduced again now. */
  get isUnderWay(): boolean {
    return this.#underWay !== undefined;
  }

  /** Whether one can be begun now. */
  get isPossible(): boolean {
    return this.#meetAgain !== undefined && this.#underWay === undefined;
  }

  /** Whether nothing was tried yet about this silence, and something can be. */
  get isOwed(): boolean {
    return this.isPossible && !this.#hasTried;
  }

  /**
   * Has the peers introduced again, where that is possible. Resolves once it is over, whether or not
   * they met.
   *
   * @throws what is no matter of the network: the user's own exception, for one
   */
  async begin(connection: Connection): Promise<void> {
    const attempt = new AbortController();
    this.#underWay = attempt;
    this.#hasTried = true;
    try {
      await this.#meetAgain?.(connection, attempt.signal);
    } catch (error) {
      if (!attempt.signal.aborted && !(error instanceof PeerError)) throw error;
    } finally {
      attempt.abort();
      this.#underWay = undefined;
    }
  }

  /** The remote peer is heard again: the next silence is another one. */
  settle(): void {
    this.end();
    this.#hasTried = false;
  }

  /** It is not needed any more. */
  end(): void {
    this.#underWay?.abort();
  }
}
