/**
 * Who lives where on the loopback: all of 127.0.0.0/8 can be a source address on Linux.
 *
 * @module
 */

import type { Address } from "../../src/address.ts";

/** Honest hosts, clients, and the two peers of a pair: each in a network of its own. */
export type HonestKind = "host" | "client" | "first" | "second";

const HONEST_FIRST_BYTE: Readonly<Record<HonestKind, number>> = {
  host: 30,
  client: 40,
  first: 10,
  second: 20,
};
/** Networks of one kind of honest peers. */
const HONEST_NETWORKS = 200;
const ATTACKERS_FIRST_BYTE = 64;
/** What random sources begin with, so that none is an honest peer's: 8 million addresses. */
const RANDOM_BYTES = { first: 128, count: 120 };

/** PeerPort of every honest host. */
export const HOST_PEER_PORT = 5;

/** The address of the `i`th honest peer of a kind. */
export function honestAddress(kind: HonestKind, i: number): Address {
  return `127.${HONEST_FIRST_BYTE[kind]}.${i % HONEST_NETWORKS}.1`;
}

/** The `host`th address of the `network`th network of the attackers. */
export function attackerAddress(network: number, host = 1): Address {
  return `127.${ATTACKERS_FIRST_BYTE + (network >> 8)}.${network & 255}.${host}`;
}

/** Whether an attacker lives there. */
export function isAttackers(address: Address): boolean {
  return Number(address.split(".")[1]) >= ATTACKERS_FIRST_BYTE;
}

/** A source that a datagram may claim, another one each time. */
export function randomAddress(): Address {
  const random = crypto.getRandomValues(new Uint8Array(3));
  const second = RANDOM_BYTES.first + random[0] % RANDOM_BYTES.count;
  return `127.${second}.${random[1]}.${1 + random[2] % 254}`;
}
