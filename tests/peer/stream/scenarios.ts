/**
 * Runs that break when a mechanism of the streams does: the checkers of the world throw, or what is
 * looked at here is not as it should be.
 *
 * @module
 */

import { outage, readerStops, share, transfer } from "./world/figures.ts";
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
    const { megabytesPerSecond, resentPart, needlessPart } = result;
    if (megabytesPerSecond < atLeast || resentPart > resent || needlessPart > 0.005) {
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
  const world = new World(seed, { loss: 0.3, megabits: 20 });
  const connection = new Connection(world, streamsClass);
  const flow = connection.start(2_000_000);
  for (let i = 0; i < 12; i++) {
    connection.setReading(flow, false);
    world.run(1_500);
    connection.setReading(flow, true);
    world.run(100);
  }
  world.runUntil("the end", () => connection.isDone, 20_000);
};

/** Paths and readers that stop for seconds. */
export const survivesPauses: Scenario = (seed, streamsClass) => {
  const { resumedAfterMs } = outage(3_000, seed, streamsClass);
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

/** A path that changes in the midst of a transfer, to a slower one and back. */
export const changesPath: Scenario = (seed, streamsClass) => {
  const world = new World(seed, {});
  const connection = new Connection(world, streamsClass);
  connection.start(10_000_000);
  for (const megabits of [5, 100]) {
    world.run(500);
    world.there.options = { ...world.there.options, megabits };
    for (const { streams } of [connection.sender, connection.receiver]) {
      streams.pathChanged(world.roundTripMs, world.clock.nowMs());
    }
  }
  world.runUntil("the end", () => connection.isDone, 3_000);
};
