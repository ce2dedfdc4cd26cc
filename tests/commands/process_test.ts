import { assert, assertEquals } from "@std/assert";
import { ChildProcess, PROGRAM, runProgram } from "../support/child_process.ts";
import { TestServer } from "../support/test_server.ts";

function startCommand(...args: string[]): ChildProcess {
  return ChildProcess.start([...PROGRAM, ...args], { stdin: "piped" });
}

Deno.test("two processes talk through standard input and output, and end as they should", async () => {
  await using test = new TestServer();
  const server = `-server=127.0.0.1:${test.at().port}`;
  await using hosting = startCommand("host", server, "-local=1");
  await hosting.errors.find((line) => line === "reachable as 127.0.0.1/1", "a name");
  await using joined = startCommand(
    ...["join", server, "-local", "2", "--remote=127.0.0.1/1", "-linger=0"],
  );
  await joined.write("hello\n");
  await hosting.output.find((line) => line === "hello", "the line");
  await hosting.write("welcome\n");
  await joined.output.find((line) => line === "welcome", "the answer");
  await joined.endInput();
  assertEquals((await joined.ended()).code, 0);
  await hosting.errors.find((line) => line.startsWith("closed_by_remote"), "the close");
  hosting.signal("SIGTERM");
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
  assert(wrong.stderr.startsWith("Cannot use join: expected -local, received nothing\n"));
});

Deno.test("the usage of the program names its commands", async () => {
  const { code, stdout } = await runProgram(["-help"]);
  assertEquals(code, 0);
  for (const command of ["host", "join", "peer", "probe"]) {
    assert(stdout.includes(`containment_breach ${command} -server=`), stdout);
  }
});
