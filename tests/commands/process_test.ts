import { assert, assertEquals } from "@std/assert";
import { runProgram } from "../support/child_process.ts";
import { within } from "../support/deadline.ts";
import { needs } from "../support/needs.ts";
import { HAS_TERMINALS, TerminalProcess } from "../support/terminal.ts";
import { TestServer } from "../support/test_server.ts";
import { readLines } from "../support/lines.ts";
import { Mailbox } from "../nat/mailbox.ts";

/** More than a terminal or a pipe holds, 1 KB each. */
const MANY_LINES = 200;
const MAIN = new URL("../../main.ts", import.meta.url).pathname;

/** A command as a process of its own, with network permission only. */
class CommandProcess implements AsyncDisposable {
  readonly output = new Mailbox<string>();
  readonly status = new Mailbox<string>();
  readonly #child: Deno.ChildProcess;
  readonly #input: WritableStreamDefaultWriter<Uint8Array>;
  readonly #reading: Promise<unknown>;

  constructor(...args: string[]) {
    this.#child = new Deno.Command(Deno.execPath(), {
      args: ["run", "--allow-net", MAIN, ...args],
      stdin: "piped",
      stdout: "piped",
      stderr: "piped",
    }).spawn();
    this.#input = this.#child.stdin.getWriter();
    this.#reading = Promise.all([
      collect(this.#child.stdout, this.output),
      collect(this.#child.stderr, this.status),
    ]);
  }

  async type(text: string): Promise<void> {
    await this.#input.write(new TextEncoder().encode(text));
  }

  async endInput(): Promise<void> {
    await this.#input.close();
  }

  kill(signal: Deno.Signal): void {
    this.#child.kill(signal);
  }

  async exitCode(): Promise<number> {
    const { code } = await within(this.#child.status, "the end of a command");
    await this.#reading;
    return code;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#input.close().catch(() => {});
    try {
      this.#child.kill("SIGKILL");
    } catch {
      // It has ended by itself.
    }
    await this.#child.status;
    await this.#reading;
  }
}

async function collect(stream: ReadableStream<Uint8Array>, into: Mailbox<string>): Promise<void> {
  for await (const line of readLines(stream)) into.put(line);
  into.end();
}

Deno.test("two processes talk through standard input and output, and end as they should", async () => {
  await using test = new TestServer();
  const server = `-server=127.0.0.1:${test.at().port}`;
  await using hosting = new CommandProcess("host", server, "-local=1");
  await hosting.status.find((line) => line === "reachable as 127.0.0.1/1", "a name");
  await using joined = new CommandProcess(
    ...["join", server, "-local", "2", "--remote=127.0.0.1/1", "-linger=0"],
  );
  await joined.type("hello\n");
  await hosting.output.find((line) => line === "hello", "the line");
  await hosting.type("welcome\n");
  await joined.output.find((line) => line === "welcome", "the answer");
  await joined.endInput();
  assertEquals(await joined.exitCode(), 0);
  await hosting.status.find((line) => line.startsWith("closed_by_remote"), "the close");
  hosting.kill("SIGTERM");
  assertEquals(await hosting.exitCode(), 0);
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
    "Cannot use -local: expected a 64-bit integer, received nothing\n" +
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
    await using hosting = new CommandProcess("host", server, "-local=1");
    await hosting.status.find((line) => line.startsWith("reachable as"), "a name");
    await using joined = new CommandProcess("join", server, "-local=2", "-remote=127.0.0.1/1");
    await joined.status.find((line) => line.startsWith("connected"), "a connection");
    hosting.kill("SIGTERM");
    await joined.status.find((line) => line.startsWith("closed_by_remote"), "the close");
    assertEquals([await hosting.exitCode(), await joined.exitCode()], [0, 0]);
  },
});

Deno.test({
  name: "without a terminal a hangup is ignored, and said",
  ...POSIX,
  fn: async () => {
    await using test = new TestServer();
    await using hosting = new CommandProcess(
      ...["host", `-server=127.0.0.1:${test.at().port}`, "-local=1"],
    );
    await hosting.status.find((line) => line.startsWith("reachable as"), "a name");
    hosting.kill("SIGHUP");
    await hosting.status.find((line) => line.startsWith("SIGHUP is ignored: "), "a line");
    hosting.kill("SIGINT");
    assertEquals(await hosting.exitCode(), 0);
  },
});

Deno.test({
  name: "a host whose terminal is closed, and whose output nobody reads, tells its joiners",
  ...HAS_TERMINAL,
  fn: async () => {
    await using test = new TestServer();
    const server = `-server=127.0.0.1:${test.at().port}`;
    const args = ["run", "--allow-net", "main.ts", "host", server, "-local=1"];
    await using hosting = new TerminalProcess(args);
    await hosting.shows(/^reachable as/);
    await using joined = new CommandProcess("join", server, "-local=2", "-remote=127.0.0.1/1");
    await joined.status.find((line) => line.startsWith("connected"), "a connection");
    await hosting.stopOutput();
    for (let i = 0; i < MANY_LINES; i++) await joined.type(`${i} ${"x".repeat(1_000)}\n`);
    await hosting.close();
    await joined.status.find((line) => line.startsWith("closed_by_remote"), "the close");
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
