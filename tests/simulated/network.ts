/**
 * Where datagrams travel: the internet, which delays, loses, duplicates and reorders them, and the
 * interface that it shares with the networks behind NATs.
 *
 * @module
 */

import type { Address, Endpoint } from "../../src/address.ts";
import type { Clock } from "../../src/clock.ts";
import type { Prng } from "./prng.ts";

/** A UDP packet. */
export interface Packet {
  readonly source: Endpoint;
  readonly destination: Endpoint;
  readonly bytes: Uint8Array;
  /** What its sender says that the bytes mean; travels along for the checker, nobody else looks. */
  readonly meaning?: unknown;
}

/** Transport protocols; a NAT may send them out of different addresses. */
export type Transport = "udp" | "tcp";

/** A network that machines and NATs are attached to. */
export interface Realm {
  /** Gives packets for `address` to `receive` from now on. */
  attach(address: Address, receive: (packet: Packet) => void): void;

  /** Ends that. */
  detach(address: Address): void;

  /** Takes a packet from somebody who is attached. */
  send(packet: Packet): void;

  /** How somebody attached here looks from the public internet. */
  publicAddress(address: Address, transport: Transport): Address;
}

/** How bad a path is. Packets overtake each other because each has a delay of its own. */
export interface PathFaults {
  readonly minDelayMs: number;
  readonly maxDelayMs: number;
  /** Probability that a packet is lost. */
  readonly loss: number;
  /** Probability that a packet arrives twice. */
  readonly duplication: number;
}

/** A good day: everything arrives, within a tenth of a second. */
export const CALM: PathFaults = { minDelayMs: 5, maxDelayMs: 60, loss: 0, duplication: 0 };

/** The public internet. */
export class Internet implements Realm {
  readonly #clock: Clock;
  readonly #prng: Prng;
  readonly #receivers = new Map<Address, (packet: Packet) => void>();
  readonly #cut = new Set<Address>();
  /** Applies to packets that are sent from now on. */
  faults: PathFaults;

  constructor(clock: Clock, prng: Prng, faults: PathFaults) {
    this.#clock = clock;
    this.#prng = prng;
    this.faults = faults;
  }

  attach(address: Address, receive: (packet: Packet) => void): void {
    this.#receivers.set(address, receive);
  }

  detach(address: Address): void {
    this.#receivers.delete(address);
  }

  /** Loses every packet from and to `address`, until it is mended. */
  cut(address: Address): void {
    this.#cut.add(address);
  }

  /** Ends {@linkcode cut}. */
  mend(address: Address): void {
    this.#cut.delete(address);
  }

  /** Whether nothing passes between these two. */
  isCut(a: Address, b: Address): boolean {
    return this.#cut.has(a) || this.#cut.has(b);
  }

  send(packet: Packet): void {
    const { loss, duplication } = this.faults;
    if (this.isCut(packet.source.address, packet.destination.address)) return;
    if (this.#prng.chance(loss)) return;
    this.#deliver(packet);
    if (this.#prng.chance(duplication)) this.#deliver(packet);
  }

  publicAddress(address: Address): Address {
    return address;
  }

  #deliver(packet: Packet): void {
    const { minDelayMs, maxDelayMs } = this.faults;
    this.#clock.schedule(this.#prng.between(minDelayMs, maxDelayMs), () => {
      this.#receivers.get(packet.destination.address)?.(packet);
    });
  }
}
