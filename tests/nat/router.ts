/**
 * Routers between the lab's internet and hosts inside: NATs for IPv4, a firewall for IPv6.
 *
 * @module
 */

import type { PrivateAddress, PublicAddresses, Uplink } from "./internet.ts";
import type { Namespace } from "./namespace.ts";
import { IPV6_FIREWALL_RULES, type RouterBehaviour, routerRules } from "./router_rules.ts";

/** Every home has the same network inside, as real homes do. */
const HOME_NETWORK = "192.168.1";
/** Between subscribers and a carrier's NAT: RFC 6598. */
const CARRIER_NETWORK = "100.64.0";

/** A router that translates IPv4 addresses. Other routers can stand behind it. */
export class NatRouter implements Uplink {
  /** Its address on the uplink. */
  readonly outside: string;
  /** Where it runs. */
  readonly namespace: Namespace;
  readonly #network: string;
  readonly #inside: RouterBehaviour["inside"];
  #hosts = 0;

  private constructor(
    namespace: Namespace,
    outside: string,
    network: string,
    inside: RouterBehaviour["inside"],
  ) {
    this.namespace = namespace;
    this.outside = outside;
    this.#network = network;
    this.#inside = inside;
  }

  /** Makes a namespace a router for a home or a carrier, connected to `uplink`. */
  static async start(
    namespace: Namespace,
    uplink: Uplink,
    behaviour: RouterBehaviour,
    place: "home" | "carrier" = "home",
  ): Promise<NatRouter> {
    const { ipv4 } = await uplink.connect(namespace);
    const network = place === "home" ? HOME_NETWORK : CARRIER_NETWORK;
    // The timeouts are there only once a rule uses connection tracking.
    await namespace.nft(
      routerRules(behaviour, { outside: ipv4, insidePrefix: `${network}.0/24` }),
    );
    await namespace.setKernel({
      "ipv4/ip_forward": 1,
      "netfilter/nf_conntrack_udp_timeout": behaviour.udpTimeoutSeconds,
      "netfilter/nf_conntrack_udp_timeout_stream": behaviour.udpTimeoutSeconds,
    });
    // Else the packet filter also sees what neighbours send each other across the bridge, and a
    // hairpinned datagram skips the router's own forwarding.
    await namespace.setKernel({ "bridge/bridge-nf-call-iptables": 0 }, "skip");
    await namespace.ip(
      "link add lan type bridge",
      `addr add ${network}.1/24 dev lan`,
      "link set lan up",
    );
    return new NatRouter(namespace, ipv4, network, behaviour.inside);
  }

  /** From now on it passes nothing on; hosts inside still reach each other where they could. */
  async stopForwarding(): Promise<void> {
    await this.namespace.setKernel({ "ipv4/ip_forward": 0 });
  }

  /** Connects a host, or another router, to the inside. */
  async connect(namespace: Namespace): Promise<PrivateAddress> {
    const number = ++this.#hosts;
    const port = `inside${number}`;
    const ipv4 = `${this.#network}.${number + 1}`;
    const isolation = this.#inside === "isolated"
      ? [`link set dev ${port} type bridge_slave isolated on`]
      : [];
    await this.namespace.ip(
      `link add ${port} type veth peer name wan netns ${namespace.name}`,
      `link set ${port} master lan`,
      ...isolation,
      `link set ${port} up`,
    );
    await namespace.ip(
      `addr add ${ipv4}/24 dev wan`,
      "link set wan up",
      `route add default via ${this.#network}.1`,
    );
    return { ipv4 };
  }
}

/**
 * Makes a namespace an IPv6 router with a firewall, and connects one host to its inside.
 *
 * @returns the host's address, which is public but lets in only what was invited
 */
export async function startIpv6Site(
  router: Namespace,
  host: Namespace,
  internet: { connect(namespace: Namespace): Promise<PublicAddresses> },
): Promise<string> {
  const { ipv6Prefix } = await internet.connect(router);
  const address = `${ipv6Prefix}::2`;
  await router.nft(IPV6_FIREWALL_RULES);
  await router.setKernel({ "ipv6/conf/all/forwarding": 1 });
  await router.ip(
    `link add lan type veth peer name wan netns ${host.name}`,
    `addr add ${ipv6Prefix}::1/64 dev lan nodad`,
    "link set lan up",
  );
  await host.ip(
    `addr add ${address}/64 dev wan nodad`,
    "link set wan up",
    `route add default via ${ipv6Prefix}::1`,
  );
  return address;
}
