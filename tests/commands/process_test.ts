import { assert, assertEquals } from "@std/assert";
import { ChildProcess, PROGRAM, runProgram } from "../support/child_process.ts";
import { needs } from "../support/needs.ts";
import { HAS_TERMINALS, TerminalProcess } from "../support/terminal.ts";
import { TestServer } from "../support/test_server.ts";

/** More than a terminal or a pipe holds, 1 KB each. */
const MANY_LINES = 200;

function startCommand(...args: string[]): ChildProcess {
  return ChildProcess.start([...PROGRAM, ...args], { stdin: "piped" });
}

Deno.test("two processes talk through standard input and output, and end as they should", async () => {
  await using test = new TestServer();
  const server = `-server=127.0.0.1:${test.at().port}`;
  await using hosting = startCommand("host", server, "-local=1");
  await hosting.errors.find((line) => line === "reachable as 127.0.0.1/1", "a name");
  await using joined = startCommand("join", server, "-local", "2", "--remote=127.0.0.1/1");
  await joined.write("hello\n");
  await hosting.output.find((line) => line === "hello", "the line");
  await hosting.write("welcome\n");
  await joined.output.find((line) => line === "welcome", "the answer");
  await hosting.endInput();
  await joined.endInput();
  assertEquals((await joined.ended()).code, 0);
  assertEquals((await hosting.ended()).code, 0);
});

Deno.test("a command that fails exits with 1, a mistake with 2", async () => {
  await using test = new TestServer();
  const server = `-server=127.0.0.1:${test.at().port}`;
  const failed = await runProgram(["join", server, "-local=2", "-remote=127.0.0.1/1"]);
  assertEquals([failed.code, failed.stdout], [1, ""]);
  assert(failed.stderr.trimEnd().split("\n").at(-1)!.startsWith("host_not_found: "), failed.stderr);
  const wrong = await runProgram(["join", server]);
  assertEquals([wrong.code, wrong.stdout], [2, ""]);
  assertEquals(
    wrong.stderr,
    "Cannot use -remote: expected a code, or IP/PEERPORT, NAME/PEERPORT or /PEERPORT, " +
      "received nothing; host makes a code, and prints it\n" +
      'Run "containment_breach join -help" for the usage\n',
  );
});

const POSIX = needs(Deno.build.os !== "windows", "signals between processes");
const HAS_TERMINAL = needs(HAS_TERMINALS, "script of util-linux");

Deno.test({
  name: "a host that is told to stop tells its joiners at once",
  ...POSIX,
  fn: async () => {
    await using test = new TestServer();
    const server = `-server=127.0.0.1:${test.at().port}`;
    await using hosting = startCommand("host", server, "-local=1");
    await hosting.errors.find((line) => line.startsWith("reachable as"), "a name");
    await using joined = startCommand("join", server, "-local=2", "-remote=127.0.0.1/1");
    await joined.errors.find((line) => line.startsWith("connected"), "a connection");
    hosting.signal("SIGTERM");
    await joined.errors.find((line) => line.startsWith("closed_by_remote"), "the close");
    assertEquals([(await hosting.ended()).code, (await joined.ended()).code], [0, 0]);
  },
});

Deno.test({
  name: "without a terminal a hangup is ignored, and said",
  ...POSIX,
  fn: async () => {
    await using test = new TestServer();
    await using hosting = startCommand(
      ...["host", `-server=127.0.0.1:${test.at().port}`, "-local=1"],
    );
    await hosting.errors.find((line) => line.startsWith("reachable as"), "a name");
    hosting.signal("SIGHUP");
    await hosting.errors.find((line) => line.startsWith("SIGHUP is ignored: "), "a line");
    hosting.signal("SIGINT");
    assertEquals((await hosting.ended()).code, 0);
  },
});

Deno.test({
  name: "a host whose terminal is closed, and whose output nobody reads, tells its joiners",
  ...HAS_TERMINAL,
  fn: async () => {
    await using test = new TestServer();
    const server = `-server=127.0.0.1:${test.at().port}`;
    await using hosting = new TerminalProcess([...PROGRAM, "host", server, "-local=1"]);
    await hosting.shows(/^reachable as/);
    await using joined = startCommand("join", server, "-local=2", "-remote=127.0.0.1/1");
    await joined.errors.find((line) => line.startsWith("connected"), "a connection");
    await hosting.stopOutput();
    for (let i = 0; i < MANY_LINES; i++) await joined.write(`${i} ${"x".repeat(1_000)}\n`);
    await hosting.close();
    await joined.errors.find((line) => line.startsWith("closed_by_remote"), "the close");
    await hosting.ends();
  },
});

Deno.test("the usage of the program names its commands", async () => {
  const { code, stdout } = await runProgram(["-help"]);
  assertEquals(code, 0);
  for (const command of ["host", "join", "peer", "probe"]) {
    assert(stdout.includes(`containment_breach ${command} -server=`), stdout);
  }
});
