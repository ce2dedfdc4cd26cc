import { assert, assertEquals } from "@std/assert";
import { runProgram } from "../support/child_process.ts";
import { within } from "../support/deadline.ts";
import { TestServer } from "../support/test_server.ts";
import { readLines } from "../support/lines.ts";
import { Mailbox } from "../nat/mailbox.ts";

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
  assert(wrong.stderr.startsWith("Cannot use join: expected -local, received nothing\n"));
});

Deno.test("the usage of the program names its commands", async () => {
  const { code, stdout } = await runProgram(["-help"]);
  assertEquals(code, 0);
  for (const command of ["host", "join", "peer", "probe"]) {
    assert(stdout.includes(`containment_breach ${command} -server=`), stdout);
  }
});
