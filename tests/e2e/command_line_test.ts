import { assertEquals, assertMatch } from "@std/assert";
import config from "../../deno.json" with { type: "json" };
import { SERVER_FLAGS } from "../../src/server/server_flags.ts";
import { type Ended, freePort, runProgram } from "../support/child_process.ts";
import { ChildServer, endpointsIn } from "../support/child_server.ts";
import { peerRequest, refusal } from "../support/messages.ts";
import { RawClient } from "../support/raw_client.ts";

/** Processes at a time: starting one takes a core for a moment. */
const CONCURRENCY = 4;

/** Mistakes, and the first line that each is answered with. */
const MISTAKES: readonly (readonly [flags: readonly string[], line: string])[] = [
  [["-port=0"], 'Cannot use -port: expected an integer from 1 to 65535, received "0"'],
  [["-port=65536"], 'Cannot use -port: expected an integer from 1 to 65535, received "65536"'],
  [["-port=+5"], 'Cannot use -port: expected an integer from 1 to 65535, received "+5"'],
  [["--port", "0x10"], 'Cannot use -port: expected an integer from 1 to 65535, received "0x10"'],
  [["-port=1e3"], 'Cannot use -port: expected an integer from 1 to 65535, received "1e3"'],
  [["-port=-5"], 'Cannot use -port: expected an integer from 1 to 65535, received "-5"'],
  [["-port", "-5"], 'Cannot use -port: expected an integer from 1 to 65535, received "-5"'],
  [["-port=1", "--port", "2"], 'Cannot use -port: expected it once, received "1" and "2"'],
  [["-port="], 'Cannot use -port: expected an integer from 1 to 65535, received ""'],
  [["-port", ""], 'Cannot use -port: expected an integer from 1 to 65535, received ""'],
  [["-port", "--5"], 'Cannot use -port: expected an integer from 1 to 65535, received "--5"'],
  [["--"], 'Cannot use argument: expected flags only, received "--"'],
  [["-port"], "Cannot use -port: expected an integer from 1 to 65535, received nothing"],
  [
    ["-lease_timeout=0"],
    'Cannot use -lease_timeout: expected an integer from 1 to 86400, received "0"',
  ],
  [
    ["-lease_timeout=86401"],
    'Cannot use -lease_timeout: expected an integer from 1 to 86400, received "86401"',
  ],
  [["-host=localhost"], 'Cannot use -host: expected an IP address, received "localhost"'],
  [["-host="], 'Cannot use -host: expected an IP address, received ""'],
  [
    ["-log_level=loud"],
    'Cannot use -log_level: expected debug, info, warn or error, received "loud"',
  ],
  [["-log_format=xml"], 'Cannot use -log_format: expected text or json, received "xml"'],
  [["-version=yes"], 'Cannot use -version: expected no value, received "yes"'],
  [
    ["-lease-timeout=5"],
    'Cannot use argument: expected a known flag, received "-lease-timeout"; ' +
    "did you mean -lease_timeout?",
  ],
  [
    ["hots", "-server=127.0.0.1"],
    'Cannot use argument: expected a command or flags, received "hots"; did you mean host?',
  ],
  [["6969"], 'Cannot use argument: expected a command or flags, received "6969"'],
  [["-port=1", "6969"], 'Cannot use argument: expected flags only, received "6969"'],
  [
    ["-max_sessions=500", "-max_leases=1499"],
    "Cannot use -max_leases: expected at least 1500, 1000 more than -max_sessions (500), " +
    "received 1499",
  ],
  [["-host=::1", "-host=0::1"], "Cannot use -host: expected each once, received ::1 twice"],
  [
    ["-\u202eport"],
    'Cannot use argument: expected a known flag, received "-\\u202eport"; did you mean -port?',
  ],
];

Deno.test("a mistake is a sentence and a line that names -help, exit code 2", async () => {
  const ended = await runAll(MISTAKES.map(([flags]) => flags));
  for (const [i, [flags, line]] of MISTAKES.entries()) {
    const { code, stdout, stderr } = ended[i];
    const hint = 'Run "containment_breach -help" for the usage';
    assertEquals([code, stdout, stderr], [2, "", `${line}\n${hint}\n`], flags.join(" "));
  }
});

Deno.test("with -log_format=json a mistake is one JSON line on standard error", async () => {
  const { code, stdout, stderr } = await runProgram(["-port=0", "-log_format=json"]);
  const { level, message, properties } = JSON.parse(stderr);
  assertEquals([code, stdout, level], [2, "", "ERROR"]);
  assertMatch(message, /^Cannot use -port: expected an integer from 1 to 65535, received "0"; /);
  assertEquals(properties, { help: "containment_breach -help" });
});

Deno.test("usage that was asked for goes to standard output, exit code 0", async () => {
  const ended = await runAll([
    ...[["-h"], ["-help"], ["--help"], ["help"], ["/?"]],
    ["-port=0", "-bogus", "--help"],
  ]);
  for (const { code, stdout, stderr } of ended) {
    assertEquals([code, stderr, stdout], [0, "", ended[0].stdout]);
  }
  assertMatch(ended[0].stdout, /^Usage: containment_breach \[-port=PORT\]/);
  for (const name of Object.keys(SERVER_FLAGS)) {
    assertEquals(ended[0].stdout.includes(`  -${name}`), true, `the usage names -${name}`);
  }
});

Deno.test("the usage of a command is that of the command", async () => {
  const ended = await runAll([["help", "host"], ["host", "-help"], ["host", "help"]]);
  for (const { code, stdout, stderr } of ended) {
    assertEquals([code, stderr, stdout], [0, "", ended[0].stdout]);
  }
  assertMatch(ended[0].stdout, /^Usage: containment_breach host -server=/);
});

Deno.test("version and -version print the version of deno.json", async () => {
  const asking = [["-version"], ["--version"], ["version"], ["probe", "-version"]];
  const expected = { code: 0, stdout: `containment_breach ${config.version}\n`, stderr: "" };
  assertEquals(await runAll(asking), asking.map(() => expected));
});

Deno.test("one or two dashes, = or a space: all four forms are understood", async () => {
  await Promise.all(["-port=N", "-port N", "--port=N", "--port N"].map(async (form) => {
    const flags = (name: string, value: number) =>
      form.replace("port", name).replace("N", String(value)).split(" ");
    const port = freePort();
    const portFlags = flags("port", port);
    await using server = await ChildServer.start(flags("lease_timeout", 1), { port, portFlags });
    assertEquals(endpointsIn(server.lines[0]), [{ address: "127.0.0.1", port }], form);
    using client = await RawClient.connect({ address: "127.0.0.1", port });
    await client.send(peerRequest(1, "127.0.0.1", 2));
    assertEquals(
      await client.readToEnd(),
      refusal("no_lease", "no datagram for 127.0.0.1/1 arrived within 1 s"),
      form,
    );
  }));
});

Deno.test("flags of limits are in force", async () => {
  await using server = await ChildServer.start(["-max_sessions=1", "-leases_per_address", "0"]);
  using first = await RawClient.connect(server.endpoint);
  await first.send(peerRequest(1, "127.0.0.1", 2));
  using second = await RawClient.connect(server.endpoint);
  await second.send(peerRequest(3, "127.0.0.1", 4));
  assertEquals(
    await second.readToEnd(),
    refusal("busy", "expected at most 1 sessions (max_sessions), this is one more"),
  );
});

/** Runs the program once for each command line, some at a time. */
async function runAll(commandLines: readonly (readonly string[])[]): Promise<Ended[]> {
  const ended: Ended[] = [];
  for (let i = 0; i < commandLines.length; i += CONCURRENCY) {
    const batch = commandLines.slice(i, i + CONCURRENCY);
    ended.push(...await Promise.all(batch.map((flags) => runProgram(flags))));
  }
  return ended;
}
