import { assert, assertEquals } from "@std/assert";
import { World } from "../simulated/peer_platform.ts";
import { type CommandName, CommandRun } from "./command_run.ts";

const platform = new World().publicMachine("192.0.2.1");

async function mistake(name: CommandName, line: string): Promise<string> {
  const run = new CommandRun(name, line, platform);
  assertEquals(await run.exit, 2);
  assertEquals(run.output, []);
  assertEquals(run.status.slice(1), [`Run "containment_breach ${name} -help" for the usage`]);
  return run.status[0];
}

Deno.test("a mistake is one sentence and a line that names -help, with exit code 2", async () => {
  assertEquals(
    await mistake("host", "-local=1"),
    "Cannot use -server: expected a name or an address, with or without a port, received nothing",
  );
  assertEquals(
    await mistake("join", "-server=a -local=1"),
    "Cannot use -remote: expected a code, or IP/PEERPORT, NAME/PEERPORT or /PEERPORT, received " +
      "nothing; host makes a code, and prints it",
  );
  assertEquals(
    await mistake("join", "-server=a -local=1 -remot=/2"),
    'Cannot use argument: expected a known flag, received "-remot"; did you mean -remote?',
  );
  assertEquals(
    await mistake("host", "-server=a -local=1 -local=2"),
    'Cannot use -local: expected it once, received "1" and "2"',
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
    'Cannot use -forward: expected [tcp:]HOST:PORT, received "a"',
  );
  for (const flags of ["-forward=a:1", "-listen=b:1"]) {
    assertEquals(
      await mistake("peer", `-server=a -local=1 -remote=/2 -datagrams ${flags}`),
      "Cannot use -datagrams: expected neither -forward nor -listen with it, since it is about lines",
    );
  }
  assertEquals(
    await mistake("probe", "-server=a more"),
    'Cannot use argument: expected flags only, received "more"',
  );
});

Deno.test("with -json a mistake is one JSON line, as what a command says is", async () => {
  for (const line of ["-json -server=a -local=x", "-server=a -local=x -json", "-json -quiet -v"]) {
    const run = new CommandRun("host", line, platform);
    assertEquals([await run.exit, run.output, run.status.length], [2, [], 1], line);
    const { level, kind, message, help } = JSON.parse(run.status[0]);
    const usage = "containment_breach host -help";
    assertEquals([level, kind, help], ["error", "mistake", usage], line);
    assert(/^Cannot use -(local|server): expected /.test(message), message);
    assert(message.endsWith(`; run "${usage}" for the usage`), message);
  }
  assertEquals(
    await mistake("probe", "-server=a -json=yes"),
    'Cannot use -json: expected no value, received "yes"',
  );
});

Deno.test("a Token and a secret are never shown, whatever is wrong with them", async () => {
  assertEquals(
    await mistake("host", `-server=a -token=${"sesame".repeat(20)}`),
    "Cannot use -token: expected 1 to 64 characters from space to ~, received another text",
  );
  assertEquals(
    await mistake("host", "-server=a -secret=sesame"),
    "Cannot use -secret: expected at least 8 characters, received another text",
  );
  assertEquals(
    await mistake("host", "-server=a -secret=open-sesame -secret=shut-sesame"),
    "Cannot use -secret: expected it once, received 2 texts",
  );
  assertEquals(
    await mistake("join", "-server=a -remote=/2 -secret="),
    'Cannot use -secret: expected at least 8 characters, received ""',
  );
});

Deno.test("a secret that begins with a dash is not shown for an unknown flag", async () => {
  assertEquals(
    await mistake("host", "-server=a -secret -sesam"),
    "Cannot use -secret: expected at least 8 characters, received another text",
  );
  assertEquals(
    await mistake("join", "-server=a -remote=/2 -secret -"),
    "Cannot use -secret=-: expected -forward or -listen with it, since standard input is the pipe",
  );
});

Deno.test("standard input gives one secret, where it is no pipe", async () => {
  assertEquals(
    await mistake("join", "-server=a -remote=/2 -secret=-"),
    "Cannot use -secret=-: expected -forward or -listen with it, since standard input is the pipe",
  );
  assertEquals(
    await mistake("join", "-server=a -remote=/2 -listen=5 -secret=- -token=-"),
    "Cannot use -token=- and -secret=-: expected one of them, since each reads one line",
  );
});

const CODE = "008J-4CT4-ANK7-F24S-94";

Deno.test("a code that is none is a mistake, wherever it stands, and is not shown", async () => {
  const typo = "Cannot use -code: this code has a typing error, compare it with the one that you " +
    "were given";
  for (const wrong of ["008J-4CT4-ANK7-F24S-95", "008j 4ct4 ank7 f24s 95"]) {
    assertEquals(await mistake("join", `-server=a ${wrong}`), typo);
    assertEquals(await mistake("join", `-v ${wrong} -server=a`), typo);
    assertEquals(await mistake("join", `a:7000/${wrong}`), typo);
  }
  for (const name of ["host", "join", "peer"] as const) {
    assertEquals(await mistake(name, "-server=a -code=008J-4CT4-ANK7-F24S-95"), typo);
  }
  assertEquals(
    await mistake("join", "a/"),
    "Cannot use -code: expected a code after the slash, received nothing",
  );
  assertEquals(
    await mistake("host", "-server=a -code="),
    "Cannot use -code: expected CODE or SERVER/CODE, received nothing",
  );
});

Deno.test("what makes no sense beside a code is a mistake that says what does", async () => {
  assertEquals(
    await mistake("join", `-server=a ${CODE} -code=${CODE}`),
    "Cannot use -code: expected it once, received 2 texts",
  );
  assertEquals(
    await mistake("join", `a/${CODE} b/${CODE}`),
    "Cannot use -code: expected HOST or HOST:PORT before the slash, received another text",
  );
  for (const name of ["join", "peer"] as const) {
    assertEquals(
      await mistake(name, `-server=a -code=${CODE} -remote=/2`),
      "Cannot use -remote: expected it or a code, received both",
    );
  }
  assertEquals(
    await mistake("join", `-server=a b/${CODE}`),
    "Cannot use -server: expected it once, received it and a server before the code",
  );
  for (const name of ["host", "join", "peer"] as const) {
    assertEquals(
      await mistake(name, `-code=${CODE}`),
      "Cannot use -server: expected a name or an address, with or without a port, received nothing",
    );
    assertEquals(
      await mistake(name, "-server=a -code=-"),
      "Cannot use -code=-: expected -forward or -listen with it, since standard input is the pipe",
    );
  }
  assertEquals(
    await mistake("join", "-server=a - -token=- -listen=5"),
    "Cannot use -token=- and -code=-: expected one of them, since each reads one line",
  );
});

Deno.test("-listen takes a port alone, and -quiet excludes -v", async () => {
  assertEquals(
    await mistake("join", "-server=a -remote=/2 -listen=70000"),
    'Cannot use -listen: expected [tcp:]PORT or [tcp:]HOST:PORT, received "70000"',
  );
  assertEquals(
    await mistake("join", "-server=a -remote=/2 -quiet -v"),
    "Cannot use -quiet: expected it without -v, received both",
  );
});

Deno.test("the usage is printed when it is asked for", async () => {
  for (const ask of ["--help", "-h", "help", "/?", "-server=a -local=x -help"]) {
    const run = new CommandRun("probe", ask, platform);
    assertEquals([await run.exit, run.status], [0, []], ask);
    assertEquals(run.output.slice(0, 2), [
      "Usage: containment_breach probe -server=HOST[:PORT] [-long] [-quiet] [-v]",
      "           [-json]",
    ]);
    assert(run.output.includes("  -h, -help"));
  }
});

Deno.test("the version is printed when it is asked for", async () => {
  for (const ask of ["-version", "version"]) {
    const run = new CommandRun("join", ask, platform);
    assertEquals([await run.exit, run.status], [0, []]);
    assertEquals(run.output, ["containment_breach 1.2.3"]);
  }
});

Deno.test("a PeerPort below zero needs no equals sign", async () => {
  await using run = new CommandRun("host", "-server=192.0.2.9 -local -5", platform);
  await run.says("server_unreachable");
});
