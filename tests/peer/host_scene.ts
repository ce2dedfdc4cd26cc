/**
 * A host in a simulated world.
 *
 * @module
 */

import { assertEquals } from "@std/assert";
import { type Host, host, join, type PeerEvent, type PeerOptions } from "../../src/peer/mod.ts";
import { type Machine, World } from "../simulated/peer_platform.ts";

/** The name of the server. */
export const SERVER = "server.test";

/** A host and everything around it. */
export interface Scene {
  readonly world: World;
  readonly machine: Machine;
  readonly hosting: Host;
  readonly events: PeerEvent[];
}

/** A host behind a NAT, known to the server. */
export async function hostScene(
  more: Partial<PeerOptions> = {},
  prepare: (world: World) => void = () => {},
  seed = 1,
): Promise<Scene> {
  const world = new World({ seed });
  prepare(world);
  const machine = world.machineBehind(world.nat(), "10.0.0.2");
  const events: PeerEvent[] = [];
  const onEvent = (event: PeerEvent) => void events.push(event);
  const hosting = await world.until(
    host({ server: SERVER, localPeerPort: 1, platform: machine, onEvent, ...more }),
  );
  await world.run(1_000);
  return { world, machine, hosting, events };
}

/** A client from the public internet joins, and is heard by the host. */
export async function assertReachable(
  { world, hosting }: Scene,
  address = "192.0.2.2",
): Promise<void> {
  const platform = world.publicMachine(address);
  const client = await world.until(
    join({ server: SERVER, localPeerPort: 2, remote: "198.51.100.1/1", platform }),
  );
  client.send(new TextEncoder().encode("hello"));
  const { value: connection } = await world.until(hosting[Symbol.asyncIterator]().next());
  const { value } = await world.until(connection![Symbol.asyncIterator]().next());
  assertEquals(new TextDecoder().decode(value), "hello");
  await world.until(client.close());
}
