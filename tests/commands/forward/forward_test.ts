import { assert, assertEquals } from "@std/assert";
import { denoPlatform, DenoUdpSocket } from "../../../src/peer/platform/deno_platform.ts";
import { FLOW_IDLE_MS } from "../../../src/peer/limits.ts";
import type { UdpSocket } from "../../../src/peer/platform/platform.ts";
import { until } from "../../support/deadline.ts";
import { TestServer } from "../../support/test_server.ts";
import { type Machine, World } from "../../simulated/peer_platform.ts";
import { CommandRun } from "../command_run.ts";

/** An existing application: answers each datagram, and notes who asked. */
function echo(socket: UdpSocket): Set<number> {
  const clients = new Set<number>();
  (async () => {
    for await (const { bytes, source } of socket) {
      clients.add(source.port);
      await socket.send(bytes.slice(), source);
    }
  })();
  return clients;
}

/** A client of the application; what it receives, as text. */
function listenTo(socket: UdpSocket): string[] {
  const received: string[] = [];
  (async () => {
    for await (const { bytes } of socket) received.push(new TextDecoder().decode(bytes));
  })();
  return received;
}

function localSocket(): DenoUdpSocket {
  return new DenoUdpSocket("127.0.0.1", 0);
}

function listenPort(run: CommandRun): number {
  const line = run.status.find((line) => line.startsWith("listening on"));
  return Number(line?.split(":").at(-1));
}

Deno.test("an application's clients reach its server through the hole, each in a flow of its own", async () => {
  await using test = new TestServer();
  const server = `-server=127.0.0.1:${test.at().port}`;
  const service = localSocket();
  const clientsSeen = echo(service);
  await using hosting = new CommandRun(
    "host",
    `${server} -local=1 -forward=localhost:${service.local.port}`,
    denoPlatform,
  );
  await hosting.says("reachable as 127.0.0.1/1");
  const free = localSocket();
  free.close();
  await using joined = new CommandRun(
    "join",
    `${server} -local=2 -remote=127.0.0.1/1 -listen=127.0.0.1:${free.local.port}`,
    denoPlatform,
  );
  await joined.says("connected");
  const clients = Array.from({ length: 30 }, localSocket);
  const received = clients.map(listenTo);
  const to = { address: "127.0.0.1", port: listenPort(joined) };
  for (let round = 0; round < 10; round++) {
    for (const [i, client] of clients.entries()) {
      await client.send(new TextEncoder().encode(`client ${i} round ${round}`), to);
    }
    await until(() => received.every(({ length }) => length === round + 1), "all answers");
  }
  for (const [i, texts] of received.entries()) {
    assertEquals(texts, Array.from({ length: 10 }, (_, round) => `client ${i} round ${round}`));
  }
  assertEquals(clientsSeen.size, 30);
  for (const socket of [service, ...clients]) socket.close();
});

interface Tunnel {
  readonly world: World;
  readonly near: Machine;
  readonly far: Machine;
  readonly hosting: CommandRun;
  readonly joined: CommandRun;
  readonly clientsSeen: Set<number>;
}

const CLIENT = { address: "192.0.2.2", port: 7_001 };
const LISTENER = { address: "192.0.2.2", port: 7_000 };

async function tunnel(): Promise<Tunnel> {
  const world = new World();
  const far = world.publicMachine("192.0.2.1");
  const near = world.publicMachine("192.0.2.2");
  const clientsSeen = echo(far.openUdp({ address: "192.0.2.1", port: 9_000 }));
  const hosting = new CommandRun(
    "host",
    "-server=server.test -local=1 -forward=192.0.2.1:9000",
    far,
  );
  await world.run(1_000);
  const joined = new CommandRun(
    "join",
    "-server=server.test -local=2 -remote=192.0.2.1/1 -listen=192.0.2.2:7000",
    near,
  );
  await world.run(1_000);
  return { world, near, far, hosting, joined, clientsSeen };
}

Deno.test("an idle flow is closed on both sides, and opened again when it is used", async () => {
  const { world, near, far, hosting, joined, clientsSeen } = await tunnel();
  const client = near.openUdp(CLIENT);
  const received = listenTo(client);
  const socketsBefore = far.sockets.size;
  client.send(new TextEncoder().encode("one"), LISTENER);
  await world.run(1_000);
  assertEquals([received, far.sockets.size - socketsBefore], [["one"], 1]);
  await world.run(FLOW_IDLE_MS);
  assertEquals(far.sockets.size - socketsBefore, 0);
  for (const { status } of [hosting, joined]) {
    assert(status.some((line) => line.startsWith("flow 0 of") && line.endsWith("closed")));
  }
  client.send(new TextEncoder().encode("two"), LISTENER);
  await world.run(1_000);
  assertEquals([received, clientsSeen.size], [["one", "two"], 2]);
});

Deno.test("only the application itself can answer in a flow", async () => {
  const { world, near, far } = await tunnel();
  const client = near.openUdp(CLIENT);
  const received = listenTo(client);
  client.send(new TextEncoder().encode("question"), LISTENER);
  await world.run(1_000);
  const stranger = world.publicMachine("192.0.2.66").openUdp("IPv4");
  for (const { local } of far.sockets) {
    stranger.send(new TextEncoder().encode("forged"), { address: far.address, port: local.port });
  }
  await world.run(1_000);
  assertEquals(received, ["question"]);
});

Deno.test("a listener comes back after its host was gone", async () => {
  const { world, near, far, hosting, joined } = await tunnel();
  const client = near.openUdp(CLIENT);
  const received = listenTo(client);
  hosting.interrupt();
  assertEquals(await world.until(hosting.exit), 0);
  await world.run(30_000);
  assert(joined.status.some((line) => line.startsWith("retry") && line.includes("host_not_found")));
  const again = new CommandRun(
    "host",
    "-server=server.test -local=1 -forward=192.0.2.1:9000",
    far,
  );
  await world.run(60_000);
  client.send(new TextEncoder().encode("back"), LISTENER);
  await world.run(1_000);
  assertEquals(received, ["back"]);
  joined.interrupt();
  again.interrupt();
  assertEquals(await world.until(Promise.all([joined.exit, again.exit])), [0, 0]);
  await world.run(1_000);
  assertEquals(near.sockets.size, 1);
});

Deno.test("a side that does not forward is named, once", async () => {
  const world = new World();
  const [a, b] = [world.publicMachine("192.0.2.1"), world.publicMachine("192.0.2.2")];
  const hosting = new CommandRun("host", "-server=server.test -local=1 -forward=127.0.0.1:9", a);
  await world.run(1_000);
  const joined = new CommandRun("join", "-server=server.test -local=2 -remote=192.0.2.1/1", b);
  joined.type("hello\nhello\n");
  await world.run(1_000);
  const complaints = hosting.status.filter((line) => line.includes("does not use -listen"));
  assertEquals(complaints.length, 1);
});
