import { assert, assertEquals } from "@std/assert";
import { systemPlatform } from "../../../src/peer/mod.ts";
import { TestServer } from "../../support/test_server.ts";
import { World } from "../../simulated/peer_platform.ts";
import { CommandRun } from "../command_run.ts";

function saying(run: CommandRun, beginning: string): string[] {
  return run.status.filter((line) => line.startsWith(beginning));
}

Deno.test("a host prints the whole line to send to a friend, and that line joins", async () => {
  await using test = new TestServer();
  const server = `127.0.0.1:${test.at().port}`;
  await using hosting = new CommandRun("host", `-server=${server} -local=41`, systemPlatform);
  await hosting.says("join with: ");
  const [line] = saying(hosting, "join with: ");
  assertEquals(
    line,
    `join with: containment_breach join -server=${server} -remote=127.0.0.1/41`,
  );
  const flags = line.slice("join with: containment_breach join ".length);
  await using joined = new CommandRun("join", flags, systemPlatform);
  await joined.says("connected to 127.0.0.1/41");
  await hosting.says("the other side must be able to reach the server as 127.0.0.1");
});

Deno.test("of a service that line has the port, and with a secret it says that both need it", async () => {
  await using test = new TestServer();
  const server = `127.0.0.1:${test.at().port}`;
  await using hosting = new CommandRun(
    "host",
    `-server=${server} -local=41 -forward=127.0.0.1:51820 -secret=correct-horse`,
    systemPlatform,
  );
  await hosting.says("the other side must give the same -secret");
  assertEquals(saying(hosting, "join with: "), [
    `join with: containment_breach join -server=${server} -remote=127.0.0.1/41 -listen=51820`,
  ]);
  assert(hosting.status.every((line) => !line.includes("correct-horse")));
});

Deno.test("a server that everybody can reach needs no caution", async () => {
  const world = new World();
  const hosting = new CommandRun(
    "host",
    "-server=server.test -local=41",
    world.publicMachine("192.0.2.1"),
  );
  await world.run(3_000);
  assertEquals(saying(hosting, "join with: "), [
    "join with: containment_breach join -server=server.test -remote=192.0.2.1/41",
  ]);
  assertEquals(saying(hosting, "the other side"), []);
  hosting.interrupt();
  await world.until(hosting.exit);
});

Deno.test("after a lost session the name is said again, and the line to send is not", async () => {
  const world = new World();
  const hosting = new CommandRun(
    "host",
    "-server=server.test -local=41 -wait=on",
    world.publicMachine("192.0.2.1"),
  );
  await world.run(3_000);
  world.server.restart();
  await world.run(60_000);
  assertEquals(saying(hosting, "reachable as ").length, 2, hosting.status.join("\n"));
  assertEquals(saying(hosting, "join with: ").length, 1);
  hosting.interrupt();
  await world.until(hosting.exit);
});

Deno.test("a host whose name is taken claims nothing, and says once what to do", async () => {
  const world = new World();
  const nat = world.nat();
  const first = new CommandRun(
    "host",
    "-server=server.test -local=41",
    world.machineBehind(nat, "192.168.1.2"),
  );
  await world.run(3_000);
  const second = new CommandRun(
    "host",
    "-server=server.test -local=41",
    world.machineBehind(nat, "192.168.1.3"),
  );
  await world.run(120_000);
  assertEquals(saying(second, "reachable as "), []);
  const told = second.status.filter((line) => line.includes("give both the same -token"));
  assertEquals(told.length, 1, second.status.join("\n"));
  for (const run of [first, second]) run.interrupt();
  await world.until(Promise.all([first.exit, second.exit]));
});
