import { assert, assertEquals } from "@std/assert";
import { systemPlatform } from "../../../src/peer/platform/node_platform.ts";
import { until } from "../../support/deadline.ts";
import { TestServer } from "../../support/test_server.ts";
import { World } from "../../simulated/peer_platform.ts";
import { CommandRun } from "../command_run.ts";

function serverOf(test: TestServer): string {
  return `-server=127.0.0.1:${test.at().port}`;
}

Deno.test("host and join are a pipe in both directions, and of several each line says whose it is", async () => {
  await using test = new TestServer();
  await using hosting = new CommandRun("host", `${serverOf(test)} -local=1`, systemPlatform);
  hosting.type("typed before anybody came\n");
  await hosting.says("reachable as 127.0.0.1/1");
  const join = (local: number) =>
    new CommandRun("join", `${serverOf(test)} -local=${local} -remote=/1`, systemPlatform);
  const latest = () =>
    hosting.status.findLast((line) => line.startsWith("connected"))?.split(/[ ,]/)[2];
  await using first = join(2);
  await first.prints("typed before anybody came");
  first.type("from the first\n");
  await hosting.prints("from the first");
  await using second = join(3);
  const firstName = latest();
  await second.says("connected");
  await until(() => latest() !== firstName, "the second joiner");
  const secondName = latest();
  second.type("from the second\r\n");
  await hosting.prints(`${secondName}: from the second`);
  first.type("from the first again\n");
  await hosting.prints(`${firstName}: from the first again`);
  hosting.type("to all\n");
  await first.prints("to all");
  await second.prints("to all");
  first.interrupt();
  assertEquals(await first.exit, 0);
  await hosting.says("closed_by_remote");
  second.type("still here\n");
  await hosting.prints(`${secondName}: still here`);
});

Deno.test("peer and peer are a pipe; the end of one's input ends both", async () => {
  await using test = new TestServer();
  const peer = (local: number, remote: number) =>
    new CommandRun(
      "peer",
      `${serverOf(test)} -local=${local} -remote=127.0.0.1/${remote} -linger=0`,
      systemPlatform,
    );
  await using a = peer(-1, 2);
  await using b = peer(2, -1);
  b.type("question\n");
  await a.prints("question");
  a.type("answer without end of line");
  a.endInput();
  await b.prints("answer without end of line");
  assertEquals(await Promise.all([a.exit, b.exit]), [0, 0]);
  assert(b.status.includes("closed_by_remote: 127.0.0.1/-1"), b.status.join("\n"));
});

Deno.test("a thousand lines pass without loss or disorder", async () => {
  await using test = new TestServer();
  await using hosting = new CommandRun("host", `${serverOf(test)} -local=1`, systemPlatform);
  await hosting.says("reachable as 127.0.0.1/1");
  await using joined = new CommandRun(
    "join",
    `${serverOf(test)} -local=2 -remote=127.0.0.1/1`,
    systemPlatform,
  );
  await joined.says("connected");
  const expected = Array.from({ length: 1_000 }, (_, i) => `line ${i}`);
  for (const line of expected) joined.type(`${line}\n`);
  await hosting.prints("line 999");
  assertEquals(hosting.output, expected);
});

Deno.test("after the end of the input a pipe waits for answers, and then closes", async () => {
  const world = new World();
  const [a, b] = [world.publicMachine("192.0.2.1"), world.publicMachine("192.0.2.2")];
  const peer = (local: number, remote: string, platform: typeof a) =>
    new CommandRun("peer", `-server=server.test -local=${local} -remote=${remote}`, platform);
  const asking = peer(1, "192.0.2.2/2", a);
  const answering = peer(2, "192.0.2.1/1", b);
  await world.run(10_000);
  asking.type("question");
  asking.endInput();
  await world.run(1_500);
  assertEquals(answering.output, ["question"]);
  for (let i = 1; i <= 5; i++) {
    answering.type(`answer ${i}\n`);
    await world.run(1_500);
  }
  assertEquals(asking.output.length, 5);
  const beforeMs = world.clock.nowMs();
  assertEquals(await world.until(Promise.all([asking.exit, answering.exit])), [0, 0]);
  assert(world.clock.nowMs() - beforeMs <= 2_000);
});

Deno.test("a failure is one last line that begins with its code, and exit code 1", async () => {
  await using test = new TestServer();
  await using failing = new CommandRun(
    "join",
    `${serverOf(test)} -local=2 -remote=127.0.0.1/77`,
    systemPlatform,
  );
  assertEquals(await failing.exit, 1);
  assert(failing.status.at(-1)!.startsWith("host_not_found: "), failing.status.join("\n"));
  assertEquals(failing.output, []);
});

Deno.test("a remote peer that falls silent ends a pipe with exit code 1", async () => {
  const world = new World();
  const [a, b] = [world.publicMachine("192.0.2.1"), world.publicMachine("192.0.2.2")];
  const hosting = new CommandRun("host", "-server=server.test -local=1", a);
  await world.run(1_000);
  const joined = new CommandRun(
    "join",
    "-server=server.test -local=2 -remote=192.0.2.1/1",
    b,
  );
  await world.run(1_000);
  world.internet.cut("192.0.2.1");
  assertEquals(await world.until(joined.exit), 1);
  assertEquals(joined.status.at(-1), "lost: 192.0.2.1/1 fell silent");
  await world.run(60_000);
  assert(hosting.status.some((line) => line.startsWith("lost: ")), hosting.status.join("\n"));
  hosting.interrupt();
  assertEquals(await world.until(hosting.exit), 0);
});
