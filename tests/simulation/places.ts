/**
 * Where machines stand: on the open internet, at home behind a NAT, behind a carrier's NAT, behind
 * both, or with IPv6.
 *
 * @module
 */

import type { Address } from "../../src/address.ts";
import { Machine, type MachineSurroundings } from "./machine.ts";
import { DEPENDENCES, Nat, type NatBehaviour } from "../simulated/nat.ts";
import type { Realm } from "../simulated/network.ts";
import type { Prng } from "../simulated/prng.ts";
import type { VirtualClock } from "../simulated/virtual_clock.ts";

/** How long NATs of these places remember. */
const MAPPING_TIMEOUTS_MS = [700, 5_000, 30_000, 120_000];

/** A network that machines can be put into. */
interface Place {
  readonly realm: Realm;
  newAddress(): Address;
  room: number;
}

/** Makes machines in places of all kinds. */
export class Places {
  /** NATs, and the outer addresses that each may move to. */
  readonly nats: { readonly nat: Nat; readonly outerAddresses: readonly Address[][] }[] = [];
  /** Every address on the public internet. */
  readonly publicAddresses: Address[] = [];
  readonly #internet: Realm;
  readonly #clock: VirtualClock;
  readonly #prng: Prng;
  readonly #machines: MachineSurroundings;
  readonly #networkCount: number;
  readonly #hostsOfNetwork = new Map<number, number>();
  #sites = 0;
  #place: Place;

  /** @param networkCount how many /24 and /48 networks there are */
  constructor(
    internet: Realm,
    clock: VirtualClock,
    prng: Prng,
    machines: MachineSurroundings,
    networkCount: number,
  ) {
    this.#internet = internet;
    this.#clock = clock;
    this.#prng = prng;
    this.#machines = machines;
    this.#networkCount = networkCount;
    this.#place = this.#newPlace();
  }

  /** A machine, often beside the one before. */
  newMachine(): Machine {
    if (this.#place.room === 0) this.#place = this.#newPlace();
    this.#place.room--;
    return new Machine(this.#place.realm, this.#place.newAddress(), this.#machines);
  }

  #newPlace(): Place {
    const kind = this.#prng.fraction();
    if (kind < 0.2) return this.#openPlace(() => this.#newIpv4());
    if (kind < 0.3) return this.#openPlace(() => this.#newIpv6());
    if (kind < 0.7) return this.#behindNat(this.#internet, () => [this.#newIpv4()]);
    const carrier = this.#behindNat(this.#internet, () => this.#carrierAddresses());
    if (kind < 0.85) return carrier;
    return this.#behindNat(carrier.realm, () => [carrier.newAddress()]);
  }

  #openPlace(newAddress: () => Address): Place {
    return { realm: this.#internet, newAddress, room: this.#prng.integer(1, 2) };
  }

  #behindNat(outside: Realm, newAddresses: () => Address[]): Place {
    const outerAddresses = Array.from({ length: 3 }, newAddresses);
    const nat = new Nat(
      outside,
      outerAddresses[0],
      drawNatBehaviour(this.#prng),
      this.#clock,
      this.#prng.fork(),
    );
    this.nats.push({ nat, outerAddresses });
    const site = ++this.#sites;
    let hosts = 0;
    const newAddress = () => `10.${site >> 8}.${site & 255}.${++hosts}`;
    return { realm: nat, newAddress, room: this.#prng.integer(1, 6) };
  }

  #carrierAddresses(): Address[] {
    return Array.from({ length: this.#prng.integer(1, 2) }, () => this.#newIpv4());
  }

  #newIpv4(): Address {
    const [network, host] = this.#newHost(250);
    return this.#noted(`20.${network >> 8}.${network & 255}.${host}`);
  }

  /** Two hosts of each /64. */
  #newIpv6(): Address {
    const [network, host] = this.#newHost(250);
    const subnet = (0x1000 + (host >> 1)).toString(16);
    return this.#noted(
      `2001:db8:${(0x100 + network).toString(16)}:${subnet}::${host.toString(16)}`,
    );
  }

  #newHost(hostsPerNetwork: number): [network: number, host: number] {
    let network = this.#prng.integer(1, this.#networkCount);
    while ((this.#hostsOfNetwork.get(network) ?? 0) >= hostsPerNetwork) network++;
    const host = (this.#hostsOfNetwork.get(network) ?? 0) + 1;
    this.#hostsOfNetwork.set(network, host);
    return [network, host];
  }

  #noted(address: Address): Address {
    this.publicAddresses.push(address);
    return address;
  }
}

function drawNatBehaviour(prng: Prng): NatBehaviour {
  return {
    mapping: prng.pick(DEPENDENCES),
    filtering: prng.pick(DEPENDENCES),
    mappingTimeoutMs: prng.pick(MAPPING_TIMEOUTS_MS),
    inboundRefresh: prng.pick(["refreshes", "does not refresh"]),
    ports: prng.pick(["preserved", "sequential", "random"]),
    hairpinning: prng.pick(["hairpins", "does not hairpin"]),
    pooling: prng.chance(0.3) ? "arbitrary" : "paired",
  };
}
