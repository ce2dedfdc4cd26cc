/** Tests of the compiled program, which CONTAINMENT_BREACH_EXECUTABLE names. */

import { assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { introduce } from "../../src/peer/mod.ts";
import { VERSION } from "../../src/version.ts";
import { runToEnd } from "../support/child_process.ts";
import { ChildServer } from "../support/child_server.ts";
import { DEADLINE_MS } from "../support/deadline.ts";
import { needs } from "../support/needs.ts";

const EXECUTABLE = Deno.env.get("CONTAINMENT_BREACH_EXECUTABLE") ?? "";
const options = needs(EXECUTABLE !== "", "an executable named by CONTAINMENT_BREACH_EXECUTABLE");

/** Runs the program to its end, away from the sources and without an environment. */
async function run(...args: string[]) {
  const cwd = await Deno.makeTempDir({ prefix: "executable" });
  try {
    const { code, stdout, stderr } = await runToEnd([EXECUTABLE, ...args], { cwd, env: "none" });
    assertEquals([...Deno.readDirSync(cwd)], []);
    return { code, stdout: withLineFeeds(stdout), stderr: withLineFeeds(stderr) };
  } finally {
    await Deno.remove(cwd);
  }
}

/** Windows ends lines with a carriage return as well. */
function withLineFeeds(text: string): string {
  return text.replaceAll("\r\n", "\n");
}

Deno.test("the executable has the version of deno.json", options, async () => {
  const expected = { code: 0, stdout: `containment_breach ${VERSION}\n`, stderr: "" };
  assertEquals(await run("-version"), expected);
});

Deno.test("the executable explains its flags", options, async () => {
  const { code, stdout, stderr } = await run("-help");
  assertEquals([code, stderr], [0, ""]);
  assertStringIncludes(stdout, "Usage: containment_breach ");
});

Deno.test("the executable refuses a mistake on the command line", options, async () => {
  const { code, stdout, stderr } = await run("-port=0");
  assertEquals([code, stdout], [2, ""]);
  assertMatch(stderr, /^Cannot use -port: expected .*, received "0"\nRun ".* -help" .*\n$/);
});

Deno.test("the executable says in one line that it cannot listen", options, async () => {
  const taken = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  try {
    const { code, stdout, stderr } = await run("-host=127.0.0.1", `-port=${taken.addr.port}`);
    assertEquals([code, stdout], [1, ""]);
    assertMatch(stderr, /^Cannot listen on 127\.0\.0\.1 port \d+: .*\n$/);
  } finally {
    taken.close();
  }
});

for (const [ip, bracketed] of [["127.0.0.1", "127.0.0.1"], ["::1", "[::1]"]]) {
  Deno.test(`the executable introduces a pair over ${ip}`, options, async () => {
    await using server = await ChildServer.start([], { host: "all", program: [EXECUTABLE] });
    const peers = await Promise.all([[1, 2], [2, 1]].map(([localPeerPort, remote]) =>
      introduce({
        server: `${bracketed}:${server.endpoint.port}`,
        localPeerPort,
        remote: `${ip}/${remote}`,
        mode: "connect",
        signal: AbortSignal.timeout(DEADLINE_MS),
      })
    ));
    for (const { socket } of peers) socket.close();
    const [a, b] = peers;
    assertEquals([a.source, a.dest], [b.dest, b.source]);
    assertEquals([a.source.address, b.source.address], [ip, ip]);
    assertEquals(a.pairKey?.length, 32);
    assertEquals(a.pairKey, b.pairKey);
    server.signal("SIGTERM");
    assertEquals((await server.ended()).code, 0);
  });
}
