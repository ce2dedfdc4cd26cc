/**
 * Mixed load on one server for a given time: hosts that stay, clients that come, pairs that meet,
 * registrations that nobody asks for, garbage, and connections that are cut. Prints errors, latency,
 * memory and descriptors over time, as a table and as an SVG plot.
 *
 *     deno task soak [-minutes=N] [-plot=FILE]
 *
 * @module
 */

import { readScriptFlags } from "./script_flags.ts";
import { Load } from "./soak_load.ts";
import { plot } from "./svg_plot.ts";
import { ChildServer } from "../tests/support/child_server.ts";
import {
  openDescriptors,
  processorSeconds,
  residentBytes,
} from "../tests/support/process_stats.ts";
import { NO_PREFIX_LIMITS } from "../tests/support/settings.ts";

const FLAGS = {
  minutes: { kind: "int", help: "Duration", initial: 20, min: 1, max: 10_000 },
  plot: {
    kind: "text",
    presence: "optional",
    valueName: "FILE",
    help: "Where the plot is written (default dist/soak.svg)",
    expected: "a file name",
    parse: (text: string) => text === "" ? undefined : text,
  },
} as const;

/** Hosts that restart at each sample. */
const RESTARTS_PER_SAMPLE = 5;
const SAMPLES = 60;

interface Sample {
  readonly second: number;
  readonly introductions: number;
  readonly errors: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly residentMib: number;
  readonly descriptors: number;
  readonly cpuPercent: number;
}

await main();

async function main(): Promise<void> {
  const { minutes, plot: file = "dist/soak.svg" } = readScriptFlags(
    "deno task soak [-minutes=N] [-plot=FILE]",
    FLAGS,
  );
  await using server = await ChildServer.start(NO_PREFIX_LIMITS);
  const load = new Load(server);
  const samples = await watch(server, load, minutes * 60_000 / SAMPLES);
  await load.stop();
  server.signal("SIGTERM");
  const { code: exitCode, stderr } = await server.ended();
  if (stderr !== "") console.error(stderr);
  await Deno.mkdir(new URL("../dist", import.meta.url), { recursive: true });
  await Deno.writeTextFile(file, draw(samples));
  for (const [message, count] of load.errors) console.log(`${count} times: ${message}`);
  console.log(`plot in ${file}; the server ended with exit code ${exitCode}`);
  Deno.exit(load.errors.size === 0 && exitCode === 0 ? 0 : 1);
}

async function watch(server: ChildServer, load: Load, intervalMs: number): Promise<Sample[]> {
  await load.startHosts();
  const samples: Sample[] = [];
  const startMs = performance.now();
  console.log("   time  intro/s  errors  p50 ms  p99 ms  memory MiB  descriptors  cpu %");
  for (let i = 1; i <= SAMPLES; i++) {
    const cpuBefore = processorSeconds(server.pid);
    await new Promise((resolve) =>
      setTimeout(resolve, startMs + i * intervalMs - performance.now())
    );
    await load.restartHosts(RESTARTS_PER_SAMPLE);
    const { introductions, latenciesMs } = load.take();
    const sample = {
      second: (performance.now() - startMs) / 1000,
      introductions: introductions / (intervalMs / 1000),
      errors: load.errors.values().reduce((sum, count) => sum + count, 0),
      p50Ms: percentile(latenciesMs, 0.5),
      p99Ms: percentile(latenciesMs, 0.99),
      residentMib: residentBytes(server.pid) / 2 ** 20,
      descriptors: openDescriptors(server.pid),
      cpuPercent: (processorSeconds(server.pid) - cpuBefore) / (intervalMs / 1000) * 100,
    };
    samples.push(sample);
    console.log(row(sample));
  }
  return samples;
}

function percentile(values: number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.floor(sorted.length * share)] ?? 0;
}

function row(sample: Sample): string {
  return [
    `${sample.second.toFixed(0)} s`.padStart(7),
    sample.introductions.toFixed(1).padStart(9),
    String(sample.errors).padStart(8),
    sample.p50Ms.toFixed(1).padStart(8),
    sample.p99Ms.toFixed(1).padStart(8),
    sample.residentMib.toFixed(1).padStart(12),
    String(sample.descriptors).padStart(13),
    sample.cpuPercent.toFixed(1).padStart(7),
  ].join("");
}

function draw(samples: readonly Sample[]): string {
  const series = (name: string, unit: string, pick: (sample: Sample) => number) => ({
    name,
    unit,
    values: samples.map(pick),
  });
  return plot("Containment Breach under mixed load", samples.map(({ second }) => second), [
    series("resident memory", "MiB", ({ residentMib }) => residentMib),
    series("descriptors", "open", ({ descriptors }) => descriptors),
    series("introductions", "per s", ({ introductions }) => introductions),
    series("median latency", "ms", ({ p50Ms }) => p50Ms),
    series("99th percentile of latency", "ms", ({ p99Ms }) => p99Ms),
    series("processor", "% of one core", ({ cpuPercent }) => cpuPercent),
  ]);
}
