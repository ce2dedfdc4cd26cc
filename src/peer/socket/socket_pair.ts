/**
 * By which of its sockets a peer speaks to whom: the registered one, or the one beside it that is in
 * this machine's other networks.
 *
 * @module
 */

import { type Endpoint, type EndpointKey, endpointKey, isPrivate } from "../../address.ts";
import { MAX_HEARD_ENDPOINTS } from "../limits.ts";
import type { SendOutcome, UdpSocket } from "../platform/platform.ts";

/** Both sockets, or the one that there is. */
export class SocketPair {
  readonly #main: UdpSocket;
  readonly #side: UdpSocket | undefined;
  /** By which a private endpoint was first heard, the longest known first. */
  readonly #heardBy = new Map<EndpointKey, UdpSocket>();

  constructor(main: UdpSocket, side: UdpSocket | undefined) {
    this.#main = main;
    this.#side = side;
  }

  /** All of them. */
  get all(): readonly UdpSocket[] {
    return this.#side === undefined ? [this.#main] : [this.#main, this.#side];
  }

  /**
   * Sends a packet by the socket by which its receiver was heard; by both, where a private one was not
   * heard yet.
   */
  send(packet: Uint8Array, to: Endpoint): Promise<SendOutcome> {
    if (this.#side === undefined || !isPrivate(to.address)) return this.#main.send(packet, to);
    const known = this.#heardBy.get(endpointKey(to));
    if (known === undefined) this.#side.send(packet, to);
    return (known ?? this.#main).send(packet, to);
  }

  /** Whether it would matter by which socket something came from there. */
  isNew(source: Endpoint): boolean {
    return this.#side !== undefined && isPrivate(source.address) &&
      !this.#heardBy.has(endpointKey(source));
  }

  /** Notes that something genuine came. The first way stays: later ones may be somebody's echo. */
  heard(source: Endpoint, by: UdpSocket): void {
    this.#heardBy.set(endpointKey(source), by);
    const [oldest] = this.#heardBy.keys();
    if (this.#heardBy.size > MAX_HEARD_ENDPOINTS) this.#heardBy.delete(oldest);
  }

  /** Closes them. */
  close(): void {
    for (const udp of this.all) udp.close();
  }
}
