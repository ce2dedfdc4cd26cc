/**
 * Sockets of peers that are introduced by hand, as a server would.
 *
 * @module
 */

import type { Endpoint } from "../../../src/address.ts";
import { PeerSocket } from "../../../src/peer/socket/peer_socket.ts";
import type { Introduction } from "../../../src/protocol/message.ts";
import type { Machine, World } from "../../simulated/peer_platform.ts";

/** A socket, and where the server sees it. */
export interface Placed {
  readonly machine: Machine;
  readonly socket: PeerSocket;
  readonly observed: Endpoint;
}

/** A socket on the public internet. */
export function publicPeer(world: World, address: string): Placed {
  const machine = world.publicMachine(address);
  const socket = new PeerSocket(machine, "IPv4");
  return { machine, socket, observed: { address, port: socket.udp.local.port } };
}

/** A socket whose registrations the server has seen. */
export async function registeredPeer(world: World, machine: Machine): Promise<Placed> {
  const socket = new PeerSocket(machine, "IPv4");
  const peerPort = BigInt(socket.udp.local.port);
  socket.register({ peerPort, token: "x" }, world.server.endpoint, machine.address);
  await world.run(200);
  const { source } = world.server.registrations.at(-1)!;
  return { machine, socket, observed: source };
}

let lastPairKey = 0;

/** Introduces two peers to each other: what each of them is told. */
export function introduce(a: Endpoint, b: Endpoint): [Introduction, Introduction] {
  const pairKey = (++lastPairKey).toString(16).padStart(32, "0");
  const extension = { pairKey, destAgeMs: 0 };
  return [{ source: a, dest: b, extension }, { source: b, dest: a, extension }];
}
