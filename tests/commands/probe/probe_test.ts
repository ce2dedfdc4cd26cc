import { assert, assertEquals } from "@std/assert";
import { systemPlatform } from "../../../src/peer/platform/node_platform.ts";
import type { Findings } from "../../../src/peer/mod.ts";
import { TestServer } from "../../support/test_server.ts";
import { type Machine, World } from "../../simulated/peer_platform.ts";
import { CommandRun } from "../command_run.ts";

interface Report {
  readonly findings: readonly Findings[];
  readonly verdict: string;
  readonly exit: number;
}

async function probeFrom(world: World, machine: Machine, flags = ""): Promise<Report> {
  const run = new CommandRun("probe", `-server=server.test -json ${flags}`, machine);
  const exit = await world.until(run.exit);
  await world.run(2_000);
  assertEquals(machine.sockets.size, 0);
  return { ...JSON.parse(run.output.join("")), exit };
}

Deno.test("without NAT everything gets through", async () => {
  const world = new World();
  const { findings: [found], verdict, exit } = await probeFrom(
    world,
    world.publicMachine("192.0.2.2"),
  );
  assertEquals([found.tcp, found.udp, found.nat], ["through", "through", "none"]);
  assertEquals([found.extensions, found.introducesToItself], ["known", true]);
  assertEquals([found.portPreserved, found.survives], [true, { "5": true }]);
  assertEquals(found.endpoints?.map((endpoint) => endpoint.local === endpoint.public), [
    true,
    true,
  ]);
  assertEquals([verdict, exit], [
    "UDP and TCP get through without NAT, so every peer can be met.",
    0,
  ]);
});

Deno.test("a NAT that does not hairpin shows only what it shows", async () => {
  const world = new World();
  const { findings: [found], verdict } = await probeFrom(world, world.machineBehind(world.nat()));
  assertEquals([found.nat, found.portPreserved], ["present", false]);
  assertEquals([found.hairpinning, found.mapping], [false, undefined]);
  assert(found.endpoints?.every((endpoint) => endpoint.public.startsWith("198.51.100.1:")));
  assert(verdict.includes("which one server cannot see"), verdict);
});

Deno.test("a NAT that hairpins shows how it maps", async () => {
  const mappings = {
    "endpoint-independent": "same for other destinations",
    "address-dependent": "changes per destination",
  } as const;
  for (const mapping of ["endpoint-independent", "address-dependent"] as const) {
    const world = new World();
    const nat = world.nat({ mapping, filtering: "endpoint-independent", hairpins: "hairpins" });
    const { findings: [found] } = await probeFrom(world, world.machineBehind(nat));
    assertEquals([found.hairpinning, found.mapping], [true, mappings[mapping]]);
  }
});

Deno.test("a long probe finds out how long the NAT remembers", async () => {
  for (
    const [mappingTimeoutMs, survives] of [
      [120_000, { "5": true, "30": true, "60": true }],
      [20_000, { "5": true, "30": false, "60": false }],
      [2_000, { "5": false, "30": false, "60": false }],
    ] as const
  ) {
    const world = new World();
    const machine = world.machineBehind(world.nat({ mappingTimeoutMs }));
    const { findings: [found], verdict } = await probeFrom(world, machine, "-long");
    assertEquals(found.survives, survives);
    assertEquals(verdict.includes("forgets within"), !survives["60"]);
  }
});

Deno.test("blocked UDP is told from blocked TCP", async () => {
  const world = new World();
  const send = world.internet.send.bind(world.internet);
  world.internet.send = (packet) => packet.destination.port === 6969 ? undefined : send(packet);
  const blocked = await probeFrom(world, world.publicMachine("192.0.2.2"));
  assertEquals([blocked.findings[0].tcp, blocked.findings[0].udp], ["through", "blocked"]);
  assertEquals(blocked.exit, 1);
  world.server.isUp = false;
  const down = await probeFrom(world, world.publicMachine("192.0.2.3"));
  assertEquals([down.findings[0].tcp, down.exit], ["refused", 1]);
  assert(down.findings[0].reason?.includes("connection refused"));
  assert(down.verdict.startsWith("Nothing listens at 203.0.113.1:6969"), down.verdict);
  const offline = world.publicMachine("192.0.2.4");
  offline.connectTcp = () => new Promise(() => {});
  const silent = await probeFrom(world, offline);
  assertEquals([silent.findings[0].tcp, silent.exit], ["blocked", 1]);
  assert(silent.verdict.includes("nothing answers"), silent.verdict);
});

Deno.test("UDP and TCP that leave by different addresses are told", async () => {
  const world = new World();
  const nat = world.nat({ outerAddresses: ["198.51.100.50", "198.51.100.51"] });
  const { findings: [found], verdict } = await probeFrom(world, world.machineBehind(nat));
  assertEquals([found.tcp, found.udp], ["through", "elsewhere"]);
  assert(verdict.includes("different public addresses"), verdict);
});

Deno.test("against a server that knows only part 1 it says what can be said", async () => {
  const world = new World({ knowledge: "part 1 only" });
  const open = await probeFrom(world, world.publicMachine("192.0.2.2"));
  assertEquals(open.findings[0].extensions, "unknown to the server");
  assertEquals([open.findings[0].tcp, open.findings[0].udp], ["through", "through"]);
  assertEquals(open.findings[0].nat, "none");
  const hidden = await probeFrom(world, world.machineBehind(world.nat()));
  assertEquals([hidden.findings[0].tcp, hidden.findings[0].udp], ["through", "unknown"]);
  assert(hidden.verdict.includes("cannot tell"), hidden.verdict);
  assertEquals(hidden.exit, 0);
});

Deno.test("on real sockets a probe prints lines for people, under each IP version", async () => {
  await using test = new TestServer({ host: "all" });
  await using run = new CommandRun("probe", `-server=localhost:${test.at().port}`, systemPlatform);
  assertEquals(await run.exit, 0);
  assert(run.output.includes("UDP: through"), run.output.join("\n"));
  assert(run.output.includes("introduced to itself: yes"), run.output.join("\n"));
  assert(run.output.at(-1)!.startsWith("verdict: "), run.output.join("\n"));
});
