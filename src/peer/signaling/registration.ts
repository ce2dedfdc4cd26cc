/**
 * Tells the server again and again where this peer is.
 *
 * @module
 */

import type { Endpoint } from "../../address.ts";
import type { Clock } from "../../clock.ts";
import { REGISTRATION_REFRESH_MS, REGISTRATION_RETRY_MS } from "../limits.ts";
import type { UdpSocket } from "../platform/platform.ts";

/**
 * Sends a registration at once, then after 250 ms, 500 ms and so on, each pause twice as long, until
 * the pause is that of the refresh. The server never answers by UDP; who gets its answer by TCP stops
 * this.
 */
export class RepeatedRegistration {
  readonly #udp: UdpSocket;
  readonly #clock: Clock;
  #cancelTimer: (() => void) | undefined;

  constructor(udp: UdpSocket, clock: Clock) {
    this.#udp = udp;
    this.#clock = clock;
  }

  /** Starts, or starts afresh. */
  start(datagram: Uint8Array, server: Endpoint): void {
    this.stop();
    this.#send(datagram, server, REGISTRATION_RETRY_MS);
  }

  /** Sends no more. */
  stop(): void {
    this.#cancelTimer?.();
    this.#cancelTimer = undefined;
  }

  #send(datagram: Uint8Array, server: Endpoint, pauseMs: number): void {
    this.#udp.send(datagram, server);
    const nextMs = Math.min(2 * pauseMs, REGISTRATION_REFRESH_MS);
    this.#cancelTimer = this.#clock.schedule(pauseMs, () => this.#send(datagram, server, nextMs));
  }
}
