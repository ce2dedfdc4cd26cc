/**
 * Runs that break when a mechanism of the streams does: the checkers of the world throw, or what is
 * looked at here is not as it should be.
 *
 * @module
 */

import { CubicFlow } from "./world/cubic_flow.ts";
import { ENDLESS_BYTES, outage, readerStops, share, transfer } from "./world/figures.ts";
import type { StreamsClass } from "./world/stream_peer.ts";
import { BrokenRule } from "./world/watch.ts";
import { Connection, World } from "./world/world.ts";

/** A run of one thing; throws {@linkcode BrokenRule}. */
export type Scenario = (seed: number, streamsClass: StreamsClass) => void;

/** 20 MB over a path of each kind: fast enough, and nothing sent twice without cause. */
export const carriesBytes: Scenario = (seed, streamsClass) => {
  const paths = [
    { path: {}, atLeast: 7, resent: 0.05 },
    { path: { queueMs: 5 }, atLeast: 6.5, resent: 0.1 },
    { path: { loss: 0.2 }, atLeast: 3, resent: 0.3 },
    { path: { jitterMs: 20 }, atLeast: 5, resent: 0.05 },
  ];
  for (const { path, atLeast, resent } of paths) {
    const result = transfer(path, 20_000_000, seed, streamsClass);
    const { megabytesPerSecond, resentPart, needlessPart, acksPerPacket } = result;
    const isDear = resentPart > resent || needlessPart > 0.005 || acksPerPacket > 0.2;
    if (megabytesPerSecond < atLeast || isDear) {
      throw new BrokenRule(`${JSON.stringify(path)}: ${JSON.stringify(result)}`);
    }
  }
};

/** Many short streams over a bad path, so that the last packet of each is often lost. */
export const endsStreams: Scenario = (seed, streamsClass) => {
  const world = new World(seed, { loss: 0.2, megabits: 20 });
  const connection = new Connection(world, streamsClass);
  for (let i = 0; i < 40; i++) {
    connection.start(world.prng.integer(0, 3_000));
    world.runUntil("the end of a stream", () => connection.isDone, 5_000);
  }
};

/** Several long streams at once, one of which nobody reads. */
export const sharesStreams: Scenario = (seed, streamsClass) => {
  const world = new World(seed, { loss: 0.01 });
  const connection = new Connection(world, streamsClass);
  const flows = Array.from({ length: 5 }, () => connection.start(8_000_000));
  connection.setReading(flows[4], false);
  world.run(1_500);
  const read = flows.slice(0, 4).map(({ readBytes }) => readBytes);
  if (Math.min(...read) < Math.max(...read) / 4) throw new BrokenRule(`unfair: ${read}`);
  connection.setReading(flows[4], true);
  world.runUntil("the end of all", () => connection.isDone, 30_000);
};

/** Readers that stop and go on while packets are lost, so that what opens a window is lost as well. */
export const pausesReaders: Scenario = (seed, streamsClass) => {
  const world = new World(seed, { loss: 0.5, megabits: 20 });
  const connection = new Connection(world, streamsClass);
  const flow = connection.start(2_000_000);
  for (let i = 0; i < 12; i++) {
    connection.setReading(flow, false);
    world.run(1_500);
    connection.setReading(flow, true);
    world.run(100);
  }
  world.runUntil("the end", () => connection.isDone, 60_000);
};

/** Paths and readers that stop for seconds. */
export const survivesPauses: Scenario = (seed, streamsClass) => {
  const { resumedAfterMs } = outage(10_000, seed, streamsClass);
  if (resumedAfterMs > 1_100) throw new BrokenRule(`goes on ${resumedAfterMs} ms after an outage`);
  const { grownBytes, sentPackets } = readerStops(10_000, seed, streamsClass);
  if (grownBytes + sentPackets > 0) throw new BrokenRule("something grows while nobody reads");
};

/** Others on the same path. */
export const leavesRoom: Scenario = (seed, streamsClass) => {
  for (const kinds of [["ours", "cubic"], ["cubic", "ours"], ["ours", "ours"]] as const) {
    const { first, second } = share(kinds, 50, 20, seed, streamsClass);
    if (Math.min(first, second) < 0.25) throw new BrokenRule(`${kinds}: ${first}, ${second}`);
  }
};

/** A path that changes in the midst of a transfer, to a much slower one: nothing of it is known. */
export const changesPath: Scenario = (seed, streamsClass) => {
  const world = new World(seed, {});
  const connection = new Connection(world, streamsClass);
  connection.start(ENDLESS_BYTES);
  world.run(1_000);
  world.there.options = { ...world.there.options, megabits: 2 };
  const before = connection.counters.lostPackets;
  for (const { streams } of [connection.sender, connection.receiver]) {
    streams.pathChanged(world.roundTripMs, world.clock.nowMs());
  }
  connection.sender.pump();
  world.run(2_000);
  const lost = connection.counters.lostPackets - before;
  if (lost > 1_000) throw new BrokenRule(`${lost} packets were lost on a path that is new`);
};

/** The first packets of a short stream are lost: the others that arrive tell of it at once. */
export const repairsSoon: Scenario = (seed, streamsClass) => {
  const world = new World(seed, {});
  const connection = new Connection(world, streamsClass);
  world.there.isCut = true;
  connection.start(20_000);
  world.there.isCut = false;
  world.runUntil("the end", () => connection.isDone, 3 * world.roundTripMs);
};

/** A reader that is slower than the path: little of what it has not read is on this side. */
export const holdsBackForReaders: Scenario = (seed, streamsClass) => {
  const world = new World(seed, {});
  const connection = new Connection(world, streamsClass);
  const flow = connection.start(ENDLESS_BYTES);
  for (let i = 0; i < 300; i++) {
    flow.readAtMost = 16_384;
    connection.setReading(flow, true);
    world.run(10);
  }
  const unread = connection.counters.sentBytes - connection.readBytes;
  if (unread > 2_500_000) throw new BrokenRule(`${unread} bytes wait for a slow reader`);
};

/** A path that carries more than before, though it loses a fifth. */
export const findsMore: Scenario = (seed, streamsClass) => {
  for (const loss of [0, 0.2]) {
    const world = new World(seed, { megabits: 10, loss });
    const connection = new Connection(world, streamsClass);
    connection.start(ENDLESS_BYTES);
    world.run(2_000);
    for (const way of [world.there, world.back]) way.options = { ...way.options, megabits: 100 };
    world.run(4_000);
    const before = connection.readBytes;
    world.run(1_000);
    const rate = (connection.readBytes - before) / 1_000_000;
    if (rate < 5) throw new BrokenRule(`${rate} MB/s are found of a path that carries 10`);
  }
};

/** Company that leaves: what was left to it is taken again. */
export const takesRoomBack: Scenario = (seed, streamsClass) => {
  const world = new World(seed, { megabits: 20, jitterMs: 0.5 });
  const company = new CubicFlow(world.clock, world.there, world.back);
  company.start();
  const connection = new Connection(world, streamsClass);
  connection.start(ENDLESS_BYTES);
  world.run(15_000);
  company.stop();
  world.run(1_000);
  const before = connection.readBytes;
  world.run(2_000);
  const rate = (connection.readBytes - before) / 2_000_000;
  if (rate < 2.3) throw new BrokenRule(`${rate} MB/s of a path that carries 2.4 and is free`);
};
