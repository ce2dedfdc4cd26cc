/**
 * Notices that all peers come from one private address: then something in front of the server
 * replaces the source addresses that it exists to see, as a container network's bridge does.
 *
 * @module
 */

import { type Address, isLoopback, isPrivate } from "../address.ts";
import { SOLE_SOURCE_PEERS } from "../limits.ts";

/** Told of every new lease; two addresses are enough to know for good that nothing is wrong. */
export class SoleSource {
  #address: Address | undefined;
  #peers = 0;
  #isSole = true;

  /** A peer that was not known registered from `address`. This machine's own do not count. */
  note(address: Address): void {
    if (!this.#isSole || isLoopback(address)) return;
    this.#address ??= address;
    this.#isSole = address === this.#address;
    this.#peers++;
  }

  /** The one private address of all peers, once {@linkcode SOLE_SOURCE_PEERS} came from it. */
  get address(): Address | undefined {
    if (!this.#isSole || this.#peers < SOLE_SOURCE_PEERS || this.#address === undefined) {
      return undefined;
    }
    return isPrivate(this.#address) ? this.#address : undefined;
  }
}
