/**
 * Whether what is carried fits the path in one piece.
 *
 * @module
 */

import type { Connection, Platform } from "../../peer/mod.ts";
import { PATH_SIZE_KNOWN_MS } from "../limits.ts";
import type { Say } from "../status.ts";
import { FLOW_HEADER_BYTES } from "./flow_frame.ts";

/**
 * Looks at the lengths of datagrams that go over a connection. One that goes in fragments is lost in
 * many networks, and nobody hears of it.
 */
export class PathSize {
  readonly #connection: Connection;
  readonly #clock: Platform["clock"];
  readonly #say: Say;
  readonly #knownMs: number;
  #isSaid = false;

  /** Begins with a connection. */
  constructor(connection: Connection, { clock }: Platform, say: Say) {
    this.#connection = connection;
    this.#clock = clock;
    this.#say = say;
    this.#knownMs = clock.nowMs() + PATH_SIZE_KNOWN_MS;
  }

  /** Notes a datagram of a flow, and says the first that is too long. @param length in bytes */
  carries(length: number): void {
    const { maxDatagramBytes, remoteName } = this.#connection;
    const excess = length + FLOW_HEADER_BYTES - maxDatagramBytes;
    if (excess <= 0 || this.#isSaid || this.#clock.nowMs() < this.#knownMs) return;
    this.#isSaid = true;
    this.#say({
      level: "warning",
      kind: "long_datagram",
      text:
        `a datagram of ${length} bytes is longer than the ${length - excess} that are known to ` +
        `pass to ${remoteName} in one piece: in fragments it may be lost; give the program an MTU ` +
        `that is smaller by ${excess} (said once)`,
      members: { length, longest: length - excess, remote: remoteName },
    });
  }
}
