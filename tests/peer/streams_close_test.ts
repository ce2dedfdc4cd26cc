/** What a close lets arrive, and for how long it waits. */

import { assert, assertEquals } from "@std/assert";
import { CLOSE_FLUSH_MS } from "../../src/peer/limits.ts";
import {
  codeOf,
  hashOf,
  incoming,
  pair,
  randomBytes,
  receiveAll,
  streamOf,
} from "./stream_scene.ts";

const LOSSY = { minDelayMs: 5, maxDelayMs: 40, loss: 0.03, duplication: 0.01 };

Deno.test("a close lets what was ended arrive, and ends the rest with an error on both sides", async () => {
  const made = await pair();
  const { world, toHost, toJoiner } = made;
  world.internet.faults = LOSSY;
  const [mine, theirs] = await streamOf(made);
  const bytes = randomBytes(60_000, 4);
  const ended = await world.until(toHost.openStream());
  const writer = ended.writable.getWriter();
  writer.write(bytes);
  const closing = writer.close();
  const closed = toHost.close();
  const arrived = await incoming(world, toJoiner);
  const reads = [mine, theirs].map(({ readable }) => codeOf(readable.getReader().read()));
  await world.until(Promise.all([closing, closed]));
  assertEquals(await world.until(toJoiner.ended), "closed_by_remote");
  assertEquals(await Promise.all(reads), ["stream_lost", "stream_lost"]);
  assertEquals(await codeOf(theirs.writable.getWriter().write(bytes)), "stream_lost");
  // What has arrived is read after the end.
  assertEquals(await receiveAll(arrived), hashOf(bytes));
  assertEquals(await codeOf(toHost.openStream()), "stream_lost");
  assertEquals((await toJoiner.incomingStreams.next()).done, true);
});

Deno.test("a close waits for what is written behind the window, and then for its end", async () => {
  const { world, toHost, toJoiner } = await pair();
  const stream = await world.until(toHost.openStream());
  const writer = stream.writable.getWriter();
  const bytes = randomBytes(3_000_000, 5);
  writer.write(bytes);
  writer.close();
  const closed = toHost.close();
  const [hash] = await world.until(
    Promise.all([receiveAll(await incoming(world, toJoiner)), closed]),
  );
  assertEquals(hash, hashOf(bytes));
});

Deno.test("what was written and ended in the step before the close arrives", async () => {
  const { world, toHost, toJoiner } = await pair();
  const stream = await world.until(toHost.openStream());
  await world.run(1_000);
  const writer = stream.writable.getWriter();
  writer.write(Uint8Array.of(1));
  writer.close();
  toHost.close();
  const { readable } = await incoming(world, toJoiner);
  assertEquals(await world.until(Array.fromAsync(readable)), [Uint8Array.of(1)]);
});

Deno.test("a close does not wait longer than it says for a remote peer that takes nothing", async () => {
  const made = await pair();
  const { world, toHost } = made;
  const [mine] = await streamOf(made);
  const writer = mine.writable.getWriter();
  writer.write(new Uint8Array(50_000_000)).catch(() => {});
  const closing = codeOf(writer.close());
  await world.run(5_000);
  const startMs = world.clock.nowMs();
  await world.until(toHost.close());
  const tookMs = world.clock.nowMs() - startMs;
  assert(tookMs < CLOSE_FLUSH_MS + 500, `${tookMs} ms`);
  assertEquals(await closing, "stream_lost");
});

Deno.test("a close does not wait for a remote peer that answers nothing", async () => {
  const made = await pair();
  const { world, toHost, hostMachine } = made;
  const [mine] = await streamOf(made);
  const writer = mine.writable.getWriter();
  writer.write(Uint8Array.of(2));
  const closing = codeOf(writer.close());
  world.internet.cut(hostMachine.address);
  const startMs = world.clock.nowMs();
  await world.until(toHost.close());
  const tookMs = world.clock.nowMs() - startMs;
  assert(tookMs < CLOSE_FLUSH_MS - 2_000, `${tookMs} ms`);
  assertEquals(await closing, "stream_lost");
});
