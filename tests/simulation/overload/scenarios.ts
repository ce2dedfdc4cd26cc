/**
 * Overloads: who is honest, who attacks, and what docs/PROTOCOL.md claims of it.
 *
 * @module
 */

import type { Attack } from "./people.ts";
import type { Figures } from "./run_scenario.ts";

/** Hosts of one kind. */
export interface HostGroup {
  readonly name: string;
  /** One for each host. */
  readonly addresses: readonly string[];
  /** A host is started again about this often. */
  readonly lifeMs: number;
}

/** One overload. */
export interface Scenario {
  readonly name: string;
  readonly places: number;
  readonly hosts: readonly HostGroup[];
  /** Pairs of strangers, each peer of a network of its own, that come every second. */
  readonly pairsPerSecond: number;
  /** Peers that have waited for 100 s when it begins, each in a network of its own. */
  readonly patientPeers?: number;
  readonly attack?: Attack;
  /** What must hold. */
  readonly claim: (figures: Figures) => boolean;
}

/** Host `host` of the `n`th IPv4 /24 of `part`. */
export function ipv4(part: number, n: number, host: number): string {
  return `${part}.${n >> 8}.${n & 0xff}.${host}`;
}

function ipv6(n: number): string {
  return `2001:db8:${n.toString(16)}::1`;
}

function addresses(count: number, address: (i: number) => string): string[] {
  return Array.from({ length: count }, (_, i) => address(i));
}

const SECOND = 1000;
const STAYS = Infinity;
/** By then all hosts have come. */
const HOSTS_ARE_UP_MS = 8 * SECOND;

/** Of 2,400 hosts 2,000 find a place. */
function honest(name: string, address: (i: number) => string, claim: Scenario["claim"]): Scenario {
  const hosts = [{ name: "hosts", addresses: addresses(2_400, address), lifeMs: STAYS }];
  return { name: `2,400 hosts: ${name}`, places: 2_000, hosts, pairsPerSecond: 4, claim };
}

const HOMES = {
  name: "homes",
  addresses: addresses(400, (i) => ipv4(20, i, 1)),
  lifeMs: 120 * SECOND,
};
const SITE = { name: "site", addresses: addresses(80, (i) => ipv4(30, 0, 1 + i)), lifeMs: STAYS };
const CARRIER = { name: "carrier", addresses: addresses(60, () => ipv4(40, 0, 1)), lifeMs: STAYS };
const CUSTOMERS = { name: "customers", addresses: addresses(600, ipv6), lifeMs: 120 * SECOND };
const EVERYBODY = [HOMES, SITE, CARRIER];

/** 540 hosts at a server for 2,000, pairs that come and go, and an attacker. */
function attacked(name: string, attack: Attack, claim: Scenario["claim"]): Scenario {
  return { name, places: 2_000, hosts: EVERYBODY, pairsPerSecond: 4, attack, claim };
}

function fakeHosts(addresses: readonly string[], fromMs = 0): Attack {
  return { addresses, purpose: "Server", perSecond: 400, fromMs };
}

function ofNetworks(count: number): string[] {
  return addresses(count * 5, (i) => ipv4(60, i % count, 1 + Math.floor(i / count)));
}

/** Hosts that are started again once in 2 min are down for a hundredth of the time. */
const isUp = (figures: Figures, group: string) => figures.up[group] > 0.985;
const nobodyFeelsIt = (figures: Figures) =>
  Object.keys(figures.up).every((group) => isUp(figures, group)) && figures.pairsMet > 0.99 &&
  figures.settledThrownOut === 0;
const homesFeelNothing = (figures: Figures) => isUp(figures, "homes") && figures.pairsMet > 0.99;
const throwsOutNone = (figures: Figures) => figures.thrownOut === 0;
/** The newest host goes, again and again: hardly ever one that has been up for a while. */
const throwsOutTheNewest = (figures: Figures) =>
  figures.settledThrownOut <= 600 && figures.thrownOut <= 3_900;
const isFull = (figures: Figures) => figures.up["hosts"] > 0.82;

/** Honest crowds. */
const HONEST: readonly Scenario[] = [
  honest("an IPv4 /24 each", (i) => ipv4(20, i, 1), (f) => throwsOutNone(f) && isFull(f)),
  // Without pairs, whose peers are of other networks and displace the newest hosts of a large one.
  {
    ...honest("a /48 each of one IPv6 /32", ipv6, (f) => throwsOutNone(f) && isFull(f)),
    pairsPerSecond: 0,
  },
  honest(
    "one IPv4 /24",
    (i) => ipv4(20, 0, 1 + i % 250),
    (f) => throwsOutTheNewest(f) && isFull(f),
  ),
  honest(
    "24 single addresses",
    (i) => ipv4(20, i % 24, 1),
    (f) => throwsOutTheNewest(f) && isFull(f),
  ),
  honest(
    "one address",
    () => ipv4(20, 0, 1),
    (f) => throwsOutTheNewest(f) && isFull(f),
  ),
  {
    name: "3,000 hosts of one address, 2,500 at home, 10,000 places",
    places: 10_000,
    hosts: [
      { name: "homes", addresses: addresses(2_500, (i) => ipv4(20, i, 1)), lifeMs: STAYS },
      { name: "carrier", addresses: addresses(3_000, () => ipv4(40, 0, 1)), lifeMs: STAYS },
    ],
    pairsPerSecond: 4,
    claim: (figures) => nobodyFeelsIt(figures) && throwsOutNone(figures),
  },
];

/** Attackers with networks of their own. */
const DISTANT: readonly Scenario[] = [
  attacked("fake hosts of one address", fakeHosts([ipv4(60, 0, 1)]), nobodyFeelsIt),
  attacked("fake hosts of 4 networks", fakeHosts(ofNetworks(4)), nobodyFeelsIt),
  // 40 networks and the site come to equal shares, 36 each.
  attacked(
    "fake hosts of 40 networks",
    fakeHosts(ofNetworks(40)),
    (f) => homesFeelNothing(f) && f.up["site"] > 0.4,
  ),
  attacked("fake hosts of 400 networks", fakeHosts(ofNetworks(400)), homesFeelNothing),
  attacked(
    "idle connections of 40 networks",
    { addresses: ofNetworks(40), purpose: "idle", perSecond: 400 },
    homesFeelNothing,
  ),
  attacked(
    "fake hosts of 1,800 /48s of one IPv6 /32",
    fakeHosts(addresses(1_800, ipv6)),
    nobodyFeelsIt,
  ),
  {
    name: "fake hosts of 4 networks, 600 hosts in /48s of one IPv6 /32",
    places: 2_000,
    hosts: [...EVERYBODY, CUSTOMERS],
    pairsPerSecond: 4,
    attack: fakeHosts(ofNetworks(4)),
    claim: nobodyFeelsIt,
  },
  {
    name: "10,000 Peers of 4 addresses, 10,000 places",
    places: 10_000,
    hosts: EVERYBODY,
    pairsPerSecond: 4,
    attack: {
      addresses: addresses(4, (i) => ipv4(60, i, 1)),
      purpose: "Peer",
      perSecond: 40,
      alreadyHere: 10_000,
    },
    claim: nobodyFeelsIt,
  },
];

/** Attackers who sit beside their victims. */
const NEIGHBOURS: readonly Scenario[] = [
  attacked(
    "fake hosts of the site's own /24",
    fakeHosts(addresses(100, (i) => ipv4(30, 0, 150 + i))),
    nobodyFeelsIt,
  ),
  {
    name: "fake hosts of the site's own /24, one for each address, 600 places",
    places: 600,
    hosts: [HOMES, SITE],
    pairsPerSecond: 4,
    attack: fakeHosts(addresses(120, (i) => ipv4(30, 0, 130 + i)), HOSTS_ARE_UP_MS),
    claim: nobodyFeelsIt,
  },
  attacked(
    "fake hosts of the carrier's own address",
    fakeHosts([ipv4(40, 0, 1)], HOSTS_ARE_UP_MS),
    nobodyFeelsIt,
  ),
  // Whoever comes later than they is the newest host of his address, and goes.
  attacked(
    "fake hosts of the carrier's own address, there before the hosts",
    fakeHosts([ipv4(40, 0, 1)]),
    (f) => homesFeelNothing(f) && isUp(f, "site") && f.settledThrownOut === 0,
  ),
  attacked(
    "idle connections of the carrier's own address",
    { addresses: [ipv4(40, 0, 1)], purpose: "idle", perSecond: 400 },
    nobodyFeelsIt,
  ),
  {
    name: "idle connections of one /24; 400 Peers that have waited for 100 s",
    places: 2_000,
    hosts: [HOMES],
    pairsPerSecond: 4,
    patientPeers: 400,
    attack: { addresses: ofNetworks(1), purpose: "idle", perSecond: 2_000 },
    claim: (figures) => nobodyFeelsIt(figures) && figures.patientThrownOut === 0,
  },
];

/** All of them. */
export const SCENARIOS: readonly Scenario[] = [...HONEST, ...DISTANT, ...NEIGHBOURS];
