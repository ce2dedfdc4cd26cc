/**
 * What went through a connection, counted over all of its links.
 *
 * @module
 */

import type { ConnectionCounters } from "./connection.ts";

/** The counts of one connection. */
export class Tally {
  #sentDatagrams = 0;
  #sentBytes = 0;
  #receivedDatagrams = 0;
  #receivedBytes = 0;
  /** Of links that are over. */
  #missingPackets = 0;

  /** Counts a datagram that goes out. */
  sent(bytes: number): void {
    this.#sentDatagrams++;
    this.#sentBytes += bytes;
  }

  /** Counts one that came. */
  received(bytes: number): void {
    this.#receivedDatagrams++;
    this.#receivedBytes += bytes;
  }

  /** A link is over. @param missingPackets of it */
  leave(missingPackets: number): void {
    this.#missingPackets += missingPackets;
  }

  /** All of it. @param missingPackets of the link that is in use */
  counters(missingPackets: number): ConnectionCounters {
    return {
      sentDatagrams: this.#sentDatagrams,
      sentBytes: this.#sentBytes,
      receivedDatagrams: this.#receivedDatagrams,
      receivedBytes: this.#receivedBytes,
      missingPackets: this.#missingPackets + missingPackets,
    };
  }
}
