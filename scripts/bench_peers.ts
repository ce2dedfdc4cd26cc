/**
 * Measures what a datagram between peers costs: sealing and opening it in this process, sending and
 * receiving it in processes of their own on loopback.
 *
 *     deno task bench_peers [-mbit=N] [-bytes=N] [-seconds=N]
 *
 * Figures are for comparing two versions on one machine in one run; machines differ.
 *
 * @module
 */

import { decodePacket, type SealedPacket } from "../src/peer/channel/packet.ts";
import { SecureChannel } from "../src/peer/channel/secure_channel.ts";
import { ChildProcess, freePort } from "../tests/support/child_process.ts";
import { processorSeconds } from "../tests/support/process_stats.ts";
import { readScriptFlags } from "./script_flags.ts";
import { nanoseconds } from "./stopwatch.ts";

const FLAGS = {
  mbit: { kind: "int", help: "Rate of payload in Mbit/s", initial: 100, min: 1, max: 1_000 },
  bytes: { kind: "int", help: "Length of a datagram", initial: 1_200, min: 16, max: 65_000 },
  seconds: { kind: "int", help: "Duration of each part", initial: 5, min: 1, max: 600 },
} as const;

const SYNOPSIS = "deno task bench_peers [-mbit=N] [-bytes=N] [-seconds=N]";
const LINK_PROCESS = new URL("peers/link_process.ts", import.meta.url).href;

await main();

async function main(): Promise<void> {
  const { mbit, bytes, seconds } = readScriptFlags(SYNOPSIS, FLAGS);
  console.log(`microseconds of processor time for a datagram of ${bytes} bytes`);
  benchChannel(bytes);
  await benchLink(mbit, bytes, seconds);
}

/** Opening needs packets that are new, so it is what both take less what sealing takes. */
function benchChannel(bytes: number): void {
  const [id, key] = [new Uint8Array(8), new Uint8Array(32)];
  const a = new SecureChannel(id, key, key);
  const b = new SecureChannel(id, key, key);
  const body = new Uint8Array(bytes);
  const seal = () => a.seal("data", body) as Uint8Array;
  const sealUs = nanoseconds(seal) / 1_000;
  const bothUs = nanoseconds(() => b.open(decodePacket(seal()) as SealedPacket, 0)) / 1_000;
  row("seal", sealUs);
  row("open", bothUs - sealUs);
}

async function benchLink(mbit: number, bytes: number, seconds: number): Promise<void> {
  const [here, there] = [freePort(), freePort()];
  const rest = [mbit, bytes, seconds].map(String);
  const start = (task: string, own: number, remote: number) =>
    ChildProcess.start(
      [Deno.execPath(), "run", "--allow-net", LINK_PROCESS, task, `${own}`, `${remote}`, ...rest],
      { stderr: "inherit" },
    );
  await using sender = start("send", here, there);
  await using receiver = start("receive", there, here);
  const both = [sender, receiver];
  await Promise.all(both.map(({ output }) => output.find((line) => line === "open", "a link")));
  const before = both.map(({ pid }) => processorSeconds(pid));
  const sentText = await sender.output.find(
    (line) => line !== "open",
    "the end",
    (seconds + 30) * 1_000,
  );
  const usedUs = both.map(({ pid }, i) => (processorSeconds(pid) - before[i]) * 1e6);
  const received = await receiver.output.find((line) => line !== "open", "the count");
  const sent = Number(sentText);
  row("send", usedUs[0] / sent);
  row("receive", usedUs[1] / Number(received));
  console.log(`at ${mbit} Mbit/s ${sent - Number(received)} of ${sent} were lost`);
}

function row(what: string, us: number): void {
  console.log(`  ${what.padEnd(10)}${us.toFixed(1).padStart(6)}`);
}
