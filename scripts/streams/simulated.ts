/**
 * The figures of the simulator as rows of a table, beside the kernel's TCP over the same path.
 *
 * @module
 */

import { Streams } from "../../src/peer/stream/streams.ts";
import {
  outage,
  readerStops,
  share,
  transfer,
  TRANSFER_BYTES,
  type TransferFigure,
  TRANSFERS,
} from "../../tests/peer/stream/world/figures.ts";
import { BROADBAND } from "../../tests/peer/stream/world/world.ts";
import { type Congestion, KernelPath } from "./kernel_path.ts";

/** Whether the kernel is measured as well, which takes root and minutes. */
export type Company = "alone" | "beside the kernel";

/** A row of the table, and what it takes to fill it. */
export interface SimulatedRow {
  readonly name: string;
  readonly cells: (company: Company) => Promise<readonly string[]>;
}

/** The heads of {@linkcode SIMULATED_ROWS}. */
export const SIMULATED_COLUMNS = [
  "in virtual time, 20 MB over 100 Mbit/s and 50 ms",
  "asked",
  "least of 3",
  "sent twice",
  "over sockets",
  "kernel CUBIC",
  "kernel BBR",
];

const SEEDS = [1, 2, 3];
const KERNEL_SECONDS = 8;
const DEADLINE_MS = 120_000;
const SHARED_PATH = { ...BROADBAND, megabits: 20 };
const HEAD_START_SECONDS = 3;
const SHARED_SECONDS = 40;
const SHARED_BYTES = 20_000_000;
const NOTHING = ["-", "-", "-"];

/** Every row. */
export const SIMULATED_ROWS: readonly SimulatedRow[] = [
  ...TRANSFERS.map((figure) => ({
    name: figure.name,
    cells: (company: Company) => transferCells(figure, company),
  })),
  {
    name: "an outage of 3 s: goes on after",
    cells: () => pauseCells("1100 ms", ({ resumedAfterMs }) => `${resumedAfterMs.toFixed(0)} ms`),
  },
  {
    name: "a reader stops for 10 s: grows by",
    cells: () => {
      const grown = SEEDS.map((seed) => readerStops(10_000, seed, Streams).grownBytes);
      return Promise.resolve(["0 bytes", `${Math.max(...grown)} bytes`, "-", ...NOTHING]);
    },
  },
  ...[["ours", "cubic"], ["cubic", "ours"]].map(([first, second]) => ({
    name: `20 Mbit/s, ${first} then ${second}: share of ours`,
    cells: async (company: Company) => {
      const shares = SEEDS.map((seed) => {
        const kinds = [first, second] as ["ours" | "cubic", "ours" | "cubic"];
        const parts = share(kinds, BROADBAND.queueMs, SHARED_SECONDS, seed, Streams);
        return first === "ours" ? parts.first : parts.second;
      });
      const isMeasured = company === "beside the kernel" && first === "cubic";
      const measured = isMeasured ? percent(await measuredShare()) : "-";
      return ["25 to 75 %", range(shares), "-", measured, "-", "-"];
    },
  })),
  {
    name: "20 Mbit/s, a second one of ours: share of the first",
    cells: () => {
      const shares = SEEDS.map((seed) =>
        share(["ours", "ours"], BROADBAND.queueMs, SHARED_SECONDS, seed, Streams).first
      );
      return Promise.resolve(["40 to 60 %", range(shares), "-", ...NOTHING]);
    },
  },
];

async function transferCells(figure: TransferFigure, company: Company): Promise<string[]> {
  const { path, atLeast } = figure;
  const results = SEEDS.map((seed) => transfer(path, TRANSFER_BYTES, seed, Streams));
  const least = Math.min(...results.map(({ megabytesPerSecond }) => megabytesPerSecond));
  const resent = Math.max(...results.map(({ resentPart }) => resentPart));
  const rest = company === "alone" ? NOTHING : await measuredCells({ ...BROADBAND, ...path });
  return [`${atLeast.toFixed(1)} MB/s`, least.toFixed(1), percent(resent), ...rest];
}

async function measuredCells(path: typeof BROADBAND): Promise<string[]> {
  await using ends = await KernelPath.make(path);
  const { bytes, seconds } = await ends.stream(TRANSFER_BYTES, DEADLINE_MS);
  const cells = [(bytes / seconds / 1e6).toFixed(1)];
  for (const congestion of ["cubic", "bbr"] satisfies Congestion[]) {
    const { megabytesPerSecond, resentPart } = await ends.tcp(congestion, KERNEL_SECONDS);
    cells.push(`${megabytesPerSecond.toFixed(1)} (${percent(resentPart)})`);
  }
  return cells;
}

/** The part that a stream of ours gets, over sockets, that comes after a flow of the kernel. */
async function measuredShare(): Promise<number> {
  await using ends = await KernelPath.make(SHARED_PATH);
  const arrived = await ends.startTcp("cubic", HEAD_START_SECONDS + SHARED_SECONDS);
  await new Promise((resolve) => setTimeout(resolve, HEAD_START_SECONDS * 1_000));
  const { bytes, seconds } = await ends.stream(SHARED_BYTES, DEADLINE_MS);
  const end = HEAD_START_SECONDS + Math.floor(Math.min(seconds, SHARED_SECONDS));
  const others = await arrived(HEAD_START_SECONDS, end);
  const ours = bytes / seconds;
  return ours / (ours + others.bytes / (end - HEAD_START_SECONDS));
}

function pauseCells(
  asked: string,
  show: (result: ReturnType<typeof outage>) => string,
): Promise<string[]> {
  const results = SEEDS.map((seed) => outage(3_000, seed, Streams));
  const worst = results.toSorted((a, b) => b.resumedAfterMs - a.resumedAfterMs)[0];
  return Promise.resolve([asked, show(worst), "-", ...NOTHING]);
}

function percent(part: number): string {
  return `${(100 * part).toFixed(1)} %`;
}

function range(parts: readonly number[]): string {
  return `${percent(Math.min(...parts))} to ${percent(Math.max(...parts))}`;
}
