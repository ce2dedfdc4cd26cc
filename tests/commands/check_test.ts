import { assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { systemPlatform } from "../../src/peer/platform/node_platform.ts";
import { type Machine, World } from "../simulated/peer_platform.ts";
import { TestServer } from "../support/test_server.ts";
import { CommandRun } from "./command_run.ts";

async function checkFrom(world: World, machine: Machine, flags = "") {
  const run = new CommandRun("check", `-server=server.test ${flags}`, machine);
  const exit = await world.until(run.exit);
  await world.run(2_000);
  assertEquals(machine.sockets.size, 0);
  assertEquals([run.output.length, run.status], [1, []]);
  return { exit, line: run.output[0] };
}

Deno.test("a server that works introduces this machine to itself, and one line says so", async () => {
  const world = new World();
  const { exit, line } = await checkFrom(world, world.publicMachine("192.0.2.2"));
  assertEquals(exit, 0);
  assertMatch(
    line,
    /^ok: server\.test:6969 in \d+(\.\d)? ms; IPv4: UDP and TCP get through, this machine is seen as 192\.0\.2\.2:\d+ and 192\.0\.2\.2:\d+$/,
  );
});

Deno.test("behind a NAT it asks for no more than the introduction", async () => {
  const world = new World();
  const { exit, line } = await checkFrom(world, world.machineBehind(world.nat()));
  assertEquals(exit, 0);
  assertStringIncludes(line, "seen as 198.51.100.1:");
  // A look for hairpinning would take its timeout.
  assertEquals(world.clock.nowMs() < 2_500, true);
});

Deno.test("blocked UDP fails with what the server said", async () => {
  const world = new World();
  const send = world.internet.send.bind(world.internet);
  world.internet.send = (packet) => packet.destination.port === 6969 ? undefined : send(packet);
  const { exit, line } = await checkFrom(world, world.publicMachine("192.0.2.2"), "-timeout=60");
  assertEquals(exit, 1);
  assertMatch(line, /^failed: server\.test:6969 in [\d.]+ ms; IPv4: TCP through, UDP blocked/);
});

Deno.test("a server that is down fails, and -timeout ends the wait", async () => {
  const world = new World();
  world.server.isUp = false;
  const down = await checkFrom(world, world.publicMachine("192.0.2.3"), "-timeout=1");
  assertEquals(down.exit, 1);
  assertMatch(down.line, /^failed: server\.test:6969 in \d+(\.\d)? ms; /);
  const startMs = world.clock.nowMs();
  const silent = new World();
  silent.internet.send = () => {};
  const { exit, line } = await checkFrom(silent, silent.publicMachine("192.0.2.4"), "-timeout=3");
  assertEquals([exit, line], [1, "failed: server.test:6969 in 3000 ms; no answer within 3 s"]);
  assertEquals(startMs < 60_000, true);
});

Deno.test("-json has the same for programs", async () => {
  const world = new World();
  const { line } = await checkFrom(world, world.publicMachine("192.0.2.2"), "-json");
  const { server, state, tookMs, found } = JSON.parse(line);
  assertEquals([server, state, typeof tookMs, found.length], [
    ...["server.test:6969", "ok", "number", 1],
  ]);
});

Deno.test("on real sockets it registers, asks and is introduced", async () => {
  await using test = new TestServer();
  await using run = new CommandRun("check", `-server=127.0.0.1:${test.at().port}`, systemPlatform);
  assertEquals(await run.exit, 0);
  assertEquals(test.server.counters.introductions, 1);
  assertEquals(test.server.counters.datagrams.created, 2);
  assertMatch(run.output[0], /^ok: /);
});
