/**
 * Commands that meet by a code.
 *
 * @module
 */

import { assert, assertEquals, assertMatch } from "@std/assert";
import { systemPlatform } from "../../../src/peer/mod.ts";
import { freePort } from "../../support/child_process.ts";
import { begun, CODE } from "../../peer/code_scene.ts";
import { World } from "../../simulated/peer_platform.ts";
import { within } from "../../support/deadline.ts";
import { TestServer } from "../../support/test_server.ts";
import { type CommandName, CommandRun } from "../command_run.ts";

const ANY_CODE = /[0-9A-HJKMNP-TV-Z]{4}(-[0-9A-HJKMNP-TV-Z]{4}){3}-[0-9A-HJKMNP-TV-Z]{2}/;
const JOIN_WITH = "join with: containment_breach ";

function serverOf(test: TestServer): string {
  return `127.0.0.1:${test.at().port}`;
}

function saying(run: CommandRun, beginning: string): string[] {
  return run.status.filter((line) => line.startsWith(beginning));
}

/** What is said beside the line that is to be sent. */
function chatter(run: CommandRun): string {
  return run.status.filter((line) => !line.startsWith(JOIN_WITH)).join("\n");
}

async function stop(world: World, ...runs: CommandRun[]): Promise<void> {
  for (const run of runs) run.interrupt();
  await world.until(Promise.all(runs.map(({ exit }) => exit)));
}

/** A command on a public machine of its own, which has made its keys of the code. */
async function start(
  world: World,
  name: CommandName,
  flags: string,
  machine: number,
  input = "",
): Promise<CommandRun> {
  const run = new CommandRun(name, flags, world.publicMachine(`192.0.2.${machine}`));
  if (input !== "") run.type(input);
  await world.run(0);
  await begun();
  return run;
}

Deno.test("a host makes a code, and prints the whole line that joins it", async () => {
  await using test = new TestServer();
  await using hosting = new CommandRun("host", `-server=${serverOf(test)}`, systemPlatform);
  await hosting.says(JOIN_WITH);
  await hosting.says("the other side must be able to reach the server as 127.0.0.1");
  const [line, ...others] = saying(hosting, JOIN_WITH);
  assertEquals(others, []);
  const [name, word, ...more] = line.slice(JOIN_WITH.length).split(" ");
  assertEquals([name, more], ["join", []]);
  assertMatch(word, new RegExp(`^${serverOf(test)}/${ANY_CODE.source}$`));
  await using joined = new CommandRun("join", word, systemPlatform);
  await joined.says("connected to ");
  joined.type("from the joiner\n");
  await hosting.prints("from the joiner");
  hosting.type("from the host\n");
  await joined.prints("from the host");
  for (const run of [hosting, joined]) assert(!ANY_CODE.test(chatter(run)), chatter(run));
});

Deno.test("each host makes another code", async () => {
  const world = new World();
  const flags = "-server=server.test";
  const runs = [await start(world, "host", flags, 1), await start(world, "host", flags, 2)];
  await world.run(5_000);
  const lines = runs.flatMap((run) => saying(run, JOIN_WITH));
  assertEquals(new Set(lines).size, 2, lines.join("\n"));
  await stop(world, ...runs);
});

Deno.test("with -json the line is a member, and with -quiet it is all that is said", async () => {
  const world = new World();
  const json = await start(world, "host", "-server=server.test -json", 1);
  const quiet = await start(world, "host", "-server=server.test -quiet", 2);
  await world.run(5_000);
  const objects = json.status.map((line) => JSON.parse(line));
  const invitation = objects.find(({ kind }) => kind === "invitation");
  assertMatch(invitation.command, /^containment_breach join server\.test\/\S{22}$/);
  assertEquals(invitation.message, `join with: ${invitation.command}`);
  assertEquals(quiet.status.length, 1, quiet.status.join("\n"));
  assert(quiet.status[0].startsWith(JOIN_WITH));
  await stop(world, json, quiet);
});

Deno.test("of a service the line has the port, and the joiner reaches it", async () => {
  await using test = new TestServer();
  const service = Deno.listenDatagram({ transport: "udp", hostname: "127.0.0.1", port: 0 });
  const { port } = service.addr as Deno.NetAddr;
  const flags = `-server=${serverOf(test)} -forward=127.0.0.1:${port}`;
  await using hosting = new CommandRun("host", flags, systemPlatform);
  await hosting.says(JOIN_WITH);
  const [, word, listen] = saying(hosting, JOIN_WITH)[0].slice(JOIN_WITH.length).split(" ");
  assertEquals(listen, `-listen=${port}`);
  const near = freePort();
  await using joined = new CommandRun("join", `${word} -listen=${near}`, systemPlatform);
  await joined.says("connected to ");
  const client = Deno.listenDatagram({ transport: "udp", hostname: "127.0.0.1", port: 0 });
  await client.send(Uint8Array.of(1, 2), { transport: "udp", hostname: "127.0.0.1", port: near });
  const [received] = await service.receive();
  assertEquals(received, Uint8Array.of(1, 2));
  for (const socket of [client, service]) socket.close();
});

Deno.test("a code that was given is not said again", async () => {
  const world = new World();
  const hosting = await start(world, "host", `-server=server.test -code=${CODE} -v`, 1);
  await world.run(5_000);
  assertEquals(saying(hosting, "join with"), [
    "join with the same CODE: containment_breach join server.test/CODE",
  ]);
  const joined = await start(world, "join", "-server=server.test -v oo8j 4CT4 ank7-f24s 94", 2);
  await world.run(5_000);
  assertEquals(saying(joined, "connected to ").length, 1, joined.status.join("\n"));
  for (const { status } of [hosting, joined]) {
    assert(!/4CT4/i.test(status.join("\n")), status.join("\n"));
  }
  await stop(world, hosting, joined);
});

Deno.test("a code may come from standard input, where that is free", async () => {
  const world = new World();
  const hosting = await start(
    world,
    "host",
    "-server=server.test -code=- -forward=192.0.2.1:9",
    1,
    `${CODE}\n`,
  );
  const joined = await start(
    world,
    "join",
    "-server=server.test -code=- -listen=192.0.2.2:9",
    2,
    `${CODE.toLowerCase()}\r\n`,
  );
  await world.run(10_000);
  assertEquals(saying(joined, "connected to ").length, 1, joined.status.join("\n"));
  await stop(world, hosting, joined);
  const wrong = await start(
    world,
    "join",
    "-server=server.test -code=- -listen=192.0.2.3:9",
    3,
    "008J-4CT4-ANK7-F24S-95\n",
  );
  assertEquals(await world.until(wrong.exit), 1);
  assertEquals(wrong.status, [
    "Cannot use this code: this code has a typing error, compare it with the one that you were given",
  ]);
});

Deno.test("what standard input has in place of a code is told from one", async () => {
  const flags = "-server=server.test -code=- -listen=192.0.2.1:9";
  const cases = [
    ["\n", "Cannot use this code: expected 18 characters besides dashes, received 0"],
    [
      `server.test/${CODE}\n`,
      "Cannot use this code: expected it alone on standard input, received a slash as well",
    ],
    [
      "A".repeat(1_000_000),
      "Cannot read standard input: expected a line of at most 65476 bytes for the flag with -, " +
      "received 1000000",
    ],
    ["", "Cannot read standard input: expected a line for the flag with -, received none"],
  ];
  for (const [input, expected] of cases) {
    const run = new CommandRun("join", flags, new World().publicMachine("192.0.2.1"));
    run.type(input);
    run.endInput();
    assertEquals(await run.exit, 1);
    assertEquals(run.status, [expected]);
  }
});

Deno.test("standard input that cannot be read is told, where a code was to be on it", async () => {
  const flags = "-server=server.test -code=- -listen=192.0.2.1:9";
  const run = new CommandRun("join", flags, new World().publicMachine("192.0.2.1"));
  run.failInput(new Error("Is a directory"));
  assertEquals(await run.exit, 1);
  assertEquals(run.status, ["Cannot read standard input: Is a directory"]);
});

Deno.test("who waits for a code on standard input stops at once", async () => {
  const flags = "-server=server.test -code=- -listen=192.0.2.1:9";
  // The clock of this world stands still: nothing ends by a timeout.
  const run = new CommandRun("join", flags, new World().publicMachine("192.0.2.1"));
  run.interrupt();
  assertEquals(await within(run.exit, "the end of the command"), 0);
  assertEquals(run.status, []);
});

Deno.test("a code that nobody hosts is told, or waited for", async () => {
  const world = new World();
  const hasty = await start(world, "join", `server.test/${CODE}`, 1);
  assertEquals(await world.until(hasty.exit), 1);
  const told = "nobody hosts this code now: is the other side running, and on the same server";
  assert(hasty.status.at(-1)!.startsWith(`host_not_found: ${told}`), hasty.status.join("\n"));
  const patient = [
    await start(world, "join", `server.test/${CODE} -wait=on`, 2),
    await start(world, "join", `server.test/${CODE} -listen=192.0.2.3:9`, 3),
  ];
  await world.run(30_000);
  for (const run of patient) {
    const retries = saying(run, "retry");
    assertEquals(retries.length, 1, run.status.join("\n"));
    assert(retries[0].includes(told));
    assert(!retries[0].includes("-wait=on"), retries[0]);
  }
  const hosting = await start(world, "host", `-server=server.test -code=${CODE}`, 9);
  await world.run(15_000);
  for (const run of patient) assertEquals(saying(run, "connected").length, 1);
  await stop(world, hosting, ...patient);
});

Deno.test("two peers with one code meet, the third waits for the fourth", async () => {
  const world = new World();
  const peer = (machine: number) =>
    start(world, "peer", `-server=server.test -code=${CODE}`, machine);
  const first = await peer(1);
  await world.run(5_000);
  assertEquals(saying(first, "waiting"), [
    "waiting for the other side, which must give the same CODE: " +
    "containment_breach peer server.test/CODE",
  ]);
  const second = await peer(2);
  await world.run(5_000);
  const third = await peer(3);
  await world.run(60_000);
  assertEquals([first, second, third].map((run) => saying(run, "connected").length), [1, 1, 0]);
  assertEquals(saying(third, "waiting").length, 1, third.status.join("\n"));
  const fourth = await peer(4);
  await world.run(5_000);
  assertEquals([third, fourth].map((run) => saying(run, "connected").length), [1, 1]);
  third.type("to the fourth\n");
  await world.run(1_000);
  assertEquals([first, second, fourth].map(({ output }) => output), [[], [], ["to the fourth"]]);
  await stop(world, first, second, third, fourth);
});

Deno.test("of two hosts with one code the second is told so, and hosts when the first has gone", async () => {
  const world = new World();
  const host = (machine: number) =>
    start(world, "host", `-server=server.test -code=${CODE}`, machine);
  const first = await host(1);
  await world.run(5_000);
  const second = await host(2);
  await world.run(120_000);
  assertEquals(saying(second, "reachable"), []);
  const told = second.status.filter((line) => line.includes("another program hosts this code"));
  assertEquals(told.length, 1, second.status.join("\n"));
  await stop(world, first);
  await world.run(120_000);
  assertEquals(saying(second, "reachable").length, 1, second.status.join("\n"));
  await stop(world, second);
});

Deno.test("a server that knows no codes is named by every command, which then ends", async () => {
  const cases = [
    ["host", "-server=server.test"],
    ["host", `-server=server.test -code=${CODE} -wait=on`],
    ["join", `server.test/${CODE}`],
    ["join", `server.test/${CODE} -listen=192.0.2.1:9`],
    ["peer", `-server=server.test -code=${CODE}`],
  ] as const;
  for (const [name, flags] of cases) {
    const world = new World({ knowledge: "no names" });
    const run = await start(world, name, flags, 1);
    assertEquals(await world.until(run.exit), 1, run.status.join("\n"));
    const last = run.status.at(-1) as string;
    assertMatch(last, /^bad_request: .*knows codes.*older/);
    assert(last.includes("by address"), last);
    assertEquals(saying(run, "join with"), []);
  }
});

Deno.test("with -once the code serves the first joiner, and ends with it", async () => {
  const world = new World();
  const hosting = await start(world, "host", `-server=server.test -code=${CODE} -once`, 1);
  await world.run(3_000);
  const join = (machine: number) => start(world, "join", `server.test/${CODE} -linger=0`, machine);
  const first = await join(2);
  await world.run(3_000);
  assertEquals(saying(first, "connected").length, 1, first.status.join("\n"));
  const second = await join(3);
  assertEquals(await world.until(second.exit), 1, second.status.join("\n"));
  assertMatch(second.status.at(-1) as string, /^punch_failed: .* takes nobody else now/);
  first.endInput();
  assertEquals(await world.until(Promise.all([first.exit, hosting.exit])), [0, 0]);
  const late = await join(4);
  assertEquals(await world.until(late.exit), 1);
  assert(late.status.at(-1)!.startsWith("host_not_found: "), late.status.join("\n"));
});

Deno.test("a secret adds to a code", async () => {
  const world = new World();
  const hosting = await start(
    world,
    "host",
    `-server=server.test -code=${CODE} -secret=open-sesame`,
    1,
  );
  await world.run(3_000);
  assertEquals(saying(hosting, "the other side must give the same -secret").length, 1);
  const stranger = await start(world, "join", `server.test/${CODE}`, 2);
  assertEquals(await world.until(stranger.exit), 1);
  assertMatch(stranger.status.at(-1) as string, /^punch_failed: .*secret/);
  const friend = await start(world, "join", `server.test/${CODE} -secret=open-sesame`, 3);
  await world.run(3_000);
  assertEquals(saying(friend, "connected").length, 1, friend.status.join("\n"));
  await stop(world, hosting, friend);
});
