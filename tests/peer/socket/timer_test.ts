/** Tests of the one timer of a socket: what is not due costs nothing, and thousands may be due. */

import { assert, assertEquals } from "@std/assert";
import { Carrier } from "../../../src/peer/socket/carrier.ts";
import { World } from "../../simulated/peer_platform.ts";
import { failureOf } from "../failures.ts";
import { introduce, joinHost, publicPeer } from "./introductions.ts";

/** Below the pause between two keep-alives. */
const BUSY_MS = 5_000;

/** Counts how often links are asked for their next deadline, and how often they do what is due. */
function countCalls() {
  const { expire } = Carrier.prototype;
  const deadline = Object.getOwnPropertyDescriptor(Carrier.prototype, "nextDeadlineMs")!;
  const calls = { deadlines: 0, expiries: 0 };
  Carrier.prototype.expire = function (nowMs) {
    calls.expiries++;
    return expire.call(this, nowMs);
  };
  Object.defineProperty(Carrier.prototype, "nextDeadlineMs", {
    ...deadline,
    get(this: Carrier) {
      calls.deadlines++;
      return deadline.get!.call(this);
    },
  });
  const restore = () => {
    Carrier.prototype.expire = expire;
    Object.defineProperty(Carrier.prototype, "nextDeadlineMs", deadline);
  };
  return { calls, [Symbol.dispose]: restore };
}

/** What a busy stream of a host costs beside so many connections on which nothing happens. */
async function costBeside(idle: number) {
  const world = new World();
  world.internet.faults = { minDelayMs: 5, maxDelayMs: 5, loss: 0, duplication: 0 };
  const host = publicPeer(world, "192.0.2.1");
  const meet = (i: number) => joinHost(host, publicPeer(world, `192.1.0.${i}`));
  await world.until(Promise.all(Array.from({ length: idle }, (_, i) => meet(i))));
  const [toJoiner, toHost] = await world.until(meet(idle));
  const stream = await world.until(toJoiner!.openStream());
  (async () => {
    for await (const { readable } of toHost.incomingStreams) await Array.fromAsync(readable);
  })();
  // The first seconds look for the best path, on all connections.
  await world.run(12_000);
  const writer = stream.writable.getWriter();
  using counted = countCalls();
  for (let spentMs = 0; spentMs < BUSY_MS; spentMs += 20) {
    writer.write(new Uint8Array(2_000));
    await world.run(20);
  }
  return counted.calls;
}

Deno.test("a busy stream costs as much beside many idle connections as alone", async () => {
  const alone = await costBeside(0);
  const crowded = await costBeside(100);
  assert(alone.expiries > 100, `${alone.expiries} expiries`);
  const more = crowded.deadlines - alone.deadlines;
  // An idle one may be due once or twice: for a keep-alive, or to look for larger packets.
  assert(more < 100 * 16, `${more} deadlines looked at beyond ${alone.deadlines}`);
});

Deno.test("thousands of introduced peers that say nothing are given up at once, in time", async () => {
  const world = new World();
  const host = publicPeer(world, "192.0.2.1");
  const startMs = world.clock.nowMs();
  const codes = Array.from({ length: 3_500 }, async (_, i) => {
    const [forHost] = introduce(host.observed, { address: "192.0.2.66", port: 1_000 + i });
    return (await failureOf(host.socket.accept(forHost, "nobody", { mode: "Server" }))).code;
  });
  assertEquals(new Set(await world.until(Promise.all(codes))), new Set(["punch_failed"]));
  const tookMs = world.clock.nowMs() - startMs;
  assert(tookMs >= 10_000 && tookMs < 10_100, `${tookMs} ms`);
});
