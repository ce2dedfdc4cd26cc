/** Tests of the packed library in Node.js and Bun, and between them and Deno. */

import { assertEquals, assertMatch } from "@std/assert";
import config from "../../deno.json" with { type: "json" };
import { host } from "../../src/peer/mod.ts";
import { BEHAVIOURS } from "../peer/platform/conformance.ts";
import { ChildProcess, runToEnd } from "../support/child_process.ts";
import { codeBlock, codeBlocks, readDocument, section } from "../readme/markdown.ts";
import { hasProgram, needs } from "../support/needs.ts";
import { TestServer } from "../support/test_server.ts";
import { COMPILERS, HAS_RUNTIMES, Projects, type RuntimeName } from "./projects.ts";

const withRuntimes = needs(
  HAS_RUNTIMES && Deno.build.os === "linux" && hasProgram("npm"),
  "Linux, npm, and runtimes in the folder CONTAINMENT_BREACH_RUNTIMES, see .ci/run",
);

/** Which peers meet: all ways between two runtimes, and within one. */
const PAIRS: readonly (readonly [RuntimeName, RuntimeName])[] = [
  ["node22", "deno"],
  ["deno", "node22"],
  ["bun", "deno"],
  ["deno", "bun"],
  ["node22", "node24"],
  ["bun", "node22"],
  ["bun", "bun"],
];

/** More than a window, and less than would take long. */
const STREAM_BYTES = 3_000_000;

let projects: Projects;

if (!withRuntimes.ignore) {
  Deno.test.beforeAll(async () => {
    projects = await Projects.make();
    const options = { module: "node16", rootDir: ".", outDir: "out" };
    assertEquals(await projects.compile("typescript5", options), "");
  });
  Deno.test.afterAll(() => projects[Symbol.asyncDispose]());
}

/** A peer in a process of its own. */
function start(runtime: RuntimeName, ...args: readonly string[]): ChildProcess {
  const { command, cwd } = projects.command(runtime, "tests/runtimes/peer.ts");
  return ChildProcess.start([...command, ...args], { cwd, stdin: "piped" });
}

async function find(peer: ChildProcess, text: string): Promise<string> {
  return await peer.output.find((line) => line.startsWith(text), text);
}

/** What both sides say arrives at the other one. */
async function exchange(a: ChildProcess, b: ChildProcess, word: string): Promise<void> {
  await a.write(`send ${word} from a\n`);
  await find(b, `received ${word} from a`);
  await b.write(`send ${word} from b\n`);
  await find(a, `received ${word} from b`);
}

/** A stream from either side comes back whole, and one that is given up says why. */
async function stream(a: ChildProcess, b: ChildProcess): Promise<void> {
  for (const [sender, receiver] of [[a, b], [b, a]]) {
    await sender.write(`stream ${STREAM_BYTES}\n`);
    await find(sender, `streamed ${STREAM_BYTES} intact`);
    await sender.write("abort 7\n");
    await find(receiver, "stream failed stream_reset 7");
  }
}

/** It ends by itself, and had nothing to complain about. */
async function endsWell(peer: ChildProcess): Promise<void> {
  await peer.endInput();
  const { code, stderr } = await peer.ended();
  assertEquals([code, stderr], [0, ""]);
}

/** What comes of what users do wrong, as the Streams Standard and the documentation have it. */
const OF_MISTAKES = `\
closed right behind the last write: undefined, undefined, undefined, 101
closed while nobody reads what was written without waiting: told that it is full, undefined, stream_lost
bytes that are passed on while they wait: TypeError, stream_reset, TypeError
text: TypeError, stream_reset
two readers: TypeError
given up in every way and order: undefined, undefined, undefined, undefined, TypeError, undefined, undefined, TypeError
used after its end: stream_lost, stream_lost, undefined, true, cancelled
streams that nobody ends: 100 opened
over
`;

for (const runtime of ["deno", "node22", "node24", "bun"] as const) {
  Deno.test(
    `mistakes with streams are told in ${runtime}, and it ends by itself`,
    withRuntimes,
    async () => {
      await using test = new TestServer();
      const { command, cwd } = projects.command(runtime, "tests/runtimes/mistakes.ts");
      const server = `127.0.0.1:${test.at().port}`;
      const ended = await runToEnd([...command, server], { cwd, deadlineMs: 60_000 });
      assertEquals(ended, { code: 0, stdout: OF_MISTAKES, stderr: "" });
    },
  );
}

for (const [hosting, joining] of PAIRS) {
  const what = `a host in ${hosting} and a joiner in ${joining}`;

  Deno.test(`${what} send each other streams`, withRuntimes, async () => {
    await using test = new TestServer();
    const server = `127.0.0.1:${test.at().port}`;
    await using host = start(hosting, "host", server, "1");
    await find(host, "hosts 127.0.0.1/1");
    await using joiner = start(joining, "join", server, "2", "/1");
    await Promise.all([find(joiner, "connected"), find(host, "connected")]);
    await stream(host, joiner);
    await host.write("close\n");
    await find(joiner, "ended closed_by_remote");
    await Promise.all([endsWell(host), endsWell(joiner)]);
  });

  Deno.test(`${what} talk, and a close is told`, withRuntimes, async () => {
    await using test = new TestServer();
    const server = `127.0.0.1:${test.at().port}`;
    await using host = start(hosting, "host", server, "1");
    await find(host, "hosts 127.0.0.1/1");
    for (const [i, closing] of ["joiner", "host"].entries()) {
      await using joiner = start(joining, "join", server, closing === "host" ? "2" : "3", "/1");
      await Promise.all([find(joiner, "connected"), find(host, `connected ${i + 1}`)]);
      await exchange(host, joiner, closing);
      await (closing === "host" ? host : joiner).write("close\n");
      await find(joiner, `ended ${closing === "host" ? "closed_by_remote" : "closed_here"}`);
      if (closing === "joiner") await find(host, "ended closed_by_remote enough");
      await endsWell(joiner);
    }
    await find(host, "hosts no more");
    await endsWell(host);
  });

  Deno.test(`${what} go on after the host was killed`, withRuntimes, async () => {
    await using test = new TestServer();
    const server = `127.0.0.1:${test.at().port}`;
    await using first = start(hosting, "host", server, "1");
    await find(first, "hosts");
    await using joiner = start(joining, "join", server, "2", "127.0.0.1/1");
    await Promise.all([find(joiner, "connected"), find(first, "connected")]);
    await exchange(first, joiner, "first");
    first.signal("SIGKILL");
    await first.ended();
    await using second = start(hosting, "host", server, "1");
    await find(second, "hosts");
    await joiner.write("send anybody there\n");
    await Promise.all([find(joiner, "event restarted"), find(second, "connected")]);
    await exchange(second, joiner, "second");
    await joiner.write("close\n");
    await find(second, "ended closed_by_remote");
    await endsWell(joiner);
  });
}

Deno.test("two equals in Node.js and Bun meet", withRuntimes, async () => {
  await using test = new TestServer();
  const server = `127.0.0.1:${test.at().port}`;
  await using a = start("node22", "connect", server, "1", "127.0.0.1/2");
  await using b = start("bun", "connect", server, "2", "127.0.0.1/1");
  await Promise.all([find(a, "connected"), find(b, "connected")]);
  await exchange(a, b, "hello");
  await a.write("close\n");
  await find(b, "ended closed_by_remote enough");
  await Promise.all([endsWell(a), endsWell(b)]);
});

for (const runtime of ["node22", "node24", "bun"] as const) {
  Deno.test(`README's program for Node and Bun runs in ${runtime}`, withRuntimes, async () => {
    await using test = new TestServer();
    const server = `127.0.0.1:${test.at().port}`;
    const chapter = section(readDocument("README.md"), "Node and Bun");
    const [install, run] = codeBlocks(chapter, "sh");
    const [, file, , code] = run.trim().split(" ");
    const hosting = await host({ server, code });
    (async () => {
      for await (const peer of hosting) {
        (async () => {
          for await (const datagram of peer) await peer.send(datagram);
        })();
      }
    })();
    assertEquals(install, `npm install ${config.name}\n`);
    await projects.write(runtime, file, codeBlock(chapter, "js"));
    const { command, cwd } = projects.command(runtime, file);
    const ended = await runToEnd([...command, server, code], { cwd });
    assertEquals(ended, { code: 0, stdout: "hello through the hole\n", stderr: "" });
    await hosting.close();
  });

  Deno.test(`the platform of ${runtime} does what Deno's does`, withRuntimes, async () => {
    const { command, cwd } = projects.command(runtime, "tests/runtimes/conformance.ts");
    const { code, stdout, stderr } = await runToEnd(command, { cwd });
    assertEquals([code, stderr, stdout], [0, "", `checked ${BEHAVIOURS.length}\n`]);
  });
}

for (const compiler of COMPILERS) {
  Deno.test(`a strict project has the types, with ${compiler}`, withRuntimes, async () => {
    for (
      const options of [
        { module: "node16" },
        { module: "esnext", moduleResolution: "bundler" },
      ]
    ) assertEquals(await projects.compile(compiler, { ...options, noEmit: true }), "");
  });
}

Deno.test("what Node.js 22 lacks, only Deno's own files use", withRuntimes, async () => {
  assertEquals(await projects.compileSources(), [
    "src/peer/platform/deno_udp_socket.ts",
    "src/peer/platform/local_addresses.ts",
    "src/sockets/datagrams.ts",
    "src/sockets/socket_errors.ts",
  ]);
});

Deno.test("what a strict project does wrong, the compiler finds", withRuntimes, async () => {
  const wrong = 'import { join } from "@containment-breach/containment-breach/peer";\n' +
    'await join({ server: 1, remote: "/1" });\n';
  const text = await projects.compile("typescript5", { module: "node16", noEmit: true }, wrong);
  assertMatch(
    text,
    /^2 tests\/added\.ts\(2,\d+\): error TS\d+: [^]*'number' is not assignable to type 'string'/,
  );
});
