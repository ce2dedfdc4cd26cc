/**
 * A second socket for the other networks that a machine is in: a VPN, another card.
 *
 * The registered socket is bound to the one address from which the server is reached. What is sent to
 * another address of the machine does not reach it, and what it sends there has an address that the
 * other network may know no way back to.
 *
 * @module
 */

import { type Address, type Endpoint, familyOf, isLoopback, isPrivate } from "../../address.ts";
import { MAX_LOCAL_CANDIDATES } from "../limits.ts";
import type { Network, UdpSocket } from "../platform/platform.ts";

/** A socket at all addresses of one family, and those by which others may reach it. */
export interface SideSocket {
  readonly udp: UdpSocket;
  readonly endpoints: readonly Endpoint[];
}

/**
 * Opens one.
 *
 * @param bound the address of the registered socket
 * @returns `undefined` where this machine is in no other network, or may not know
 */
export function openSideSocket(network: Network, bound: Address): SideSocket | undefined {
  const family = familyOf(bound);
  const others = (network.localAddresses?.() ?? [])
    .filter((address) => familyOf(address) === family && address !== bound && isReachable(address))
    .slice(0, MAX_LOCAL_CANDIDATES - 1);
  if (others.length === 0) return undefined;
  try {
    const udp = network.openUdp(family);
    return { udp, endpoints: others.map((address) => ({ address, port: udp.local.port })) };
  } catch {
    // It was to help; without it there is what there would be without other networks.
    return undefined;
  }
}

/** Link-local IPv6 addresses mean nothing to others: they need a zone, which is this machine's. */
function isReachable(address: Address): boolean {
  return isPrivate(address) && !isLoopback(address) && !/^fe[89ab]/.test(address);
}
