/**
 * Somebody on the internet who sees every packet between two machines and has no key: repeats,
 * reflects, delays, changes, mixes introductions, guesses.
 *
 * @module
 */

import type { Endpoint } from "../../src/address.ts";
import type { Packet } from "./network.ts";
import type { World } from "./peer_platform.ts";
import type { Prng } from "./prng.ts";

/** What an attacker does with a packet that it sees. */
export type Attack = "repeat" | "reflect" | "delay" | "change" | "mix" | "spoof" | "guess" | "hint";

/** Every {@linkcode Attack}. */
export const ATTACKS: readonly Attack[] = [
  "repeat",
  "reflect",
  "delay",
  "change",
  "mix",
  "spoof",
  "guess",
  "hint",
];

/** Where the attacker's own packets seem to come from: a third party that asked for nothing. */
export const VICTIM: Endpoint = { address: "203.0.113.66", port: 6_666 };

const MAX_DELAY_MS = 2_000;
const MAX_RECORDED = 2_000;
const ID_END = 9;
const FIRST_SEALED = 20;

/** The attacker of a world. */
export class Attacker {
  /** Every packet that was seen, attacks not included. */
  readonly seen: Packet[] = [];
  /** Bytes that were sent in the victim's name, and bytes that the victim got. */
  spoofedBytes = 0;
  victimBytes = 0;
  /** How often something is done with a packet. */
  readonly rate: number;
  readonly #world: World;
  readonly #prng: Prng;
  readonly #attacks: readonly Attack[];
  readonly #deliver: (packet: Packet) => void;

  /** Begins at once. @param attacks of which one is chosen for each packet */
  constructor(world: World, attacks: readonly Attack[], rate = 0.5) {
    this.rate = rate;
    this.#world = world;
    this.#prng = world.prng.fork();
    this.#attacks = attacks;
    this.#deliver = world.internet.send.bind(world.internet);
    world.internet.send = (packet) => this.#see(packet);
    world.internet.attach(VICTIM.address, ({ bytes }) => void (this.victimBytes += bytes.length));
  }

  #see(packet: Packet): void {
    const isServers = [packet.source, packet.destination]
      .some(({ address }) => this.#world.server.addresses.includes(address));
    if (isServers) return this.#deliver(packet);
    if (this.seen.length < MAX_RECORDED) this.seen.push(packet);
    const attack = this.#prng.chance(this.rate) ? this.#prng.pick(this.#attacks) : undefined;
    if (attack === "delay") return this.#later(packet);
    this.#deliver(packet);
    if (attack !== undefined) this.#attack(attack, packet);
  }

  #attack(attack: Exclude<Attack, "delay">, packet: Packet): void {
    const { source, destination, bytes } = packet;
    switch (attack) {
      case "repeat":
        return this.#later(packet);
      case "reflect":
        return this.#later({ source: destination, destination: source, bytes });
      case "change":
        return this.#later({ ...packet, bytes: this.#changed(bytes) });
      case "mix":
        return this.#later({ ...packet, bytes: this.#prng.pick(this.seen).bytes });
      case "spoof":
        this.spoofedBytes += bytes.length;
        return this.#later({ ...packet, source: VICTIM });
      case "guess":
        return this.#later({ ...packet, bytes: this.#guess(bytes) });
      case "hint":
        return this.#later({ ...packet, bytes: Uint8Array.of(4, ...bytes.subarray(1, ID_END)) });
    }
  }

  #later(packet: Packet): void {
    const delayMs = this.#prng.between(0, MAX_DELAY_MS);
    this.#world.clock.schedule(delayMs, () => this.#deliver(packet));
  }

  #changed(bytes: Uint8Array): Uint8Array {
    const changed = bytes.slice();
    const bit = this.#prng.integer(0, 8 * bytes.length - 1);
    changed[bit >> 3] ^= 1 << (bit & 7);
    return changed;
  }

  /** A sealed packet of that link, of any epoch and a counter far ahead. */
  #guess(bytes: Uint8Array): Uint8Array {
    const guess = Uint8Array.from({ length: 60 }, () => this.#prng.integer(0, 255));
    guess.set(bytes.subarray(0, ID_END));
    guess[0] = FIRST_SEALED + this.#prng.integer(0, 19);
    return guess;
  }
}
