/** Tests of the compiled programs, see `EXECUTABLES`. */

import { assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { introduce } from "../../src/peer/mod.ts";
import { VERSION } from "../../src/version.ts";
import { runToEnd } from "../support/child_process.ts";
import { ChildServer } from "../support/child_server.ts";
import { DEADLINE_MS } from "../support/deadline.ts";
import { EXECUTABLES } from "../support/executables.ts";

/** Runs a program to its end, away from the sources and without an environment. */
async function run(program: readonly string[], ...args: string[]) {
  const cwd = await Deno.makeTempDir({ prefix: "executable" });
  try {
    const { code, stdout, stderr } = await runToEnd([...program, ...args], { cwd, env: "none" });
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

for (const { name, program = [], signals } of EXECUTABLES) {
  const options = { ignore: program.length === 0 };

  Deno.test(`${name} has the version of deno.json`, options, async () => {
    const expected = { code: 0, stdout: `containment_breach ${VERSION}\n`, stderr: "" };
    assertEquals(await run(program, "-version"), expected);
  });

  Deno.test(`${name} explains its flags`, options, async () => {
    const { code, stdout, stderr } = await run(program, "-help");
    assertEquals([code, stderr], [0, ""]);
    assertStringIncludes(stdout, "Usage: containment_breach ");
  });

  Deno.test(`${name} refuses a mistake on the command line`, options, async () => {
    const { code, stdout, stderr } = await run(program, "-port=0");
    assertEquals([code, stdout], [2, ""]);
    assertMatch(stderr, /^Cannot use -port: expected .*, received "0"\nRun ".* -help" .*\n$/);
  });

  Deno.test(`${name} says in one line that it cannot listen`, options, async () => {
    const taken = Deno.listen({ hostname: "127.0.0.1", port: 0 });
    try {
      const flags = ["-host=127.0.0.1", `-port=${taken.addr.port}`];
      const { code, stdout, stderr } = await run(program, ...flags);
      assertEquals([code, stdout], [1, ""]);
      assertMatch(stderr, /^Cannot listen on 127\.0\.0\.1 port \d+: .*\n$/);
    } finally {
      taken.close();
    }
  });

  for (const [ip, bracketed] of [["127.0.0.1", "127.0.0.1"], ["::1", "[::1]"]]) {
    Deno.test(`${name} introduces a pair over ${ip}`, options, async () => {
      await using server = await ChildServer.start([], { host: "all", program });
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
      if (signals === "end it") return;
      server.signal("SIGTERM");
      assertEquals((await server.ended()).code, 0);
    });
  }
}
