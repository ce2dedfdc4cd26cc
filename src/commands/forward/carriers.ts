/**
 * What carries flows, for `-forward` and for `-listen`.
 *
 * @module
 */

import type { Endpoint } from "../../address.ts";
import type { Connection, Platform } from "../../peer/mod.ts";
import type { Say } from "../status.ts";
import type { FlowAddress } from "./flow_address.ts";
import type { ForwardingOptions } from "./forwarding.ts";
import { openListening } from "./listen.ts";
import { TcpForwarder } from "./tcp_forwarder.ts";
import { TcpListener } from "./tcp_listener.ts";
import { UdpForwarder } from "./udp_forwarder.ts";
import { UdpListener } from "./udp_listener.ts";

/** Carries flows over connections. */
export interface FlowCarrier {
  /** Carries one connection until it is over. */
  carry(connection: Connection): Promise<void>;
}

/** One for the clients of a service. */
export interface ListeningCarrier extends FlowCarrier {
  /** Where it listens. */
  readonly local: Endpoint;
  /** Stops listening. */
  close(): void;
}

/** What `-forward` asks for. */
export function forwardTo(
  { protocol, at: target }: FlowAddress,
  options: Omit<ForwardingOptions, "target">,
): FlowCarrier {
  const Forwarder = protocol === "tcp" ? TcpForwarder : UdpForwarder;
  return new Forwarder({ ...options, target });
}

/** What `-listen` asks for. @throws {Error} naming the flag and what to do, when it cannot be had */
export async function listenAt(
  address: FlowAddress,
  platform: Platform,
  say: Say,
): Promise<ListeningCarrier> {
  if (address.protocol === "tcp") return await TcpListener.open(platform, address, say);
  const { network } = platform;
  const socket = await openListening(network, address, (at) => network.openUdp(at));
  return new UdpListener(platform, socket, say);
}
