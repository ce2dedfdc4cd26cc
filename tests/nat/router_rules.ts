/**
 * What makes a Linux router behave as each kind of NAT that RFC 4787 names, as nftables rules.
 *
 * Linux' own `masquerade` keeps the inside port as the outside port unless two flows to the same
 * remote endpoint would then look alike. As long as inside ports differ, one inside socket has one
 * outside port towards everybody: endpoint-independent mapping. It admits only answers of flows it
 * knows: address-and-port-dependent filtering. The other kinds change one of the two.
 *
 * @module
 */

/**
 * Mapping and filtering of a NAT, RFC 4787 sections 4.1 and 5. Mapping is endpoint-independent
 * (`eim`) or address-and-port-dependent (`apdm`), filtering endpoint-independent (`eif`),
 * address-dependent (`adf`) or address-and-port-dependent (`apdf`).
 */
export type Translation = "eim-eif" | "eim-adf" | "eim-apdf" | "apdm-apdf";

/** How a router treats the hosts inside it. */
export interface RouterBehaviour {
  readonly translation: Translation;
  /** Whether inside hosts reach each other through their outside endpoints (RFC 4787, 6). */
  readonly hairpin: "hairpin" | "no-hairpin";
  /** What happens to an uninvited datagram that is addressed to the router itself. */
  readonly uninvited: "drop" | "accept";
  /** Whether datagrams of inside hosts go out. TCP always does. */
  readonly udp: "forward" | "block";
  /** Whether inside hosts reach each other without the router. */
  readonly inside: "shared" | "isolated";
  /** How long an idle mapping lives, in seconds. RFC 4787 REQ-5 demands 120. */
  readonly udpTimeoutSeconds: number;
}

/** A usual home router. */
export const HOME_ROUTER: RouterBehaviour = {
  translation: "eim-apdf",
  hairpin: "no-hairpin",
  uninvited: "drop",
  udp: "forward",
  inside: "shared",
  udpTimeoutSeconds: 120,
};

/** Where the rules apply: the router's outside address, and its inside network as a prefix. */
export interface RouterAddresses {
  readonly outside: string;
  readonly insidePrefix: string;
}

/**
 * The ruleset of a router whose interfaces are `wan` (outside) and `lan` (inside).
 *
 * @returns text for `nft -f`
 */
export function routerRules(behaviour: RouterBehaviour, addresses: RouterAddresses): string {
  return `table ip nat {
  ${mappingSets(behaviour)}
  chain forward {
    type filter hook forward priority 0; policy drop;
    ${behaviour.udp === "block" ? "meta l4proto udp drop" : ""}
    ${LEARN}
    ct state established,related accept
    ct status dnat accept
    iifname "lan" accept
  }
  chain input {
    type filter hook input priority 0; policy ${behaviour.uninvited};
  }
  chain prerouting {
    type nat hook prerouting priority -100;
    ${inviteRules(behaviour, addresses).join("\n    ")}
  }
  chain postrouting {
    type nat hook postrouting priority 100;
    ${outsideRules(behaviour, addresses).join("\n    ")}
  }
}
`;
}

/**
 * The ruleset of an IPv6 router that translates nothing and lets in only what was invited
 * (RFC 6092). Interfaces are `wan` and `lan`.
 */
export const IPV6_FIREWALL_RULES = `table ip6 firewall {
  chain forward {
    type filter hook forward priority 0; policy drop;
    ct state established,related accept
    iifname "lan" accept
  }
  chain input {
    type filter hook input priority 0; policy drop;
    meta l4proto ipv6-icmp accept
  }
}
`;

/**
 * Every datagram that leaves notes its inside host by outside port, and whom it was sent to.
 * The outside port is the inside port: see the module's comment.
 */
const LEARN = `iifname "lan" oifname "wan" meta l4proto udp update @mappings ` +
  `{ udp sport : ip saddr } update @contacted { ip daddr . udp sport }`;

/** Entries live as long as conntrack's, and likewise from the last datagram that left. */
function mappingSets({ udpTimeoutSeconds }: RouterBehaviour): string {
  const life = `flags dynamic,timeout
    timeout ${udpTimeoutSeconds}s
    size 65535`;
  return `map mappings {
    type inet_service : ipv4_addr
    ${life}
  }
  set contacted {
    type ipv4_addr . inet_service
    ${life}
  }`;
}

/**
 * Which datagrams from outside reach an inside host although they belong to no known flow.
 *
 * Filtering is what this lets through: anyone once a mapping exists (`eif`), any port of an
 * address that the same inside socket has sent to (`adf`), nobody (`apdf`). Hairpinning lets
 * inside hosts in by the same table of mappings.
 */
function inviteRules({ translation, hairpin }: RouterBehaviour, { outside }: RouterAddresses) {
  const admit = `meta l4proto udp dnat to udp dport map @mappings`;
  const rules: string[] = [];
  if (translation === "eim-eif") rules.push(`iifname "wan" ip daddr ${outside} ${admit}`);
  if (translation === "eim-adf") {
    rules.push(`iifname "wan" ip daddr ${outside} ip saddr . udp dport @contacted ${admit}`);
  }
  if (hairpin === "hairpin") rules.push(`iifname "lan" ip daddr ${outside} ${admit}`);
  return rules;
}

/**
 * How inside endpoints look outside. `fully-random` picks a port for each flow, that is for each
 * remote endpoint: address-and-port-dependent mapping. A hairpinned datagram comes from the
 * sender's outside endpoint (RFC 4787 REQ-9).
 */
function outsideRules(
  { translation, hairpin }: RouterBehaviour,
  { outside, insidePrefix }: RouterAddresses,
): string[] {
  const ports = translation === "apdm-apdf" ? "random,fully-random" : "";
  const rules = [`oifname "wan" masquerade ${ports}`];
  if (hairpin === "hairpin") {
    rules.push(`oifname "lan" ip saddr ${insidePrefix} ct status dnat snat to ${outside}`);
  }
  return rules;
}
