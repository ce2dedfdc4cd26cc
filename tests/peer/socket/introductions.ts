/**
 * Sockets of peers that are introduced by hand, as a server would.
 *
 * @module
 */

import type { Endpoint } from "../../../src/address.ts";
import type { ConnectionEvent } from "../../../src/peer/events.ts";
import type { UdpSocket } from "../../../src/peer/platform/platform.ts";
import type { Connection } from "../../../src/peer/socket/connection.ts";
import { PeerSocket } from "../../../src/peer/socket/peer_socket.ts";
import { encodeRegistration } from "../../../src/protocol/encode.ts";
import type { Introduction } from "../../../src/protocol/message.ts";
import type { Machine, World } from "../../simulated/peer_platform.ts";

/** A socket, and where the server sees it. */
export interface Placed {
  readonly machine: Machine;
  readonly udp: UdpSocket;
  readonly socket: PeerSocket;
  readonly observed: Endpoint;
}

/** A socket on the public internet. */
export function publicPeer(world: World, address: string): Placed {
  const machine = world.publicMachine(address);
  const observed = { address, port: 0 };
  return onPublicMachine(machine, observed);
}

/** A socket on a machine of the public internet, which may have had one before. */
export function onPublicMachine(machine: Machine, at: Endpoint): Placed {
  const udp = machine.openUdp(at);
  const observed = { address: at.address, port: udp.local.port };
  return { machine, udp, observed, socket: new PeerSocket(machine, udp, observed) };
}

/** A socket whose registrations the server has seen. */
export async function registeredPeer(world: World, machine: Machine): Promise<Placed> {
  const udp = machine.openUdp({ address: machine.address, port: 0 });
  const datagram = encodeRegistration({ peerPort: BigInt(udp.local.port), token: "x" });
  udp.send(datagram, world.server.endpoint);
  await world.run(200);
  const { source } = world.server.registrations.at(-1)!;
  const local = { address: machine.address, port: udp.local.port };
  return { machine, udp, observed: source, socket: new PeerSocket(machine, udp, local) };
}

/** Whether something happened to a connection itself, rather than to how well it goes. */
export function isTurn({ kind }: ConnectionEvent): boolean {
  return kind !== "path" && kind !== "round_trip" && kind !== "max_datagram";
}

let lastPairKey = 0;

/** Introduces two peers to each other: what each of them is told. */
export function introduce(a: Endpoint, b: Endpoint): [Introduction, Introduction] {
  const pairKey = (++lastPairKey).toString(16).padStart(32, "0");
  const extension = { pairKey, destAgeMs: 0 };
  return [{ source: a, dest: b, extension }, { source: b, dest: a, extension }];
}

/** Lets a joiner meet a host: what each of them has of the other. */
export function joinHost(
  host: Placed,
  joiner: Placed,
): Promise<[Connection | undefined, Connection]> {
  const [forHost, forJoiner] = introduce(host.observed, joiner.observed);
  return Promise.all([
    host.socket.accept(forHost, "joiner", { mode: "Server" }),
    joiner.socket.connect(forJoiner, "host", { mode: "Client" }),
  ]);
}
