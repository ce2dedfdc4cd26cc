/**
 * The platform made of the sockets of the runtime: Deno, Node.js or Bun. TCP and names are those of
 * Node.js, which all three have; UDP is that of Deno where there is one. Deno needs `--allow-net`
 * and `--unstable-net` for it.
 *
 * @module
 */

import { lookup } from "node:dns/promises";
import { type Endpoint, type Family, parseAddress } from "../../address.ts";
import { systemClock } from "../../clock.ts";
import { codeOf } from "../../sockets/error_codes.ts";
import { DenoUdpSocket } from "./deno_udp_socket.ts";
import { localAddresses } from "./local_addresses.ts";
import { connectTcp } from "./node_tcp_stream.ts";
import { NodeUdpSocket } from "./node_udp_socket.ts";
import type { Network, Platform, Secrets } from "./platform.ts";

const SystemUdpSocket = "Deno" in globalThis ? DenoUdpSocket : NodeUdpSocket;

const network: Network = {
  openUdp: (at) => new SystemUdpSocket(typeof at === "string" ? ANYWHERE[at] : at),

  hasAddress(address) {
    try {
      new SystemUdpSocket({ address, port: 0 }).close();
      return true;
    } catch (error) {
      return codeOf(error) !== "EADDRNOTAVAIL";
    }
  },

  localAddresses,

  connectTcp,

  // The system's resolver knows the hosts file and the order of preference; DNS alone does not.
  async resolve(name) {
    try {
      const found = await lookup(name, { all: true });
      const addresses = found.map(({ address }) => parseAddress(address));
      return [...new Set(addresses.filter((address) => address !== undefined))];
    } catch {
      return [];
    }
  },
};

const ANYWHERE: Readonly<Record<Family, Endpoint>> = {
  IPv4: { address: "0.0.0.0", port: 0 },
  IPv6: { address: "::", port: 0 },
};

const secrets: Secrets = {
  randomBytes: (length) => crypto.getRandomValues(new Uint8Array(length)),
};

/** The sockets of this runtime, this machine's clock, the system's randomness. */
export const systemPlatform: Platform = { network, clock: systemClock, secrets };
