/** Tests of the systemd unit: by systemd's own program, and against what the server does. */

import { assert, assertEquals, assertMatch } from "@std/assert";
import { DEFAULT_MAX_SESSIONS, MAX_LINGERING } from "../../../src/limits.ts";
import { freePort, runToEnd } from "../../support/child_process.ts";
import { ChildServer } from "../../support/child_server.ts";
import { until } from "../../support/deadline.ts";
import { hasProgram, needs } from "../../support/needs.ts";
import { codeBlock, readDocument, section } from "../../readme/markdown.ts";
import { ROOT } from "../../support/source_files.ts";

const NAME = "containment-breach.service";
const PATH = `scripts/packaging/${NAME}`;
const UNIT = Deno.readTextFileSync(new URL(PATH, ROOT));
/** Worst exposure that is allowed, in tenths, of 100: what is left is the network itself. */
const EXPOSURE = 15;

/** Lines of a list of system calls that are none. */
const TITLES: ReadonlySet<string> = new Set(["syscall", "total"]);

const EXECUTABLE = Deno.env.get("CONTAINMENT_BREACH_EXECUTABLE") ?? "";
const HAS_SYSTEMD = hasProgram("systemd-analyze");
const withSystemd = needs(HAS_SYSTEMD, "systemd-analyze");
const withStrace = needs(
  HAS_SYSTEMD && hasProgram("strace") && EXECUTABLE !== "",
  "systemd-analyze, strace and an executable named by CONTAINMENT_BREACH_EXECUTABLE",
);

/** The values of a setting, in their order. */
function settings(name: string): string[] {
  return Array.from(UNIT.matchAll(new RegExp(`^${name}=(.*)$`, "gm")), ([, value]) => value);
}

/** System calls by the name of their set, sets included. */
async function systemCallSets(): Promise<Map<string, string[]>> {
  const { stdout } = await runToEnd(["systemd-analyze", "syscall-filter", "--no-pager"]);
  const sets = new Map<string, string[]>();
  for (const block of stdout.split(/^(?=@)/m)) {
    const [name, ...members] = block.split("\n").map((line) => line.trim());
    sets.set(name, members.filter((member) => /^@?\w/.test(member)));
  }
  return sets;
}

/** The system calls that the unit allows. */
async function allowedCalls(): Promise<Set<string>> {
  const sets = await systemCallSets();
  const expand = (name: string): string[] =>
    (sets.get(name) ?? [name]).flatMap((member) =>
      member.startsWith("@") ? expand(member) : [member]
    );
  const allowed = new Set(expand("@default"));
  for (const filter of settings("SystemCallFilter")) {
    const isRefused = filter.startsWith("~");
    for (const call of filter.replace("~", "").split(" ").flatMap(expand)) {
      if (isRefused) allowed.delete(call);
      else allowed.add(call);
    }
  }
  return allowed;
}

Deno.test("systemd finds nothing to say about the unit", withSystemd, async () => {
  const folder = await Deno.makeTempDir({ prefix: "unit" });
  try {
    // The program need not be installed here.
    await Deno.writeTextFile(
      `${folder}/${NAME}`,
      UNIT.replace(/^ExecStart=\S+/m, `ExecStart=${Deno.execPath()}`),
    );
    const command = ["systemd-analyze", "verify", "--man=no", `${folder}/${NAME}`];
    const { code, stdout, stderr } = await runToEnd(command);
    assertEquals([code, stdout, stderr], [0, "", ""]);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("the service is exposed by little but the network", withSystemd, async () => {
  const threshold = `--threshold=${EXPOSURE}`;
  const { code, stdout } = await runToEnd([
    ...["systemd-analyze", "security", "--offline=true", "--no-pager", threshold, PATH],
  ]);
  assertEquals(code, 0, stdout.split("\n").filter((line) => !line.startsWith("✓")).join("\n"));
});

Deno.test("docs/OPERATIONS.md shows no other unit", () => {
  const operations = readDocument("docs/OPERATIONS.md");
  const shown = codeBlock(section(operations, "Linux: a systemd service"), "ini").split("\n");
  const lines = new Set(UNIT.split("\n"));
  const others = shown.filter((line) => /^\w/.test(line) && !lines.has(line));
  assertEquals(others, ["ExecStart=/usr/local/bin/containment_breach"]);
});

Deno.test("there are descriptors for the default of -max_sessions and what lingers", () => {
  const [limit] = settings("LimitNOFILE");
  assert(Number(limit) > DEFAULT_MAX_SESSIONS + MAX_LINGERING);
});

Deno.test("the engine may write the code that it runs", () => {
  assertEquals(settings("MemoryDenyWriteExecute"), []);
  assertMatch(settings("SystemCallFilter")[0], /@pkey/);
});

Deno.test("the filter allows every system call of a server", withStrace, async () => {
  const report = await Deno.makeTempFile({ prefix: "calls" });
  try {
    const program = ["strace", "-D", "-f", "-c", "-U", "name", "-o", report, EXECUTABLE];
    const httpPort = freePort();
    const flags = ["-log_level=debug", `-http_port=${httpPort}`];
    await using server = await ChildServer.start(flags, { program });
    await server.catchesUp();
    for (const path of ["", "metrics", "status.json"]) {
      const response = await fetch(`http://127.0.0.1:${httpPort}/${path}`);
      assertEquals([path, response.status, (await response.text()).length > 0], [path, 200, true]);
    }
    server.signal("SIGTERM");
    await server.ended();
    // The tracer writes when the server has ended.
    const written = () => Deno.readTextFileSync(report);
    await until(() => /^total$/m.test(written()), "a list of system calls");
    const calls = written().split("\n").filter((line) =>
      /^[a-z]\w*$/.test(line) && !TITLES.has(line)
    );
    const allowed = await allowedCalls();
    assert(calls.length > 20, `a server makes many system calls, not ${calls}`);
    assertEquals(calls.filter((call) => !allowed.has(call)), []);
  } finally {
    await Deno.remove(report);
  }
});
