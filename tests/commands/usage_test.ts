import { assert, assertEquals } from "@std/assert";
import { isCommand } from "../../src/commands/mod.ts";
import { World } from "../simulated/peer_platform.ts";
import { CommandRun } from "./command_run.ts";

const platform = new World().publicMachine("192.0.2.1");

async function mistake(name: "host" | "join" | "peer" | "probe", line: string): Promise<string> {
  const run = new CommandRun(name, line, platform);
  assertEquals(await run.exit, 2);
  assertEquals(run.output, []);
  assert(run.status[1].includes(`Usage: containment_breach ${name} `), run.status[1]);
  return run.status[0];
}

Deno.test("only the four commands are commands", () => {
  for (const name of ["host", "join", "peer", "probe"]) assert(isCommand(name));
  for (const name of [undefined, "", "-host", "toString", "Host"]) assert(!isCommand(name));
});

Deno.test("a mistake on the command line is one line and the usage, with exit code 2", async () => {
  assertEquals(
    await mistake("host", "-local=1"),
    "Cannot use host: expected -server, received nothing",
  );
  assertEquals(
    await mistake("join", "-server=a -local=1"),
    "Cannot use join: expected -remote, received nothing",
  );
  assertEquals(
    await mistake("peer", "-server=a:0 -local=1 -remote=/2"),
    'Cannot use -server: expected a name or an address, with or without a port, received "a:0"',
  );
  assertEquals(
    await mistake("peer", "-server=a -local=x -remote=/2"),
    'Cannot use -local: expected a 64-bit integer, received "x"',
  );
  assertEquals(
    await mistake("peer", "-server=a -local=1 -remote=2"),
    'Cannot use -remote: expected IP/PEERPORT, NAME/PEERPORT or /PEERPORT, received "2"',
  );
  assertEquals(
    await mistake("peer", "-server=a -local=1 -remote=/2 -forward=a:1 -listen=b:1"),
    "Cannot use peer: expected -forward or -listen, received both",
  );
  assertEquals(
    await mistake("host", "-server=a -local=1 -forward=a"),
    'Cannot use -forward: expected HOST:PORT, received "a"',
  );
  assertEquals(
    await mistake("probe", "-server=a more"),
    'Cannot use argument: expected flags only, received "more"',
  );
});

Deno.test("the usage is printed when it is asked for", async () => {
  const run = new CommandRun("probe", "--help", platform);
  assertEquals(await run.exit, 0);
  assertEquals(run.status, []);
  assertEquals(
    run.output[0],
    "Usage: containment_breach probe -server=HOST[:PORT] [-long] [-json]",
  );
});
