/**
 * How long honest peers wait while somebody attacks the server, one attack at a time, on loopback:
 *
 *     deno task siege [-seconds=N] [-attack=NAME]... [-program=FILE]...
 *
 * Each attack has a server process of its own and attackers in another one. Honest pairs and clients
 * come every 100 ms. At the end the server is told to stop while the attack goes on. Linux only.
 *
 * @module
 */

import { readScriptFlags } from "./script_flags.ts";
import { startAttacker } from "./siege/attacker_process.ts";
import { type Attack, ATTACKS } from "./siege/attacks.ts";
import { HonestPeers } from "./siege/honest.ts";
import { ChildServer } from "../tests/support/child_server.ts";
import { delay } from "../tests/support/deadline.ts";
import { processorSeconds, residentBytes, starvedSeconds } from "../tests/support/process_stats.ts";

const SYNOPSIS = "deno task siege [-seconds=N] [-attack=NAME]... [-program=FILE]...";
const FLAGS = {
  seconds: { kind: "int", help: "Duration of each attack", initial: 6, min: 1, max: 600 },
  attack: {
    kind: "text",
    presence: "repeated",
    valueName: "NAME",
    help: "An attack, once for each (default: all)",
    expected: `one of ${Object.keys(ATTACKS).join(", ")}`,
    parse: (text: string) => Object.hasOwn(ATTACKS, text) ? text : undefined,
  },
  program: {
    kind: "text",
    presence: "repeated",
    valueName: "FILE",
    help: "main.ts of a checkout, once for each that is compared (default: this one)",
    expected: "a file name",
    parse: (text: string) => text === "" ? undefined : text,
  },
} as const;

/** The protocol allows 5 s. */
const MAX_STOP_MS = 15_000;
const COLUMNS = [
  "attack",
  "program",
  "pairs",
  "wait ms: median / p99 / longest",
  "clients",
  "wait ms",
  "failures of pairs; of clients; hosts ended",
  "CPU % / starved %",
  "MiB",
  "stop s",
  "attackers",
  "last words on the server's standard error",
];

await main();

async function main(): Promise<void> {
  const { seconds, attack, program } = readScriptFlags(SYNOPSIS, FLAGS);
  const names = attack.length > 0 ? attack : Object.keys(ATTACKS);
  const programs = program.length > 0 ? program : [new URL("../main.ts", import.meta.url).pathname];
  console.log(row(COLUMNS));
  console.log(row(COLUMNS.map(() => "---")));
  for (const name of names) {
    for (const [i, file] of programs.entries()) {
      console.log(row([name, String(i + 1), ...await besiege(name, ATTACKS[name], file, seconds)]));
    }
  }
  for (const name of names) console.log(`${name}: ${ATTACKS[name].what}`);
  for (const [i, file] of programs.entries()) console.log(`program ${i + 1}: ${file}`);
  Deno.exit(0);
}

async function besiege(
  name: string,
  { flags = [], shared, printed, stoppedMs = 0, raid }: Attack,
  file: string,
  seconds: number,
): Promise<string[]> {
  const program = [Deno.execPath(), "run", "--allow-net", file];
  await using server = await ChildServer.start(
    flags,
    printed === undefined ? { program } : { program, printed },
  );
  await using honest = new HonestPeers(server.endpoint, shared);
  await honest.settle();
  await using attacker = raid && await startAttacker(name, server.endpoint);
  const [cpuBefore, starvedBefore] = [processorSeconds(server.pid), starvedSeconds(server.pid)];
  const startMs = performance.now();
  if (stoppedMs > 0) await standStill(server, stoppedMs);
  await honest.come(seconds * 1_000);
  const elapsedS = (performance.now() - startMs) / 1_000;
  const percents = [
    processorSeconds(server.pid) - cpuBefore,
    starvedSeconds(server.pid) - starvedBefore,
  ].map((seconds) => (seconds / elapsedS * 100).toFixed(0));
  const residentMib = residentBytes(server.pid) / 2 ** 20;
  const status = attacker?.output.things.at(-1) ?? "";
  const hostEnds = String(honest.hostEnds);
  return [
    String(honest.pairs.introduced),
    honest.pairs.milestones,
    String(honest.clients.introduced),
    honest.clients.milestones,
    `${honest.pairs.failures}; ${honest.clients.failures}; ${hostEnds}`,
    percents.join(" / "),
    residentMib.toFixed(0),
    await stopped(server),
    `${status}; hosts heard of ${honest.heardOfAttackers}`,
    server.errorLines.at(-1) ?? "",
  ];
}

async function standStill(server: ChildServer, ms: number): Promise<void> {
  server.signal("SIGSTOP");
  await delay(ms);
  server.signal("SIGCONT");
}

/** How long it takes to stop, in seconds, and how it ended. */
async function stopped(server: ChildServer): Promise<string> {
  const startMs = performance.now();
  server.signal("SIGTERM");
  const late = delay(MAX_STOP_MS).then(() => undefined);
  const end = await Promise.race([server.ended(), late]);
  if (end === undefined) return "never";
  const seconds = ((performance.now() - startMs) / 1_000).toFixed(1);
  return end.code === 0 ? seconds : `${seconds}, exit code ${end.code}`;
}

function row(cells: readonly string[]): string {
  return `| ${cells.join(" | ")} |`;
}
