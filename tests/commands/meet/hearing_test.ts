import { assert, assertEquals } from "@std/assert";
import { type Machine, World } from "../../simulated/peer_platform.ts";
import { type CommandName, CommandRun } from "../command_run.ts";

const UNHEARD = "the server hears no UDP from here; a firewall? try `containment_breach probe";
const NO_PATH = "no direct path to any peer can exist";

/** Flags with which each command waits for an answer. */
const WAITING: Readonly<Record<"host" | "join" | "peer", string>> = {
  host: "-local=1",
  join: "-local=2 -remote=192.0.2.99/1",
  peer: "-local=2 -remote=192.0.2.99/1",
};
const COMMANDS = Object.entries(WAITING) as [CommandName, string][];

/** No datagram reaches the server any more. @returns lets them pass again */
function blockUdp(world: World): () => void {
  const send = world.internet.send.bind(world.internet);
  world.internet.send = (packet) => packet.destination.port === 6969 ? undefined : send(packet);
  return () => world.internet.send = send;
}

function start(name: CommandName, flags: string, platform: Machine): CommandRun {
  return new CommandRun(name, `-server=server.test ${flags}`, platform);
}

function count({ status }: CommandRun, text: string): number {
  return status.filter((line) => line.includes(text)).length;
}

async function stop(world: World, run: CommandRun): Promise<void> {
  run.interrupt();
  await world.until(run.exit);
}

/** A host for `join`: there is something to be told. */
async function hosted(world: World): Promise<CommandRun> {
  const hosting = start("host", "-local=1", world.publicMachine("192.0.2.99"));
  await world.run(2_000);
  return hosting;
}

Deno.test("after 3 s in which the server hears nothing it is said, and later what that means", async () => {
  for (const [name, flags] of COMMANDS) {
    const world = new World();
    const hosting = await hosted(world);
    blockUdp(world);
    const run = start(name, flags, world.publicMachine("192.0.2.1"));
    await world.run(2_900);
    assertEquals(count(run, UNHEARD), 0, name);
    await world.run(200);
    assertEquals(count(run, UNHEARD), 1, `${name}: ${run.status.join("\n")}`);
    await world.run(7_000);
    assertEquals([count(run, UNHEARD), count(run, NO_PATH)], [1, 1], run.status.join("\n"));
    await stop(world, run);
    await stop(world, hosting);
  }
});

Deno.test("a server that hears this side, whatever it answers, is not called deaf", async () => {
  for (const knowledge of ["extensions", "part 1 only"] as const) {
    for (const [name, flags] of COMMANDS) {
      const world = new World({ knowledge });
      const hosting = await hosted(world);
      const run = start(name, flags, world.machineBehind(world.nat()));
      await world.run(20_000);
      assertEquals([count(run, "hears no UDP"), count(run, NO_PATH)], [0, 0], name);
      await stop(world, run);
      await stop(world, hosting);
    }
  }
});

Deno.test("a client of a server of the first part knows from silence that it is not heard", async () => {
  const world = new World({ knowledge: "part 1 only" });
  const hosting = await hosted(world);
  blockUdp(world);
  const run = start("join", "-local=2 -remote=192.0.2.99/1", world.publicMachine("192.0.2.1"));
  await world.run(3_500);
  assertEquals(count(run, UNHEARD), 1, run.status.join("\n"));
  await stop(world, run);
  await stop(world, hosting);
});

Deno.test("a host that is heard at last says so", async () => {
  const world = new World();
  const unblock = blockUdp(world);
  const run = start("host", "-local=1", world.publicMachine("192.0.2.1"));
  await world.run(4_000);
  unblock();
  await world.run(20_000);
  assert(run.status.includes("reachable as 192.0.2.1/1"), run.status.join("\n"));
  await stop(world, run);
});

Deno.test("what ends a command is its last line, also while it is looked into", async () => {
  const world = new World();
  world.server.leaseTimeoutS = 5;
  world.server.restart();
  const hosting = await hosted(world);
  blockUdp(world);
  const run = start("join", "-local=2 -remote=192.0.2.99/1", world.publicMachine("192.0.2.1"));
  assertEquals(await world.until(run.exit), 1);
  await world.run(20_000);
  assert(run.status.at(-1)!.startsWith("no_lease: "), run.status.join("\n"));
  await stop(world, hosting);
});
