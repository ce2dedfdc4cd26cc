import { assert, assertEquals } from "@std/assert";
import { World } from "../../simulated/peer_platform.ts";
import { CommandRun } from "../command_run.ts";

function saying(run: CommandRun, beginning: string): string[] {
  return run.status.filter((line) => line.startsWith(beginning));
}

async function stop(world: World, ...runs: CommandRun[]): Promise<void> {
  for (const run of runs) run.interrupt();
  await world.until(Promise.all(runs.map(({ exit }) => exit)));
}

Deno.test("a peer says whom it waits for, and what that one must ask for", async () => {
  const world = new World();
  const run = new CommandRun(
    "peer",
    "-server=server.test -local=5 -remote=203.0.113.9/2",
    world.machineBehind(world.nat()),
  );
  await world.run(2_000);
  assertEquals(saying(run, "waiting"), [
    "waiting for 203.0.113.9/2, which must ask for 198.51.100.1/5",
  ]);
  await world.run(300_000);
  assertEquals(saying(run, "waiting").length, 1);
  await stop(world, run);
});

Deno.test("a peer without -local says the number by which it can be asked for", async () => {
  const world = new World();
  const run = new CommandRun(
    "peer",
    "-server=server.test -remote=203.0.113.9/2",
    world.publicMachine("192.0.2.1"),
  );
  await world.run(2_000);
  const [, number] = /^this peer is number (\d{9}),/.exec(run.status[0]) ?? [];
  assertEquals(saying(run, "waiting"), [
    `waiting for 203.0.113.9/2, which must ask for 192.0.2.1/${number}`,
  ]);
  await stop(world, run);
});

Deno.test("numbers by chance differ", async () => {
  const world = new World();
  const numbers = new Set<string>();
  for (let i = 0; i < 20; i++) {
    const run = new CommandRun(
      "peer",
      "-server=server.test -remote=203.0.113.9/2",
      world.publicMachine(`192.0.2.${i + 1}`),
    );
    await world.run(1_000);
    numbers.add(run.status[0]);
    await stop(world, run);
  }
  assertEquals(numbers.size, 20);
});

Deno.test("a pipe ends at once where there is no host, unless it is to wait for one", async () => {
  const world = new World();
  const [far, near] = [world.publicMachine("192.0.2.1"), world.publicMachine("192.0.2.2")];
  const flags = "-server=server.test -local=2 -remote=192.0.2.1/1";
  const hasty = new CommandRun("join", flags, near);
  assertEquals(await world.until(hasty.exit), 1);
  const patient = new CommandRun("join", `${flags} -wait=on`, near);
  await world.run(30_000);
  const hosting = new CommandRun("host", "-server=server.test -local=1", far);
  await world.run(10_000);
  assertEquals(saying(patient, "connected").length, 1, patient.status.join("\n"));
  assertEquals(saying(patient, "retry").length, 1);
  await stop(world, patient, hosting);
});

Deno.test("with -v each attempt, the server's words and the fingerprint are said", async () => {
  const world = new World();
  const [far, near] = [world.publicMachine("192.0.2.1"), world.publicMachine("192.0.2.2")];
  const flags = "-server=server.test -local=2 -remote=192.0.2.1/1 -wait=on -v";
  const patient = new CommandRun("join", flags, near);
  await world.run(20_000);
  assert(saying(patient, "retry").length > 3, patient.status.join("\n"));
  assert(patient.status.some((line) => line.includes("no host 192.0.2.1/1 is connected")));
  const hosting = new CommandRun("host", "-server=server.test -local=1 -v", far);
  await world.run(10_000);
  const [ours, theirs] = [patient, hosting].map((run) => saying(run, "fingerprint")[0]);
  assert(/^fingerprint [\d ]{20,}: the same on both sides/.test(ours), ours);
  assertEquals(ours, theirs);
  await stop(world, patient, hosting);
});

Deno.test("without -v the server's words are left out", async () => {
  const world = new World();
  const failed = new CommandRun(
    "join",
    "-server=server.test -local=2 -remote=192.0.2.1/1",
    world.publicMachine("192.0.2.2"),
  );
  assertEquals(await world.until(failed.exit), 1);
  assert(failed.status.at(-1)!.startsWith("host_not_found: nobody hosts 192.0.2.1/1; run "));
  assert(failed.status.every((line) => !line.includes("is connected and registered")));
});

Deno.test("with -json each line is an object, also the one that ends it", async () => {
  const world = new World();
  const failed = new CommandRun(
    "join",
    "-server=server.test -remote=192.0.2.1/1 -json",
    world.publicMachine("192.0.2.2"),
  );
  assertEquals(await world.until(failed.exit), 1);
  const lines = failed.status.map((line) => JSON.parse(line));
  assertEquals(lines.map(({ kind }) => kind), ["local", "asked", "host_not_found"]);
  assertEquals(lines.at(-1).level, "error");
});

Deno.test("with -quiet only the failure is said", async () => {
  const world = new World();
  const failed = new CommandRun(
    "join",
    "-server=server.test -remote=192.0.2.1/1 -quiet",
    world.publicMachine("192.0.2.2"),
  );
  assertEquals(await world.until(failed.exit), 1);
  assertEquals(failed.status.length, 1);
});

Deno.test("what asking again cannot change ends a listener, too", async () => {
  const world = new World();
  const near = world.publicMachine("192.0.2.2");
  const listener = (flags: string, port: number) =>
    new CommandRun("join", `-server=203.0.113.1 ${flags} -listen=192.0.2.2:${port}`, near);
  const mismatched = listener("-remote=[2001:db8::1]/1", 7_000);
  assertEquals(await world.until(mismatched.exit), 1);
  assert(mismatched.status.at(-1)!.startsWith("family_mismatch: "), mismatched.status.join("\n"));
  const peers = [7_001, 7_002].map((port) =>
    new CommandRun(
      "peer",
      "-server=203.0.113.1 -local=5 -token=kept -remote=192.0.2.9/1 " +
        `-listen=192.0.2.2:${port}`,
      near,
    )
  );
  await world.run(10_000);
  assertEquals(await world.until(Promise.race(peers.map(({ exit }) => exit))), 1);
  const ended = peers.filter(({ status }) => status.at(-1)!.startsWith("replaced: "));
  assertEquals(ended.length, 1);
  for (const run of peers) run.interrupt();
  await world.until(Promise.all(peers.map(({ exit }) => exit)));
});

Deno.test("of a name with several addresses -listen takes the first that can be had", async () => {
  const world = new World();
  world.names.set("here.test", ["192.0.2.77", "192.0.2.2"]);
  const joined = new CommandRun(
    "join",
    "-server=server.test -local=2 -remote=192.0.2.1/1 -listen=here.test:7000",
    world.publicMachine("192.0.2.2"),
  );
  await world.run(1_000);
  assert(joined.status.includes("listening on 192.0.2.2:7000"), joined.status.join("\n"));
  await stop(world, joined);
});
