/** README's two lines "From two homes", word by word, behind two port-restricted NATs. */

import { assert, assertEquals } from "@std/assert";
import { startOf } from "../../src/commands/command_lines.ts";
import { PROGRAM as NAME } from "../../src/version.ts";
import { Lab } from "../nat/lab.ts";
import type { Namespace } from "../nat/namespace.ts";
import { startServer } from "../nat/peer_process.ts";
import { missingPrerequisite } from "../nat/prerequisites.ts";
import { buildSite } from "../nat/site.ts";
import { type ChildProcess, PROGRAM } from "../support/child_process.ts";
import { EXECUTABLES } from "../support/executables.ts";
import { codeBlocks, readDocument, section } from "./markdown.ts";

const HOMES = section(readDocument("README.md"), "From two homes");
const [HOST_LINE, JOIN_LINE] = codeBlocks(HOMES, "sh").map((line) => line.trim());
const [HOST_PRINTS, JOIN_PRINTS] = codeBlocks(HOMES, "text").map((text) => text.trim().split("\n"));
const SERVER = "rendezvous.example.org";
/** How README starts the program. */
const START = "npx -y deno@2.9.6 run --allow-net main.ts";
const INVITATION = "join with: ";

/** What runs in place of README's start, and what it calls itself. */
const SOURCES = {
  name: "the sources",
  program: PROGRAM,
  start: startOf({ ...Deno, mainModule: "file:///main.ts" }),
};
const [LINUX, WINDOWS] = EXECUTABLES.map(({ name, program }) => ({ name, program, start: NAME }));

const missing = await missingPrerequisite();
if (missing !== undefined) console.log(`skipping the tests of two homes: ${missing}`);

/** What follows the start of the program, word by word. */
function words(line: string, start: string): string[] {
  assert(line.startsWith(`${start} `), line);
  return line.slice(start.length + 1).split(" ");
}

/** Lines without what differs each time. */
function comparable(lines: readonly string[], start: string): string[] {
  return lines.map((line) =>
    line.replace(start, "START")
      .replace(/[0-9A-Z]{4}(-[0-9A-Z]{4}){3}-[0-9A-Z]{2}/, "CODE")
      .replaceAll(/\d+\.\d+\.\d+\.\d+/g, "ADDRESS")
      .replaceAll(/:\d+/g, ":PORT")
      .replace(/[\d.]+ ms/, "N ms")
  );
}

Deno.test("README's host prints the line that README's joiner types", () => {
  const invitation = HOST_PRINTS.at(-1) as string;
  assertEquals(invitation, `${INVITATION}${JOIN_LINE}`);
});

const PAIRS = [[SOURCES, SOURCES], [LINUX, LINUX], [WINDOWS, WINDOWS], [LINUX, WINDOWS]];

for (const [first, second] of PAIRS) {
  Deno.test(`README's two lines connect two homes: ${first.name}, ${second.name}`, {
    ignore: missing !== undefined || !first.program || !second.program,
  }, async () => {
    await using lab = await Lab.create();
    const { ipv4 } = await startServer(lab);
    const homes: Namespace[] = [];
    for (const label of ["first", "second"]) {
      const { host } = await buildSite(lab, "eim-apdf", label);
      await host.nameHosts({ [SERVER]: [ipv4] });
      homes.push(host);
    }
    const run = (side: 0 | 1, args: readonly string[]): ChildProcess => {
      const { program = [] } = [first, second][side];
      return homes[side].start([...program, ...args], { stderr: "piped" });
    };
    const { start } = first;

    await using hosting = run(0, words(HOST_LINE, START));
    const invitation = await hosting.errors.find((line) => line.startsWith(INVITATION), "a line");
    assertEquals(comparable(hosting.errors.things, start), comparable(HOST_PRINTS, START));
    await using joined = run(1, words(invitation.slice(INVITATION.length).trim(), start));
    await joined.errors.find((line) => line.startsWith("connected"), "a connection");
    assertEquals(comparable(joined.errors.things, start), comparable(JOIN_PRINTS, START));

    await joined.write("hello from the second home\n");
    await hosting.output.find((line) => line === "hello from the second home", "the line");
    await hosting.write("hello from the first home\n");
    await joined.output.find((line) => line === "hello from the first home", "the answer");
  });
}
