/**
 * The public part of the lab: one router to which every public node has a line of its own. It
 * translates and filters nothing. Nodes get documentation addresses, which exist nowhere else
 * (RFC 5737, RFC 3849).
 *
 * @module
 */

import type { Namespace } from "./namespace.ts";

/** The addresses of a node on the public internet of the lab. */
export interface PublicAddresses {
  readonly ipv4: string;
  readonly ipv6: string;
  /** A prefix that is routed to the node, for hosts behind it: the 64 bits before `::`. */
  readonly ipv6Prefix: string;
}

/** A network one can be connected to by an interface named `wan`. */
export interface Uplink {
  /** Gives the namespace an interface `wan` with an address and a default route. */
  connect(namespace: Namespace): Promise<PublicAddresses | PrivateAddress>;
}

/** The address of a node inside a NAT. */
export interface PrivateAddress {
  readonly ipv4: string;
}

/** Which packets go through the relay: all, or those of {@linkcode Internet.relayTcpTo}. */
export type Relayed = "everything" | "chosen";

/** The gateway of every line; lines need no address of their own. */
const GATEWAY = "192.0.2.1";
/** Packets of slowed lines are routed by this table, whose only route leads to the relay. */
const RELAY_TABLE = 100;
/** What comes from the relay is routed as usual, before a rule could send it there again. */
const PRIORITY = { fromRelay: 1, toRelay: 2 };

/** No word of packets that are too large. */
const MUTE_RULES = `table inet mute {
  chain output {
    type filter hook output priority 0;
    icmp type destination-unreachable drop
    icmpv6 type packet-too-big drop
  }
}
`;

/** The lab's internet, in a namespace of its own. */
export class Internet implements Uplink {
  readonly #core: Namespace;
  readonly #relayDevice: string | undefined;
  readonly #relayed: Relayed;
  /** By the name of their namespace. */
  readonly #lines = new Map<string, { readonly line: string; readonly ipv4: string }>();
  #nodes = 0;

  /**
   * @param core the namespace that routes
   * @param relayDevice a TUN device with a relay behind it
   * @param relayed which packets go through the relay, once each
   */
  constructor(core: Namespace, relayDevice?: string, relayed: Relayed = "everything") {
    this.#core = core;
    this.#relayDevice = relayDevice;
    this.#relayed = relayed;
  }

  /** Turns routing on; to be called once, before the first node is connected. */
  async start(): Promise<void> {
    await this.#core.setKernel({ "ipv4/ip_forward": 1, "ipv6/conf/all/forwarding": 1 });
    if (this.#relayDevice === undefined) return;
    await this.#core.ip(
      `tuntap add dev ${this.#relayDevice} mode tun`,
      `link set ${this.#relayDevice} up`,
    );
    const routing = [
      `rule add iif ${this.#relayDevice} priority ${PRIORITY.fromRelay} table main`,
      `route add default dev ${this.#relayDevice} table ${RELAY_TABLE}`,
    ];
    await this.#core.ip(...routing);
    await this.#core.ip6(...routing);
  }

  /** Connects a node and returns its addresses. */
  async connect(namespace: Namespace): Promise<PublicAddresses> {
    const number = ++this.#nodes;
    const line = `line${number}`;
    const addresses = {
      ipv4: addressOf(number),
      ipv6: `2001:db8:0:${number.toString(16)}::1`,
      ipv6Prefix: `2001:db8:1:${number.toString(16)}`,
    };
    await this.#core.ip(
      `link add ${line} type veth peer name wan netns ${namespace.name}`,
      `addr add ${GATEWAY}/32 dev ${line}`,
      `addr add fe80::1/64 dev ${line} nodad`,
      `link set ${line} up`,
      `route add ${addresses.ipv4}/32 dev ${line}`,
      `route add ${addresses.ipv6}/128 via fe80::2 dev ${line}`,
      `route add ${addresses.ipv6Prefix}::/64 via fe80::2 dev ${line}`,
    );
    if (this.#relayDevice !== undefined && this.#relayed === "everything") {
      await this.#core.ip(`rule add iif ${line} priority ${PRIORITY.toRelay} table ${RELAY_TABLE}`);
      await this.#core.ip6(
        `rule add iif ${line} priority ${PRIORITY.toRelay} table ${RELAY_TABLE}`,
      );
    }
    await namespace.ip(
      `addr add ${addresses.ipv4}/32 dev wan`,
      `addr add ${addresses.ipv6}/128 dev wan nodad`,
      "addr add fe80::2/64 dev wan nodad",
      "link set wan up",
      `route add ${GATEWAY} dev wan`,
      `route add default via ${GATEWAY} dev wan src ${addresses.ipv4}`,
      `route add default via fe80::1 dev wan src ${addresses.ipv6}`,
    );
    this.#lines.set(namespace.name, { line, ipv4: addresses.ipv4 });
    return addresses;
  }

  /** Gives a node another IPv4 address in place of its own, as a provider does to a home. */
  async renumber(namespace: Namespace): Promise<string> {
    const node = this.#lines.get(namespace.name);
    if (node === undefined) throw new Error(`Cannot renumber ${namespace.name}: it is no node`);
    const { line, ipv4: old } = node;
    const ipv4 = addressOf(++this.#nodes);
    this.#lines.set(namespace.name, { line, ipv4 });
    await namespace.ip(
      `addr del ${old}/32 dev wan`,
      `addr add ${ipv4}/32 dev wan`,
      `route replace ${GATEWAY} dev wan`,
      `route replace default via ${GATEWAY} dev wan src ${ipv4}`,
    );
    await this.#core.ip(`route del ${old}/32 dev ${line}`, `route add ${ipv4}/32 dev ${line}`);
    return ipv4;
  }

  /**
   * Lets the line of the node `ipv4` carry no packets above `mtu`, and nobody hear of it: what would
   * say so by ICMP is dropped, as in many networks.
   */
  async narrow(ipv4: string, mtu: number): Promise<void> {
    const number = Number(ipv4.slice(ipv4.lastIndexOf(".") + 1));
    await this.#core.ip(`link set line${number} mtu ${mtu}`);
    await this.#core.nft(MUTE_RULES);
  }

  /** Sends TCP towards `address` through the relay: its host hears from servers late. */
  async relayTcpTo(address: string): Promise<void> {
    await this.#core.ip(
      `rule add to ${address} ipproto tcp priority ${PRIORITY.toRelay} table ${RELAY_TABLE}`,
    );
  }
}

function addressOf(number: number): string {
  return `203.0.113.${number}`;
}
