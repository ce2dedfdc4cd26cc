/**
 * Real processes: how they end, and that output which nobody reads holds nothing up.
 *
 * @module
 */

import { assert, assertEquals } from "@std/assert";
import { ChildProcess, freePort, PROGRAM } from "../support/child_process.ts";
import { hasProgram, needs } from "../support/needs.ts";
import { TestServer } from "../support/test_server.ts";

/** More than a pipe holds, 1 KB each. */
const MANY_LINES = 200;

function startCommand(args: readonly string[], options = {}): ChildProcess {
  return ChildProcess.start([...PROGRAM, ...args], { stdin: "piped", ...options });
}

function serverOf(test: TestServer): string {
  return `-server=127.0.0.1:${test.at().port}`;
}

async function says(process: ChildProcess, beginning: string): Promise<string> {
  return await process.errors.find((line) => line.startsWith(beginning), beginning);
}

/** A joiner that is connected to the host 41. */
async function joinHost(test: TestServer, ...more: string[]): Promise<ChildProcess> {
  const joined = startCommand(["join", serverOf(test), "-remote=127.0.0.1/41", ...more]);
  await says(joined, "connected");
  return joined;
}

const POSIX = needs(Deno.build.os !== "windows", "signals between processes");

Deno.test({
  name: "a host whose output nobody reads any more ends quietly, and tells its joiner",
  ...POSIX,
  fn: async () => {
    await using test = new TestServer();
    await using hosting = ChildProcess.start(
      ["sh", "-c", `"$0" "$@" | head -n 1`, ...PROGRAM, "host", serverOf(test), "-local=41"],
      { stdin: "piped" },
    );
    await says(hosting, "reachable as");
    await using joined = await joinHost(test);
    await joined.write("first\n");
    await hosting.output.find((line) => line === "first", "the line");
    for (let i = 0; i < MANY_LINES && joined.isRunning; i++) {
      await joined.write(`${"x".repeat(1_000)}\n`).catch(() => {});
    }
    await says(joined, "closed_by_remote");
    const { stderr } = await hosting.ended();
    assert(!/roken pipe|EPIPE|rror/.test(stderr), stderr);
  },
});

Deno.test({
  name: "a probe whose output nobody reads ends quietly",
  ...POSIX,
  fn: async () => {
    await using test = new TestServer();
    await using probing = ChildProcess.start(
      ["sh", "-c", `"$0" "$@" | true`, ...PROGRAM, "probe", serverOf(test)],
    );
    const { code, stderr } = await probing.ended();
    assertEquals([code, stderr.split("\n").length], [0, 1], stderr);
  },
});

Deno.test({
  name: "a host whose output is full is ended by each signal at once, and tells its joiner",
  ...POSIX,
  fn: async () => {
    for (const signal of ["SIGTERM", "SIGINT"] as const) {
      await using test = new TestServer();
      await using hosting = startCommand(["host", serverOf(test), "-local=41"], {
        printed: "unread",
      });
      // Its names come over the server, since nobody reads what it says.
      await using joined = startCommand([
        ...["join", serverOf(test), "-remote=127.0.0.1/41", "-wait=on"],
      ]);
      await says(joined, "connected");
      for (let i = 0; i < MANY_LINES; i++) await joined.write(`${"x".repeat(1_000)}\n`);
      hosting.signal(signal);
      await says(joined, "closed_by_remote");
      hosting.readOutput();
      // What the joiner gave is a stream, of which the rest was still to come.
      assertEquals((await hosting.ended()).code, 1);
    }
  },
});

Deno.test({
  name: "a host under nohup outlives a hangup, and tells its joiner when it is stopped",
  ...needs(Deno.build.os !== "windows" && hasProgram("nohup"), "nohup"),
  fn: async () => {
    await using test = new TestServer();
    await using hosting = ChildProcess.start([
      "nohup",
      ...PROGRAM,
      "host",
      serverOf(test),
      "-local=41",
    ]);
    await says(hosting, "reachable as");
    await using joined = await joinHost(test);
    hosting.signal("SIGHUP");
    await says(hosting, "SIGHUP is ignored: ");
    hosting.signal("SIGTERM");
    await says(joined, "closed_by_remote");
    assertEquals((await hosting.ended()).code, 0);
  },
});

Deno.test("a joiner that listens needs no input, and stays", async () => {
  await using test = new TestServer();
  const port = freePort();
  await using hosting = startCommand(["host", serverOf(test), "-local=41", `-forward=127.0.0.1:9`]);
  await says(hosting, "reachable as");
  await using joined = startCommand(
    ["join", serverOf(test), "-remote=127.0.0.1/41", `-listen=${port}`],
    { stdin: "null" },
  );
  assertEquals(await says(joined, "listening on"), `listening on 127.0.0.1:${port}`);
  await says(joined, "connected");
  hosting.signal("SIGTERM");
  await says(joined, "closed_by_remote");
  await says(joined, "retry");
  assert(joined.isRunning);
});

Deno.test("a port that is taken is named with its flag, and ends the command", async () => {
  const taken = Deno.listenDatagram({ transport: "udp", hostname: "127.0.0.1", port: 0 });
  const { port } = taken.addr as Deno.NetAddr;
  await using joined = startCommand(
    ["join", "-server=127.0.0.1:9", "-remote=127.0.0.1/41", "-local=42", `-listen=${port}`],
  );
  const { code, stderr } = await joined.ended();
  taken.close();
  assertEquals([code, stderr.trim()], [
    1,
    `Cannot listen on -listen=127.0.0.1:${port}: UDP port ${port} is in use by another program; ` +
    "end that one or give -listen another port",
  ]);
});

Deno.test("what nobody is to see may come from standard input, where that is free", async () => {
  await using test = new TestServer();
  const secret = "correct horse battery";
  const start = async (...args: string[]) => {
    const process = startCommand([...args, serverOf(test), "-secret=-", "-v"]);
    await process.write(`${secret}\n`);
    return process;
  };
  await using hosting = await start("host", "-local=41", "-forward=127.0.0.1:9");
  await says(hosting, "reachable as");
  await using joined = await start("join", "-remote=127.0.0.1/41", `-listen=${freePort()}`);
  await says(joined, "connected");
  for (const process of [hosting, joined]) {
    process.signal("SIGTERM");
    const { stderr } = await process.ended();
    assert(!stderr.includes(secret), stderr);
  }
});

Deno.test("with -once the first joiner is the last", async () => {
  await using test = new TestServer();
  await using hosting = startCommand(["host", serverOf(test), "-local=41", "-once"]);
  await says(hosting, "reachable as");
  await using joined = await joinHost(test, "-linger=0");
  await joined.write("hello\n");
  await joined.endInput();
  assertEquals((await joined.ended()).code, 0);
  const { code, stdout } = await hosting.ended();
  assertEquals([code, stdout], [0, "hello"]);
});

Deno.test("a host that comes back with its Token is itself at once", async () => {
  await using test = new TestServer();
  const flags = ["host", serverOf(test), "-local=41", "-token=kept"];
  await using first = startCommand(flags);
  await says(first, "reachable as");
  await using second = startCommand(flags);
  await says(second, "reachable as");
  const { code, stderr } = await first.ended();
  assertEquals(code, 1);
  assert(
    stderr.includes("replaced: another program with this -local and -token took over"),
    stderr,
  );
});
