/**
 * The figures that streams have to reach, each as a run in virtual time.
 *
 * @module
 */

import type { BottleneckOptions } from "../../../simulated/bottleneck.ts";
import { CubicFlow } from "./cubic_flow.ts";
import type { StreamsClass } from "./stream_peer.ts";
import { Connection, World } from "./world.ts";

/** What a transfer came to. */
export interface TransferResult {
  /** Millions of bytes a second that were read. */
  readonly megabytesPerSecond: number;
  /** Bytes that were sent once more, as a part of all. */
  readonly resentPart: number;
  /** Bytes that were sent once more though they were not lost, as a part of all. */
  readonly needlessPart: number;
  /** Packets that came back for each that was sent. */
  readonly acksPerPacket: number;
}

/** A transfer over a path, and what it has to reach. */
export interface TransferFigure {
  readonly name: string;
  readonly path: Partial<BottleneckOptions>;
  readonly atLeast: number;
  readonly resentBelow?: number;
}

/** Bytes of each transfer. */
export const TRANSFER_BYTES = 20_000_000;

/** Over 100 Mbit/s and 50 ms, where nothing else is said. */
export const TRANSFERS: readonly TransferFigure[] = [
  { name: "clean", path: {}, atLeast: 7, resentBelow: 0.1 },
  { name: "1 % lost", path: { loss: 0.01 }, atLeast: 6.5 },
  { name: "5 % lost", path: { loss: 0.05 }, atLeast: 6 },
  { name: "10 % lost", path: { loss: 0.1 }, atLeast: 4.5 },
  { name: "20 % lost", path: { loss: 0.2 }, atLeast: 1 },
  { name: "reordered by 20 ms", path: { jitterMs: 20 }, atLeast: 5, resentBelow: 0.1 },
  { name: "a queue of 5 ms", path: { queueMs: 5 }, atLeast: 6.5, resentBelow: 0.1 },
  { name: "300 ms, 2 % lost", path: { delayMs: 150, loss: 0.02 }, atLeast: 1.4 },
];

const LIMIT_MS = 120_000;

/** Runs a transfer. @throws {BrokenRule} when a rule is broken, or it does not come to its end */
export function transfer(
  path: Partial<BottleneckOptions>,
  totalBytes: number,
  seed: number,
  streamsClass: StreamsClass,
): TransferResult {
  const world = new World(seed, path);
  const connection = new Connection(world, streamsClass);
  const startMs = world.clock.nowMs();
  const flow = connection.start(totalBytes);
  world.runUntil("the end", () => connection.isDone, LIMIT_MS);
  const { resentBytes, receivedPackets, sentPackets } = connection.counters;
  return {
    megabytesPerSecond: totalBytes / (flow.endedMs - startMs) / 1_000,
    resentPart: resentBytes / totalBytes,
    needlessPart: connection.needlessBytes / totalBytes,
    acksPerPacket: receivedPackets / sentPackets,
  };
}

/** What two that share 20 Mbit/s and 50 ms get, as parts of what both get. */
export interface Sharing {
  readonly first: number;
  readonly second: number;
}

const SHARED: Partial<BottleneckOptions> = { megabits: 20, jitterMs: 0.5 };
/** The second one comes so much later. */
const HEAD_START_MS = 3_000;
/** As if a transfer had no end. */
export const ENDLESS_BYTES = 2 ** 40;

/** Lets two flows share a path, and measures while both are there. */
export function share(
  kinds: readonly ["ours" | "cubic", "ours" | "cubic"],
  queueMs: number,
  seconds: number,
  seed: number,
  streamsClass: StreamsClass,
): Sharing {
  const world = new World(seed, { ...SHARED, queueMs });
  const first = begin(kinds[0], world, streamsClass);
  world.run(HEAD_START_MS);
  const second = begin(kinds[1], world, streamsClass);
  const before = [first(), second()];
  world.run(seconds * 1_000);
  const got = [first() - before[0], second() - before[1]];
  const sum = got[0] + got[1];
  return { first: got[0] / sum, second: got[1] / sum };
}

/** @returns how many bytes of it have arrived */
function begin(kind: "ours" | "cubic", world: World, streamsClass: StreamsClass): () => number {
  if (kind === "cubic") {
    const flow = new CubicFlow(world.clock, world.there, world.back);
    flow.start();
    return () => flow.deliveredBytes;
  }
  const connection = new Connection(world, streamsClass);
  connection.start(ENDLESS_BYTES);
  return () => connection.readBytes;
}

/** What came of an outage, or of a reader that stopped. */
export interface PauseResult {
  /** How long after its end bytes were read again. */
  readonly resumedAfterMs: number;
  /** Bytes that were written and not read at its end. */
  readonly heldBytes: number;
  /** By how much that grew in its second half. */
  readonly grownBytes: number;
  /** Packets that were sent in its second half. */
  readonly sentPackets: number;
}

const BEFORE_MS = 700;

/** A path that carries nothing for a while, in the midst of a transfer. */
export function outage(durationMs: number, seed: number, streamsClass: StreamsClass): PauseResult {
  const world = new World(seed, {});
  const connection = new Connection(world, streamsClass);
  return pause(world, connection, durationMs, (isPaused) => {
    world.there.isCut = isPaused;
    world.back.isCut = isPaused;
  });
}

/** A reader that reads nothing for a while, in the midst of a transfer. */
export function readerStops(
  durationMs: number,
  seed: number,
  streamsClass: StreamsClass,
): PauseResult {
  const world = new World(seed, {});
  const connection = new Connection(world, streamsClass);
  return pause(world, connection, durationMs, (isPaused) => {
    for (const flow of connection.flows.values()) connection.setReading(flow, !isPaused);
  });
}

function pause(
  world: World,
  connection: Connection,
  durationMs: number,
  setPaused: (isPaused: boolean) => void,
): PauseResult {
  const flow = connection.start(TRANSFER_BYTES);
  world.run(BEFORE_MS);
  setPaused(true);
  world.run(durationMs / 2);
  const held = () => flow.writtenBytes - flow.readBytes;
  const sentBefore = connection.counters.sentPackets;
  const heldBefore = held();
  world.run(durationMs / 2);
  const heldBytes = held();
  const sentPackets = connection.counters.sentPackets - sentBefore;
  const readBefore = flow.readBytes;
  const endMs = world.clock.nowMs();
  setPaused(false);
  world.runUntil("more", () => flow.readBytes > readBefore, LIMIT_MS);
  const resumedAfterMs = world.clock.nowMs() - endMs;
  world.runUntil("the end", () => connection.isDone, LIMIT_MS);
  return { resumedAfterMs, heldBytes, grownBytes: heldBytes - heldBefore, sentPackets };
}
