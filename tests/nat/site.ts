/**
 * The places of the lab where a peer can be: a host and what stands between it and the internet.
 *
 * @module
 */

import type { Uplink } from "./internet.ts";
import type { Lab } from "./lab.ts";
import type { Namespace } from "./namespace.ts";
import { NatRouter, startIpv6Site } from "./router.ts";
import { HOME_ROUTER, type RouterBehaviour } from "./router_rules.ts";

/** Every kind of place, by what its NAT does. */
export const KINDS = [
  /** On the internet itself, by IPv4 and IPv6. */
  "public",
  /** Endpoint-independent mapping and filtering ("full cone"). */
  "eim-eif",
  /** Endpoint-independent mapping, address-dependent filtering ("restricted cone"). */
  "eim-adf",
  /** Endpoint-independent mapping, address-and-port-dependent filtering ("port-restricted"). */
  "eim-apdf",
  /** A home router behind a carrier's NAT, both `eim-apdf`. */
  "cgnat",
  /** As `eim-apdf`, but the router takes uninvited datagrams for its own. */
  "accepting",
  /** Address-and-port-dependent mapping and filtering. */
  "symmetric",
  /** Nothing but TCP goes out. */
  "udp-blocked",
  /** IPv6 alone, behind a firewall that lets in what was invited. */
  "ipv6",
] as const;

/** One of {@linkcode KINDS}. */
export type Kind = typeof KINDS[number];

/** Kinds with one NAT, by what its router does. */
export const BEHAVIOURS: Readonly<
  Record<Exclude<Kind, "public" | "cgnat" | "ipv6">, Partial<RouterBehaviour>>
> = {
  "eim-eif": { translation: "eim-eif" },
  "eim-adf": { translation: "eim-adf" },
  "eim-apdf": { translation: "eim-apdf" },
  "symmetric": { translation: "apdm-apdf" },
  "accepting": { uninvited: "accept" },
  "udp-blocked": { udp: "block" },
};

/** A host in its place. */
export interface Site {
  readonly host: Namespace;
  /** The host's own address on its one interface. */
  readonly address: string;
  /** The address under which the internet sees the host. */
  readonly outside: string;
  /** Its public IPv6 address, where it has one besides. */
  readonly outsideIpv6?: string;
  /** The router in front of it, unless there is none, or none that translates. */
  readonly router?: NatRouter;
}

/** Choices for {@linkcode buildSites}. */
export interface SiteOptions {
  /** How many hosts share the outermost router; those of a carrier have a home each. */
  readonly hosts?: number;
  /** What the outermost router does otherwise than usual for its kind. */
  readonly change?: Partial<RouterBehaviour>;
}

/** Builds one place. `label` tells its namespaces from those of others in the lab. */
export async function buildSite(
  lab: Lab,
  kind: Kind,
  label: string,
  change: Partial<RouterBehaviour> = {},
): Promise<Site> {
  return (await buildSites(lab, kind, label, { hosts: 1, change }))[0];
}

/**
 * Builds places behind one and the same router, except that `public` ones have none.
 *
 * @throws {Error} when a place that has room for one host is asked for more
 */
export async function buildSites(
  lab: Lab,
  kind: Kind,
  label: string,
  { hosts: count = 2, change = {} }: SiteOptions = {},
): Promise<Site[]> {
  const hosts: Namespace[] = [];
  for (let i = 1; i <= count; i++) hosts.push(await lab.namespace(`${label}-host${i}`));
  if (kind === "public") return await Promise.all(hosts.map((host) => publicSite(lab, host)));
  if (kind === "ipv6") return [await ipv6Site(lab, label, hosts)];
  if (kind === "cgnat") return await carrierSites(lab, label, hosts, change);
  const behaviour = { ...HOME_ROUTER, ...BEHAVIOURS[kind], ...change };
  const router = await startRouter(lab, label, lab.internet, behaviour);
  return await Promise.all(hosts.map((host) => insideSite(router, host, router.outside)));
}

async function publicSite(lab: Lab, host: Namespace): Promise<Site> {
  const { ipv4, ipv6 } = await lab.internet.connect(host);
  return { host, address: ipv4, outside: ipv4, outsideIpv6: ipv6 };
}

async function ipv6Site(lab: Lab, label: string, hosts: readonly Namespace[]): Promise<Site> {
  if (hosts.length !== 1) {
    throw new Error(`Cannot build IPv6 site ${label}: expected 1 host, received ${hosts.length}`);
  }
  const router = await lab.namespace(`${label}-router`);
  const address = await startIpv6Site(router, hosts[0], lab.internet);
  return { host: hosts[0], address, outside: address };
}

async function carrierSites(
  lab: Lab,
  label: string,
  hosts: readonly Namespace[],
  change: Partial<RouterBehaviour>,
): Promise<Site[]> {
  const behaviour = { ...HOME_ROUTER, ...change };
  const carrier = await startRouter(lab, label, lab.internet, behaviour, "carrier");
  return await Promise.all(hosts.map(async (host, index) => {
    const home = await startRouter(lab, `${label}-home${index + 1}`, carrier, HOME_ROUTER);
    return await insideSite(home, host, carrier.outside);
  }));
}

async function startRouter(
  lab: Lab,
  label: string,
  uplink: Uplink,
  behaviour: RouterBehaviour,
  place: "home" | "carrier" = "home",
): Promise<NatRouter> {
  const namespace = await lab.namespace(`${label}-router`);
  return await NatRouter.start(namespace, uplink, behaviour, place);
}

async function insideSite(router: NatRouter, host: Namespace, outside: string): Promise<Site> {
  const { ipv4 } = await router.connect(host);
  return { host, address: ipv4, outside, router };
}

/** Gives a host inside another address, as a router does that forgot the first one. */
export async function readdress({ host, address }: Site): Promise<void> {
  const network = address.slice(0, address.lastIndexOf("."));
  await host.ip(
    `addr del ${address}/24 dev wan`,
    `addr add ${network}.77/24 dev wan`,
    `route replace default via ${network}.1`,
  );
}
