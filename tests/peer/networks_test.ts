import { assert, assertEquals } from "@std/assert";
import { host, introduceClients, join, type PeerOptions } from "../../src/peer/mod.ts";
import { systemPlatform } from "../../src/peer/platform/node_platform.ts";
import { type Machine, World } from "../simulated/peer_platform.ts";
import { SERVER } from "./host_scene.ts";

/** Two machines behind NATs that no hole leads through, which share a network of their own. */
function scene() {
  const world = new World();
  const behaviour = { mapping: "address-and-port-dependent" } as const;
  const far = world.machineBehind(world.nat(behaviour), "192.168.1.2");
  const near = world.machineBehind(world.nat(behaviour), "192.168.1.3");
  return { world, far, near, shared: world.nat() };
}

const start = (platform: Machine, more: Partial<PeerOptions> = {}) =>
  host({ server: SERVER, localPeerPort: 1, platform, ...more });

/** The addresses that a request tells, whatever their ports. */
function told(world: World, kind: string): string[] {
  const text = world.server.requests.find((each) => each.includes(kind))!;
  const { LocalEndpoints: all = [] } = JSON.parse(text);
  return all.map((endpoint: string) => endpoint.slice(0, endpoint.lastIndexOf(":")));
}

Deno.test("peers that share only another network meet in it", async () => {
  const { world, far, near, shared } = scene();
  far.joinAlso(shared, "10.8.0.2");
  near.joinAlso(shared, "10.8.0.3");
  const hosting = await world.until(start(far));
  await world.run(1_000);
  const connection = await world.until(
    join({ server: SERVER, remote: "198.51.100.1/1", platform: near }),
  );
  const { value } = await world.until(hosting[Symbol.asyncIterator]().next());
  assertEquals(connection.path.kind, "local");
  assertEquals(connection.path.endpoint.address, "10.8.0.2");
  for (const [from, to] of [[connection, value!], [value!, connection]]) {
    from.send(Uint8Array.of(7));
    const { value } = await world.until(to[Symbol.asyncIterator]().next());
    assertEquals(value, Uint8Array.of(7));
  }
  await world.run(120_000);
  assertEquals(connection.path.endpoint.address, "10.8.0.2");
  assertEquals(told(world, '"Client"'), ["192.168.1.3", "10.8.0.3"]);
  assertEquals([far.sockets.size, near.sockets.size], [2, 2]);
  await world.until(connection.close());
  await world.until(hosting.close());
  await world.run(2_000);
  assertEquals([far.sockets.size, near.sockets.size], [0, 0]);
});

Deno.test("peers that share two networks meet in one of them, and stay there", async () => {
  const world = new World();
  const nat = world.nat();
  const [far, near] = [2, 3].map((i) => world.machineBehind(nat, `192.168.1.${i}`));
  const shared = world.nat();
  far.joinAlso(shared, "10.8.0.2");
  near.joinAlso(shared, "10.8.0.3");
  const hosting = await world.until(start(far, { localEndpoints: "on" }));
  await world.run(1_000);
  const connection = await world.until(join({ server: SERVER, remote: "/1", platform: near }));
  const first = connection.path;
  assertEquals(first.kind, "local");
  await world.run(60_000);
  connection.send(Uint8Array.of(7));
  const { value } = await world.until(hosting[Symbol.asyncIterator]().next());
  const { value: datagram } = await world.until(value![Symbol.asyncIterator]().next());
  assertEquals(datagram, Uint8Array.of(7));
  assertEquals(connection.path, first);
});

Deno.test("told are private addresses that mean something to others: eight, each once", async () => {
  const { world, near } = scene();
  near.localAddresses = () => [
    ...["127.0.0.1", "192.168.1.3", "fe80::1", "::1", "fd00::2", "203.0.113.9"],
    ...Array.from({ length: 9 }, (_, i) => `10.8.${i}.3`),
  ];
  join({ server: SERVER, remote: "198.51.100.1/1", platform: near }).catch(() => {});
  await world.run(1_000);
  const expected = Array.from({ length: 7 }, (_, i) => `10.8.${i}.3`);
  assertEquals(told(world, '"Client"'), ["192.168.1.3", ...expected]);
});

Deno.test("who is in one network, may not know, or hands the socket over, has one socket", async () => {
  for (const addresses of [undefined, () => [], () => ["192.168.1.3", "127.0.0.1"]]) {
    const { world, near } = scene();
    near.localAddresses = addresses as () => string[];
    const hosting = await world.until(start(near, { localEndpoints: "on" }));
    await world.run(1_000);
    assertEquals([near.sockets.size, hosting.localEndpoints.length], [1, 1]);
    assertEquals(told(world, '"Server"'), ["192.168.1.3"]);
  }
  const { world, near, shared } = scene();
  near.joinAlso(shared, "10.8.0.3");
  const clients = await world.until(introduceClients({
    ...{ server: SERVER, localPeerPort: 1, platform: near, localEndpoints: "on" },
  }));
  await world.run(1_000);
  assertEquals([near.sockets.size, told(world, '"Server"')], [1, ["192.168.1.3"]]);
  await world.until(clients.close());
});

Deno.test("a machine says its addresses where it may, and asks nobody", () => {
  const addresses = systemPlatform.network.localAddresses!();
  const { state } = Deno.permissions.querySync({ name: "sys", kind: "networkInterfaces" });
  assertEquals(addresses.includes("127.0.0.1"), state === "granted");
  assert(new Set(addresses).size === addresses.length);
});
