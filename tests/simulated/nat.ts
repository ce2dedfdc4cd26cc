/**
 * A NAT by the words of RFC 4787: how it maps, whom it lets in, how long it remembers, which ports
 * and addresses it uses, whether it hairpins. Its inside is a network like any other, so NATs can
 * stand behind NATs.
 *
 * @module
 */

import type { Address, Endpoint } from "../../src/address.ts";
import type { Clock } from "../../src/clock.ts";
import type { Packet, Realm, Transport } from "./network.ts";
import type { Prng } from "./prng.ts";

/** What a mapping or a filter looks at: nothing, the remote address, or address and port. */
export type Dependence =
  | "endpoint-independent"
  | "address-dependent"
  | "address-and-port-dependent";

/** Every {@linkcode Dependence}. */
export const DEPENDENCES: readonly Dependence[] = [
  "endpoint-independent",
  "address-dependent",
  "address-and-port-dependent",
];

/** How a NAT behaves. */
export interface NatBehaviour {
  readonly mapping: Dependence;
  readonly filtering: Dependence;
  /** A mapping that nothing used for this long is gone. */
  readonly mappingTimeoutMs: number;
  /** Whether packets from outside keep a mapping alive as well. */
  readonly inboundRefresh: "refreshes" | "does not refresh";
  readonly ports: "preserved" | "sequential" | "random";
  readonly hairpinning: "hairpins" | "does not hairpin";
  /** With several outer addresses: whether UDP and TCP of one host leave by the same. */
  readonly pooling: "paired" | "arbitrary";
}

interface Mapping {
  readonly inner: Endpoint;
  readonly outer: Endpoint;
  /** Where the inner host sent to: `address` or `address:port`, as the filter wants it. */
  readonly permitted: Set<string>;
  usedMs: number;
}

const LOCAL_DELAY_MS = 0.5;
const FIRST_PORT = 1024;
const PORTS = 65_536 - FIRST_PORT;

/** A NAT between an outer network and an inside of its own. */
export class Nat implements Realm {
  readonly behaviour: NatBehaviour;
  readonly #outside: Realm;
  readonly #clock: Clock;
  readonly #prng: Prng;
  readonly #inside = new Map<Address, (packet: Packet) => void>();
  /** By inner endpoint and as much of the remote endpoint as the mapping depends on. */
  readonly #byFlow = new Map<string, Mapping>();
  readonly #byOuter = new Map<string, Mapping>();
  #outerAddresses: readonly Address[];
  #nextPort: number;

  constructor(
    outside: Realm,
    outerAddresses: readonly Address[],
    behaviour: NatBehaviour,
    clock: Clock,
    prng: Prng,
  ) {
    this.#outside = outside;
    this.behaviour = behaviour;
    this.#clock = clock;
    this.#prng = prng;
    this.#outerAddresses = outerAddresses;
    this.#nextPort = prng.integer(0, PORTS - 1);
    for (const address of outerAddresses) outside.attach(address, (packet) => this.#enter(packet));
  }

  attach(address: Address, receive: (packet: Packet) => void): void {
    this.#inside.set(address, receive);
  }

  detach(address: Address): void {
    this.#inside.delete(address);
  }

  send(packet: Packet): void {
    if (this.#inside.has(packet.destination.address)) return this.#deliver(packet);
    const mapping = this.#mappingFor(packet.source, packet.destination);
    mapping.usedMs = this.#clock.nowMs();
    mapping.permitted.add(dependentPart(this.behaviour.filtering, packet.destination));
    const translated = { ...packet, source: mapping.outer };
    if (!this.#outerAddresses.includes(packet.destination.address)) {
      this.#outside.send(translated);
    } else if (this.behaviour.hairpinning === "hairpins") {
      this.#enter(translated);
    }
  }

  publicAddress(address: Address, transport: Transport): Address {
    return this.#outside.publicAddress(this.#outerAddress(address, transport), transport);
  }

  /** Forgets every mapping, and moves to other outer addresses when some are given. */
  restart(outerAddresses: readonly Address[] = this.#outerAddresses): void {
    this.#byFlow.clear();
    this.#byOuter.clear();
    for (const address of this.#outerAddresses) this.#outside.detach(address);
    this.#outerAddresses = outerAddresses;
    for (const address of outerAddresses) {
      this.#outside.attach(address, (packet) => this.#enter(packet));
    }
  }

  #enter(packet: Packet): void {
    const mapping = this.#byOuter.get(endpointKey(packet.destination));
    if (mapping === undefined || this.#isOver(mapping)) return;
    const { filtering, inboundRefresh } = this.behaviour;
    if (
      filtering !== "endpoint-independent" &&
      !mapping.permitted.has(dependentPart(filtering, packet.source))
    ) return;
    if (inboundRefresh === "refreshes") mapping.usedMs = this.#clock.nowMs();
    this.#deliver({ ...packet, destination: mapping.inner });
  }

  #deliver(packet: Packet): void {
    this.#clock.schedule(LOCAL_DELAY_MS, () => {
      this.#inside.get(packet.destination.address)?.(packet);
    });
  }

  #mappingFor(inner: Endpoint, remote: Endpoint): Mapping {
    const flow = `${endpointKey(inner)}>${dependentPart(this.behaviour.mapping, remote)}`;
    const known = this.#byFlow.get(flow);
    if (known !== undefined && !this.#isOver(known)) return known;
    if (known !== undefined) this.#forget(known);
    const mapping: Mapping = {
      inner,
      outer: this.#freeEndpoint(inner),
      permitted: new Set(),
      usedMs: this.#clock.nowMs(),
    };
    this.#byFlow.set(flow, mapping);
    this.#byOuter.set(endpointKey(mapping.outer), mapping);
    return mapping;
  }

  /** Another mapping may have taken the outer endpoint since. */
  #forget(mapping: Mapping): void {
    const key = endpointKey(mapping.outer);
    if (this.#byOuter.get(key) === mapping) this.#byOuter.delete(key);
  }

  #isOver(mapping: Mapping): boolean {
    return this.#clock.nowMs() - mapping.usedMs >= this.behaviour.mappingTimeoutMs;
  }

  #freeEndpoint(inner: Endpoint): Endpoint {
    const address = this.#outerAddress(inner.address, "udp");
    const preserved = { address, port: inner.port };
    if (this.behaviour.ports === "preserved" && this.#isFree(preserved)) return preserved;
    for (;;) {
      this.#nextPort = this.behaviour.ports === "sequential"
        ? (this.#nextPort + 1) % PORTS
        : this.#prng.integer(0, PORTS - 1);
      const candidate = { address, port: FIRST_PORT + this.#nextPort };
      if (this.#isFree(candidate)) return candidate;
    }
  }

  #isFree(outer: Endpoint): boolean {
    const mapping = this.#byOuter.get(endpointKey(outer));
    return mapping === undefined || this.#isOver(mapping);
  }

  /** One host keeps its outer address, which the last part of its inner address chooses. */
  #outerAddress(inner: Address, transport: Transport): Address {
    const host = Number(inner.slice(inner.lastIndexOf(".") + 1));
    const shift = this.behaviour.pooling === "arbitrary" && transport === "tcp" ? 1 : 0;
    return this.#outerAddresses[(host + shift) % this.#outerAddresses.length];
  }
}

function endpointKey({ address, port }: Endpoint): string {
  return `${address}:${port}`;
}

function dependentPart(dependence: Dependence, remote: Endpoint): string {
  switch (dependence) {
    case "endpoint-independent":
      return "";
    case "address-dependent":
      return remote.address;
    case "address-and-port-dependent":
      return endpointKey(remote);
  }
}
