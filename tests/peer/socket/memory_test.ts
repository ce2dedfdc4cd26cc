/** Tests of what the remote peers of one socket can make it hold. */

import { assert, assertEquals } from "@std/assert";
import { MAX_DATAGRAM_BYTES, MAX_QUEUED_DATAGRAM_BYTES } from "../../../src/peer/limits.ts";
import { MAX_HELD_BYTES } from "../../../src/peer/stream/limits.ts";
import { MemoryPool } from "../../../src/peer/stream/memory_pool.ts";
import { World } from "../../simulated/peer_platform.ts";
import { joinHost, publicPeer } from "./introductions.ts";

/** Pools of which something was shared out. */
function watchPools() {
  const pools = new Set<MemoryPool>();
  const { share } = MemoryPool.prototype;
  MemoryPool.prototype.share = function () {
    pools.add(this);
    return share.call(this);
  };
  return { pools, [Symbol.dispose]: () => void (MemoryPool.prototype.share = share) };
}

/** So many joiners at one host; nobody reads what they send. */
async function crowd(world: World, joiners: number) {
  world.internet.faults = { minDelayMs: 1, maxDelayMs: 1, loss: 0, duplication: 0 };
  const host = publicPeer(world, "192.0.2.1");
  const meet = (i: number) => joinHost(host, publicPeer(world, `192.1.0.${i}`));
  const pairs = await Promise.all(Array.from({ length: joiners }, (_, i) => meet(i)));
  return { toJoiners: pairs.map(([each]) => each!), toHost: pairs.map(([, each]) => each) };
}

Deno.test("datagrams that nobody reads are bounded by their bytes, and the newest stay", async () => {
  const world = new World();
  const { toJoiners: [here], toHost: [remote] } = await world.until(crowd(world, 1));
  for (let i = 0; i < 40; i++) {
    remote.send(new Uint8Array(MAX_DATAGRAM_BYTES).fill(i));
    await world.run(2);
  }
  const kept = Math.floor(MAX_QUEUED_DATAGRAM_BYTES / MAX_DATAGRAM_BYTES);
  assertEquals(here.droppedCount, 40 - kept);
  remote.close();
  const received = await world.until(Array.fromAsync(here));
  assertEquals(
    received.map(([first]) => first),
    Array.from({ length: kept }, (_, i) => 40 - kept + i),
  );
});

Deno.test("what a socket holds for all of its connections is of one pool, and is given back", async () => {
  using watched = watchPools();
  const world = new World();
  const { toJoiners, toHost } = await world.until(crowd(world, 20));
  for (const connection of toHost) {
    for (let i = 0; i < 4; i++) connection.send(new Uint8Array(50_000));
    for (let i = 0; i < 4; i++) {
      const { writable } = await world.until(connection.openStream());
      writable.getWriter().write(new Uint8Array(60_000)).catch(() => {});
    }
  }
  await world.run(2_000);
  const [most] = [...watched.pools].toSorted((a, b) => a.leftBytes - b.leftBytes);
  const held = MAX_HELD_BYTES - most.leftBytes;
  assert(held > 20 * 250_000 - 20 * 2 * 131_072, `${held} bytes`);
  assertEquals(watched.pools.size, 21);
  await world.until(Promise.all(toJoiners.slice(0, 10).map((each) => each.close())));
  await world.until(Promise.all(toHost.slice(10).map((each) => each.close())));
  assertEquals(
    [...watched.pools].map(({ leftBytes }) => leftBytes),
    Array(21).fill(MAX_HELD_BYTES),
  );
});
