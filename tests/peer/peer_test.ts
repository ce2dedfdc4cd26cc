import { assert, assertEquals, assertRejects } from "@std/assert";
import { formatEndpoint } from "../../src/address.ts";
import {
  type Connection,
  host,
  join,
  newCode,
  openPeer,
  type Peer,
  type PeerEvent,
  type PeerOptions,
} from "../../src/peer/mod.ts";
import { type Machine, World } from "../simulated/peer_platform.ts";
import { untilMet } from "./code_scene.ts";
import { failureOf } from "./failures.ts";
import { SERVER } from "./host_scene.ts";

interface Scene {
  readonly world: World;
  readonly machine: Machine;
  readonly peer: Peer;
  readonly events: PeerEvent[];
}

/** A peer behind a NAT, at 198.51.100.1. */
async function scene(more: Partial<PeerOptions> = {}): Promise<Scene> {
  const world = new World();
  const machine = world.machineBehind(world.nat(), "10.0.0.2");
  const events: PeerEvent[] = [];
  const onEvent = (event: PeerEvent) => void events.push(event);
  const options = { server: SERVER, localPeerPort: 1, platform: machine, onEvent, ...more };
  return { world, machine, events, peer: await world.until(openPeer(options)) };
}

/** A host on the public internet. */
async function hostAt({ world }: Scene, address: string): Promise<string> {
  const platform = world.publicMachine(address);
  await world.until(host({ server: SERVER, localPeerPort: 1, platform }));
  await world.run(500);
  return `${address}/1`;
}

async function hears(world: World, from: Connection, to: Connection): Promise<void> {
  from.send(Uint8Array.of(7));
  const { value } = await world.until(to[Symbol.asyncIterator]().next());
  assertEquals(value, Uint8Array.of(7));
}

/** Where the server saw registrations since it had `since` of them. */
function sources({ world }: Scene, address: string, since = 0): Set<string> {
  const all = world.server.registrations.slice(since).map(({ source }) => source);
  return new Set(all.filter((source) => source.address === address).map(formatEndpoint));
}

Deno.test("a peer hosts, and joins several, over one socket and under one registration", async () => {
  const all = await scene();
  const { world, machine, peer } = all;
  const remotes = [await hostAt(all, "192.0.2.1"), await hostAt(all, "192.0.2.2")];
  const hosting = await world.until(peer.host());
  const joined = await world.until(Promise.all(remotes.map((remote) => peer.join({ remote }))));
  const client = await world.until(join({
    ...{ server: SERVER, remote: "198.51.100.1/1" },
    platform: world.publicMachine("192.0.2.3"),
  }));
  const { value } = await world.until(hosting[Symbol.asyncIterator]().next());
  await hears(world, client, value!);
  assertEquals(machine.sockets.size, 1);
  assertEquals(sources(all, "198.51.100.1").size, 1);
  const seen = new Set(joined.map(({ introduction: { source } }) => formatEndpoint(source)));
  assertEquals(seen, sources(all, "198.51.100.1"));

  await world.until(joined[0].close());
  await world.run(60_000);
  assertEquals(machine.sockets.size, 1);
  await hears(world, client, value!);
  await world.until(joined[1].close());
  await world.until(hosting.close());
  assertEquals(await world.until(client.ended), "closed_by_remote");
  await world.run(2_000);
  assertEquals([machine.sockets.size, peer.localPeerPort], [0, 1n]);
});

Deno.test("as long as the peer asks nobody it sends nothing, and its socket is gone with its last use", async () => {
  const all = await scene();
  const { world, machine, peer } = all;
  await world.run(1_000);
  assertEquals([machine.sockets.size, world.server.registrations.length], [0, 0]);
  const remote = await hostAt(all, "192.0.2.1");
  for (let i = 0; i < 3; i++) {
    const connection = await world.until(peer.join({ remote }));
    await world.until(connection.close());
    await world.run(1_000);
    assertEquals(machine.sockets.size, 0, "after a connection");
  }
  assertEquals(
    (await world.until(failureOf(peer.join({ remote: "192.0.2.9/1" })))).code,
    "host_not_found",
  );
  assertEquals(machine.sockets.size, 0, "after a failure");
  const before = world.server.registrations.length;
  await world.run(60_000);
  assertEquals(sources(all, "198.51.100.1", before).size, 0);
});

Deno.test("two peers that both host and join each other have one socket each", async () => {
  const all = await scene();
  const { world } = all;
  const platform = world.machineBehind(world.nat(), "10.0.0.3");
  const other = await world.until(openPeer({ server: SERVER, localPeerPort: 2, platform }));
  const hostings = await world.until(Promise.all([all.peer.host(), other.host()]));
  await world.run(500);
  const joined = await world.until(Promise.all([
    all.peer.join({ remote: "198.51.100.2/2" }),
    other.join({ remote: "198.51.100.1/1" }),
  ]));
  const taken = await world.until(
    Promise.all(hostings.map((hosting) => hosting[Symbol.asyncIterator]().next())),
  );
  await hears(world, joined[0], taken[1].value!);
  await hears(world, joined[1], taken[0].value!);
  assertEquals([all.machine.sockets.size, platform.sockets.size], [1, 1]);
  await world.until(Promise.all([all.peer.close(), other.close()]));
});

Deno.test("whatever a peer does goes on over one socket when its machine moves", async () => {
  const all = await scene();
  const { world, machine, peer, events } = all;
  const hosting = await world.until(peer.host());
  const remotes = [await hostAt(all, "192.0.2.1"), await hostAt(all, "192.0.2.2")];
  const joined = await world.until(Promise.all(remotes.map((remote) => peer.join({ remote }))));
  machine.moveTo("10.0.0.77");
  await world.run(60_000);
  const renewed = events.filter(({ kind }) => kind === "renewed");
  assertEquals(renewed.length, 2);
  assertEquals(joined.map(({ path }) => path.kind), ["public", "public"]);
  const before = world.server.registrations.length;
  await world.run(60_000);
  assertEquals(sources(all, "198.51.100.1", before).size, 1);
  assertEquals(machine.sockets.size, 1);
  assertEquals((await world.until(hosting.names())).length, 1);
  await world.until(peer.close());
  await world.run(2_000);
  assertEquals(machine.sockets.size, 0);
});

Deno.test("a closed peer has ended all that it did, with notice, and does nothing more", async () => {
  const all = await scene();
  const { world, machine, peer } = all;
  const hosting = await world.until(peer.host());
  const connection = await world.until(peer.join({ remote: await hostAt(all, "192.0.2.1") }));
  const waiting = assertRejects(() => peer.connect({ remote: "192.0.2.9/9" }), Error, "closed");
  await world.run(1_000);
  await world.until(peer.close());
  assertEquals(await world.until(connection.ended), "closed_here");
  assertEquals(await world.until(Array.fromAsync(hosting)), []);
  await world.until(waiting);
  await world.run(2_000);
  // Of the remote host.
  assertEquals([machine.sockets.size, world.server.sessionCount], [0, 1]);
  await assertRejects(() => peer.host(), Error, "the peer was closed on this side");
  await assertRejects(() => peer.join({ remote: "192.0.2.1/1" }), Error, "closed");
  await world.run(10_000);
  assert(machine.sockets.size === 0);
});

Deno.test("an aborted signal closes a peer, and one of a single task ends that alone", async () => {
  const controller = new AbortController();
  const all = await scene({ signal: controller.signal });
  const { world, machine, peer } = all;
  const one = new AbortController();
  const remote = await hostAt(all, "192.0.2.1");
  const first = await world.until(peer.join({ remote, signal: one.signal }));
  const second = await world.until(peer.join({ remote: await hostAt(all, "192.0.2.2") }));
  one.abort();
  assertEquals(await world.until(first.ended), "closed_here");
  await world.run(1_000);
  assertEquals(machine.sockets.size, 1);
  controller.abort();
  assertEquals(await world.until(second.ended), "closed_here");
  await world.run(1_000);
  assertEquals(machine.sockets.size, 0);
});

Deno.test("what a peer is told to be is checked before anything else", async () => {
  const platform = new World().publicMachine("192.0.2.1");
  await assertRejects(() => openPeer({ server: "", platform }), TypeError, "server");
  await assertRejects(() => openPeer({ server: SERVER, platform, token: "" }), TypeError, "token");
});

Deno.test("a peer is found by a code, and finds others by theirs, over one socket", async () => {
  const all = await scene();
  const { world, machine, peer } = all;
  const [code, other] = [newCode(), newCode()];
  const hosting = await untilMet(world, peer.host({ code }));
  const platform = world.publicMachine("192.0.2.1");
  await untilMet(world, host({ server: SERVER, code: other, platform }));
  await world.run(1_000);
  const joined = await untilMet(world, peer.join({ code: other }));
  const elsewhere = world.publicMachine("192.0.2.2");
  const client = await untilMet(world, join({ server: SERVER, code, platform: elsewhere }));
  const { value } = await world.until(hosting[Symbol.asyncIterator]().next());
  await hears(world, client, value!);
  assertEquals([machine.sockets.size, joined.path.endpoint.address], [1, "192.0.2.1"]);
  await world.until(peer.close());
  await world.run(2_000);
  assertEquals(machine.sockets.size, 0);
});
