/** README's two lines "Send a file", word by word: on one machine, and from home to home. */

import { assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { Lab } from "../nat/lab.ts";
import { startServer } from "../nat/peer_process.ts";
import { missingPrerequisite } from "../nat/prerequisites.ts";
import { buildSite } from "../nat/site.ts";
import { randomBytes, sha256 } from "../support/bytes.ts";
import { ChildProcess, PROGRAM } from "../support/child_process.ts";
import { EXECUTABLES } from "../support/executables.ts";
import { needs } from "../support/needs.ts";
import { TestServer } from "../support/test_server.ts";
import { codeBlocks, readDocument, section } from "./markdown.ts";

const CHAPTER = section(readDocument("README.md"), "Send a file");
const [HOST_LINE, JOIN_LINE] = codeBlocks(CHAPTER, "sh").map((line) => line.trim());
const PRINTED = codeBlocks(CHAPTER, "text").map((line) => line.trim());
const SERVER = "rendezvous.example.org";
const CODE = "008J-4CT4-ANK7-F24S-94";
/** How README starts the program. */
const START = "npx -y deno@2.9.6 run --allow-net main.ts";
const INVITATION = "join with: ";
const FILE_BYTES = 5_000_000;

/** Starts a command line in a directory. */
type Run = (script: string, directory: string) => ChildProcess;

/** A line without what differs each time. */
function comparable(line: string): string {
  return line.replaceAll(/[\d.]+ [kMG]B/g, "SIZE").replaceAll(/[\d.]+ s/g, "TIME");
}

/** Types both lines, the second with the code that the first one printed. */
async function sendFile(program: readonly string[], server: string, runs: readonly [Run, Run]) {
  const start = program.map((word) => `'${word}'`).join(" ");
  const typed = (line: string) => line.replace(START, start).replaceAll(SERVER, server);
  const [from, to] = [await Deno.makeTempDir(), await Deno.makeTempDir()];
  try {
    const file = randomBytes(FILE_BYTES);
    await Deno.writeFile(`${from}/holiday.zip`, file);
    await using hosting = runs[0](typed(HOST_LINE), from);
    const invitation = await hosting.errors.find((line) => line.startsWith(INVITATION), "a line");
    const [code] = /[0-9A-Z]{4}(-[0-9A-Z]{4}){3}-[0-9A-Z]{2}/.exec(invitation)!;
    await using joined = runs[1](typed(JOIN_LINE).replace(CODE, code), to);
    const ends = await Promise.all([hosting, joined].map((process) => process.ended()));
    for (const [i, { code, stderr }] of ends.entries()) {
      assertEquals(code, 0, stderr);
      const line = stderr.split("\n").find((line) => /^(sent|received) /.test(line)) ?? stderr;
      assertEquals(comparable(line), comparable(PRINTED[i]));
    }
    const received = await Deno.readFile(`${to}/holiday.zip`);
    assertEquals(await sha256(received), await sha256(file));
  } finally {
    for (const directory of [from, to]) await Deno.remove(directory, { recursive: true });
  }
}

Deno.test("README's line for the file is that of its host, and what follows is that of its joiner", () => {
  const homes = codeBlocks(section(readDocument("README.md"), "From two homes"), "sh");
  assertEquals(HOST_LINE, `${homes[0].trim()} < holiday.zip`);
  assertEquals(JOIN_LINE, `${homes[1].trim()} > holiday.zip`);
  assertStringIncludes(JOIN_LINE, CODE);
  assertMatch(PRINTED.join("\n"), /^sent .*\nreceived .*$/);
});

Deno.test({
  name: "README's two lines send a file on one machine",
  ...needs(Deno.build.os !== "windows", "redirections of a shell"),
  fn: async () => {
    await using test = new TestServer();
    const run: Run = (script, cwd) => ChildProcess.start(["sh", "-c", `exec ${script}`], { cwd });
    await sendFile(PROGRAM, `127.0.0.1:${test.at().port}`, [run, run]);
  },
});

const missing = await missingPrerequisite();
const programs = [{ name: "the sources", program: PROGRAM }, ...EXECUTABLES];

for (const { name, program } of programs) {
  Deno.test(`README's two lines send a file from home to home, with ${name}`, {
    ignore: missing !== undefined || program === undefined,
  }, async () => {
    await using lab = await Lab.create();
    const { ipv4 } = await startServer(lab);
    const runs = await Promise.all(["first", "second"].map(async (label): Promise<Run> => {
      const { host } = await buildSite(lab, "eim-apdf", label);
      await host.nameHosts({ [SERVER]: [ipv4] });
      return (script, cwd) =>
        host.start(["sh", "-c", `cd "$0" && exec ${script}`, cwd], { stderr: "piped" });
    }));
    await sendFile(program!, SERVER, [runs[0], runs[1]]);
  });
}
