/**
 * Measures forwarding on loopback: a sender, `join -listen`, `host -forward`, a receiver, each a
 * process of its own and the peers introduced by a server; beside it two socats in a row, which
 * encrypt nothing. Both take turns at each rate. Linux only, for `/proc`.
 *
 *     deno task forwarding [-rate=MBIT ...] [-bytes=N] [-seconds=N]
 *
 * @module
 */

import { ChildProcess, freePort, PROGRAM, programPath } from "../tests/support/child_process.ts";
import { ChildServer } from "../tests/support/child_server.ts";
import { busySeconds, droppedByProcess, processorSeconds } from "../tests/support/process_stats.ts";
import type { Pace } from "./peers/pace.ts";
import { readScriptFlags } from "./script_flags.ts";

/** Up to what two socats in a row carry on two cores. */
const RATES: readonly number[] = [50, 100, 150, 200, 250, 300, 350];

const FLAGS = {
  rate: {
    kind: "text",
    presence: "repeated",
    valueName: "MBIT",
    help: `Rate of payload in Mbit/s (default ${RATES.join(", ")})`,
    expected: "a number of Mbit/s above 0",
    parse: (text: string) => Number(text) > 0 ? Number(text) : undefined,
  },
  bytes: { kind: "int", help: "Length of a datagram", initial: 1_200, min: 16, max: 9_000 },
  seconds: { kind: "int", help: "Duration at each rate", initial: 4, min: 1, max: 600 },
} as const;

const SYNOPSIS = "deno task forwarding [-rate=MBIT ...] [-bytes=N] [-seconds=N]";
const LOAD_PROCESS = new URL("peers/load_process.ts", import.meta.url).href;
const LOAD = [Deno.execPath(), "run", "--allow-net", LOAD_PROCESS];
const RECEIVER = { stdin: "piped", stderr: "inherit" } as const;
/** What is under way when the sender stops has arrived after this. */
const SETTLE_MS = 300;

/** Two processes in a row that carry datagrams to a receiver. */
interface Chain {
  readonly name: string;
  /** Where the sender sends to. */
  readonly port: number;
  readonly processes: readonly [ChildProcess, ChildProcess];
  readonly receiver: ChildProcess;
}

/** What became of the datagrams at one rate. */
interface Passing {
  readonly sent: number;
  readonly received: number;
  /** Dropped by the system before each process, and before the receiver. */
  readonly dropped: readonly number[];
  /** Processor time of each process for a datagram that it read, in microseconds. */
  readonly costsUs: readonly number[];
  /** Of all processors, in percent: what else ran meanwhile, which holds these processes up. */
  readonly othersPercent: number;
}

await main();

async function main(): Promise<void> {
  const { rate: rates, bytes, seconds } = readScriptFlags(SYNOPSIS, FLAGS);
  await using server = await ChildServer.start();
  await using toForward = ChildProcess.start([...LOAD, "receive"], RECEIVER);
  await using toSocat = ChildProcess.start([...LOAD, "receive"], RECEIVER);
  const [listen, first, second] = [freePort(), freePort(), freePort()];
  const asked = `-server=${server.address}`;
  await using host = start(
    "host",
    asked,
    "-local=1",
    `-forward=127.0.0.1:${await portOf(toForward)}`,
  );
  await host.errors.find((line) => line.includes("reachable as"), "the host");
  const to = ["-remote=127.0.0.1/1", `-listen=127.0.0.1:${listen}`];
  await using join = start("join", asked, "-local=2", ...to);
  await join.errors.find((line) => line.includes("connected"), "the joiner");
  await using one = startSocat(first, second);
  await using other = startSocat(second, await portOf(toSocat));
  const chains: Chain[] = [
    { name: "forward", port: listen, processes: [join, host], receiver: toForward },
    { name: "socat", port: first, processes: [one, other], receiver: toSocat },
  ];
  // The first datagrams find code that is not compiled yet.
  for (const chain of chains) await pass(chain, { megabitsPerSecond: 50, bytes, seconds: 2 });
  console.log(
    `datagrams of ${bytes} bytes; "at" is where the system dropped what was not read in time`,
  );
  console.log("Mbit/s         carried      lost  at 1st  at 2nd  at end  us 1st  us 2nd  others");
  for (const megabitsPerSecond of rates.length > 0 ? rates : RATES) {
    const pace = { megabitsPerSecond, bytes, seconds };
    for (const chain of chains) print(chain, pace, await pass(chain, pace));
  }
  for (const line of [...host.errors.things, ...join.errors.things]) {
    if (line.includes("dropped")) console.log(line);
  }
}

function start(...flags: readonly string[]): ChildProcess {
  return ChildProcess.start([...PROGRAM, ...flags], { stdin: "piped" });
}

function startSocat(from: number, to: number): ChildProcess {
  const [listen, send] = [`UDP4-RECV:${from},bind=127.0.0.1`, `UDP4-SENDTO:127.0.0.1:${to}`];
  return ChildProcess.start([programPath("socat"), "-u", "-b", "65536", listen, send]);
}

async function portOf(receiver: ChildProcess): Promise<number> {
  return Number(await receiver.output.find(() => true, "the receiver's port"));
}

async function pass({ port, processes, receiver }: Chain, pace: Pace): Promise<Passing> {
  const all = [...processes, receiver];
  const droppedBefore = all.map(({ pid }) => droppedByProcess(pid));
  const cpuBefore = all.map(({ pid }) => processorSeconds(pid));
  const [busyBefore, startMs] = [busySeconds(), performance.now()];
  const receivedBefore = await countOf(receiver);
  const { megabitsPerSecond, bytes, seconds } = pace;
  const load = [port, megabitsPerSecond, bytes, seconds].map(String);
  await using sender = ChildProcess.start([...LOAD, "send", ...load], { stderr: "inherit" });
  const line = await sender.output.find(() => true, "the sender", (seconds + 30) * 1_000);
  const [sent, senderSeconds] = line.split(" ").map(Number);
  await new Promise((resolve) => setTimeout(resolve, SETTLE_MS));
  const passedSeconds = (performance.now() - startMs) / 1_000;
  const busy = busySeconds() - busyBefore;
  const usedSeconds = all.map(({ pid }, i) => processorSeconds(pid) - cpuBefore[i]);
  const own = usedSeconds.reduce((sum, used) => sum + used, senderSeconds);
  const dropped = all.map(({ pid }, i) => droppedByProcess(pid) - droppedBefore[i]);
  const handled = [sent - dropped[0], sent - dropped[0] - dropped[1]];
  return {
    sent,
    received: await countOf(receiver) - receivedBefore,
    dropped,
    costsUs: processes.map((_, i) => usedSeconds[i] / handled[i] * 1e6),
    othersPercent: Math.max(0, busy - own) / passedSeconds / navigator.hardwareConcurrency * 100,
  };
}

async function countOf(receiver: ChildProcess): Promise<number> {
  const asked = receiver.output.things.length;
  await receiver.write("\n");
  await receiver.output.find(() => receiver.output.things.length > asked, "a count");
  return Number(receiver.output.things.at(-1));
}

function print({ name }: Chain, pace: Pace, passing: Passing): void {
  const { sent, received, dropped, costsUs, othersPercent } = passing;
  const carried = (received * pace.bytes * 8 / pace.seconds / 1e6).toFixed(0);
  const lost = `${((1 - received / sent) * 100).toFixed(2)} %`;
  console.log(
    `${pace.megabitsPerSecond}`.padStart(6) + ` ${name.padEnd(8)}` +
      [
        carried,
        lost,
        ...dropped,
        ...costsUs.map((us) => us.toFixed(1)),
        `${othersPercent.toFixed(0)} %`,
      ]
        .map((value, i) => `${value}`.padStart(i === 1 ? 10 : 8)).join("").slice(1),
  );
}
