import { assert, assertEquals, assertMatch } from "@std/assert";
import { systemPlatform } from "../../../src/peer/platform/node_platform.ts";
import { WatchedServer } from "../../http/watched_server.ts";
import { PROGRAM } from "../../support/child_process.ts";
import { needs } from "../../support/needs.ts";
import { HAS_TERMINALS, TerminalProcess } from "../../support/terminal.ts";
import { CommandRun } from "../command_run.ts";

const TERMINAL = needs(HAS_TERMINALS, "script of util-linux");

function addressOf(watched: WatchedServer): string {
  return new URL(watched.url).host;
}

Deno.test("without a terminal it prints the status once", async () => {
  await using watched = await WatchedServer.start();
  await watched.test.register(1);
  await using run = new CommandRun("top", `-http=${addressOf(watched)}`, systemPlatform);
  assertEquals([await run.exit, run.status], [0, []]);
  assertMatch(run.output[0], /^containment_breach /);
  assertEquals(run.output[1], "ready");
  assert(run.output.some((line) => /^registered peers +1 /.test(line)), run.output.join("\n"));
});

Deno.test("where no server shows its status, it says what was expected", async () => {
  await using watched = await WatchedServer.start();
  const { port } = watched.test.at();
  await using run = new CommandRun("top", `-http=127.0.0.1:${port}`, systemPlatform);
  assertEquals([await run.exit, run.output], [1, []]);
  assert(
    run.status[0].startsWith(
      `Cannot read http://127.0.0.1:${port}/status.json: expected the -http_port of a server, received `,
    ),
    run.status[0],
  );
});

Deno.test({
  name: "in a terminal it follows the server, and leaves the screen as it was",
  ...TERMINAL,
  fn: async () => {
    await using watched = await WatchedServer.start();
    const command = [...PROGRAM, "top", `-http=${addressOf(watched)}`];
    await using terminal = new TerminalProcess(command);
    await terminal.shows(/registered peers +0 /);
    await watched.test.register(1);
    await terminal.shows(/registered peers +1 /);
    terminal.signal("SIGINT");
    assertEquals(await terminal.exitCode(), 0);
    await terminal.shows(/\[\?25h.\[\?1049l$/);
  },
});

Deno.test({
  name: "a server that goes away is said, and does not end it",
  ...TERMINAL,
  fn: async () => {
    const watched = await WatchedServer.start();
    const command = [...PROGRAM, "top", `-http=${addressOf(watched)}`];
    await using terminal = new TerminalProcess(command);
    await terminal.shows(/registered peers/);
    await watched[Symbol.asyncDispose]();
    await terminal.shows(/Cannot read http:/);
    terminal.signal("SIGINT");
    assertEquals(await terminal.exitCode(), 0);
  },
});
