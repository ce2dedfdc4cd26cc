/**
 * Measures what a datagram between peers costs: sealing and opening it in this process, sending and
 * receiving it in processes of their own on loopback, in Deno and in other runtimes.
 *
 *     deno task bench_peers [-mbit=N] [-bytes=N] [-seconds=N] [-runtime=PROGRAM]...
 *
 * Figures are for comparing two versions on one machine in one run; machines differ.
 *
 * @module
 */

import { decodePacket, type SealedPacket } from "../src/peer/channel/packet.ts";
import { SecureChannel } from "../src/peer/channel/secure_channel.ts";
import { ChildProcess, freePort } from "../tests/support/child_process.ts";
import type { FlagValues } from "../src/cli/flags.ts";
import { ROOT } from "./release/documents.ts";
import { run } from "./release/stage.ts";
import { readScriptFlags } from "./script_flags.ts";
import { nanoseconds } from "./stopwatch.ts";

const FLAGS = {
  mbit: { kind: "int", help: "Rate of payload in Mbit/s", initial: 100, min: 1, max: 1_000 },
  bytes: { kind: "int", help: "Length of a datagram", initial: 1_200, min: 16, max: 65_000 },
  runtime: {
    kind: "text",
    presence: "repeated",
    valueName: "PROGRAM",
    help: "Node.js or Bun, which is measured after Deno",
    expected: "a program",
    parse: (text: string) => text,
  },
  seconds: { kind: "int", help: "Duration of each part", initial: 5, min: 1, max: 600 },
} as const;

const SYNOPSIS = "deno task bench_peers [-mbit=N] [-bytes=N] [-seconds=N] [-runtime=PROGRAM]...";
type Load = Pick<FlagValues<typeof FLAGS>, "mbit" | "bytes" | "seconds">;

const LINK_PROCESS = new URL("peers/link_process.ts", import.meta.url).href;

await main();

async function main(): Promise<void> {
  const { runtime, ...load } = readScriptFlags(SYNOPSIS, FLAGS);
  const { bytes } = load;
  console.log(`microseconds of processor time for a datagram of ${bytes} bytes`);
  benchChannel(bytes);
  await benchLink("Deno", [Deno.execPath(), "run", "--allow-net", LINK_PROCESS], load);
  if (runtime.length > 0) await benchRuntimes(runtime, load);
}

/** They cannot run the sources, so they get them in one file. */
async function benchRuntimes(programs: readonly string[], load: Load): Promise<void> {
  const bundle = await Deno.makeTempFile({ suffix: ".mjs" });
  try {
    const args = ["bundle", "--quiet", "--platform=deno", "--output", bundle, LINK_PROCESS];
    await run(Deno.execPath(), args, { cwd: ROOT });
    for (const program of programs) await benchLink(program, [program, bundle], load);
  } finally {
    await Deno.remove(bundle);
  }
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

async function benchLink(
  name: string,
  command: readonly string[],
  { mbit, bytes, seconds }: Load,
): Promise<void> {
  const [here, there] = [freePort(), freePort()];
  const rest = [mbit, bytes, seconds].map(String);
  const start = (task: string, own: number, remote: number) =>
    ChildProcess.start([...command, task, `${own}`, `${remote}`, ...rest], { stderr: "inherit" });
  await using sender = start("send", here, there);
  await using receiver = start("receive", there, here);
  const both = [sender, receiver];
  await Promise.all(both.map(({ output }) => output.find((line) => line === "open", "a link")));
  const deadlineMs = (seconds + 30) * 1_000;
  const [[sent, sendingUs], [received, receivingUs]] = await Promise.all(
    both.map(async ({ output }) => {
      const line = await output.find((line) => line !== "open", "the count", deadlineMs);
      return line.split(" ").map(Number);
    }),
  );
  console.log(name);
  row("send", sendingUs / sent);
  row("receive", receivingUs / received);
  const reached = 8 * bytes * received / (seconds * 1e6);
  console.log(
    `  at ${mbit} Mbit/s ${sent - received} of ${sent} were lost, ` +
      `${reached.toFixed(0)} Mbit/s arrived`,
  );
}

function row(what: string, us: number): void {
  console.log(`  ${what.padEnd(10)}${us.toFixed(1).padStart(6)}`);
}
