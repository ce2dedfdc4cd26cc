import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import type { Endpoint } from "../../../src/address.ts";
import { systemPlatform } from "../../../src/peer/platform/node_platform.ts";
import { MAX_FLOW_DATAGRAM_BYTES } from "../../../src/commands/forward/flow_frame.ts";
import { FLOW_IDLE_MS, PATH_SIZE_KNOWN_MS } from "../../../src/commands/limits.ts";
import type { UdpSocket } from "../../../src/peer/platform/platform.ts";
import { until } from "../../support/deadline.ts";
import { TestServer } from "../../support/test_server.ts";
import { type Machine, type SimUdpSocket, World } from "../../simulated/peer_platform.ts";
import { type CommandName, CommandRun } from "../command_run.ts";

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

function localSocket(): UdpSocket {
  return systemPlatform.network.openUdp({ address: "127.0.0.1", port: 0 });
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
    systemPlatform,
  );
  await hosting.says("reachable as 127.0.0.1/1");
  const free = localSocket();
  free.close();
  await using joined = new CommandRun(
    "join",
    `${server} -local=2 -remote=127.0.0.1/1 -listen=127.0.0.1:${free.local.port}`,
    systemPlatform,
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

async function tunnel(
  hostFlags = "-forward=192.0.2.1:9000",
  prepare: (world: World) => void = () => {},
  joinFlags = "",
): Promise<Tunnel> {
  const world = new World();
  prepare(world);
  const far = world.publicMachine("192.0.2.1");
  const near = world.publicMachine("192.0.2.2");
  const clientsSeen = echo(far.openUdp({ address: "192.0.2.1", port: 9_000 }));
  const hosting = new CommandRun("host", `-server=server.test -local=1 ${hostFlags}`, far);
  await world.run(1_000);
  const joined = new CommandRun(
    "join",
    `-server=server.test -local=2 -remote=192.0.2.1/1 -listen=192.0.2.2:7000 ${joinFlags}`,
    near,
  );
  await world.run(1_000);
  return { world, near, far, hosting, joined, clientsSeen };
}

Deno.test("the other side may open many flows without a line for each", async () => {
  const { world, near, hosting, joined, clientsSeen } = await tunnel();
  const before = [hosting, joined].map(({ status }) => status.length);
  for (let i = 0; i < 20; i++) {
    near.openUdp("IPv4").send(new TextEncoder().encode("one"), LISTENER);
  }
  await world.run(1_000);
  assertEquals(clientsSeen.size, 20);
  assertEquals([hosting, joined].map(({ status }) => status.length), before);
});

Deno.test("an idle flow is closed on both sides, and opened again when it is used", async () => {
  const { world, near, far, hosting, joined, clientsSeen } = await tunnel(
    "-forward=192.0.2.1:9000 -v",
    () => {},
    "-v",
  );
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

/** A service whose answers do not come from where it is asked. */
function answerFrom(asked: UdpSocket, answering: UdpSocket): string[] {
  const heard: string[] = [];
  (async () => {
    for await (const { bytes, source } of asked) {
      heard.push(`asked ${new TextDecoder().decode(bytes)}`);
      await answering.send(bytes.slice(), source);
    }
  })();
  (async () => {
    for await (const { bytes } of answering) {
      heard.push(`answering ${new TextDecoder().decode(bytes)}`);
    }
  })();
  return heard;
}

async function say(world: World, client: UdpSocket, text: string): Promise<void> {
  client.send(new TextEncoder().encode(text), LISTENER);
  await world.run(1_000);
}

Deno.test("a service may answer from another port of its machine, and is then asked there (TFTP)", async () => {
  const { world, near, far } = await tunnel("-forward=192.0.2.1:9069");
  const heard = answerFrom(
    far.openUdp({ address: "192.0.2.1", port: 9_069 }),
    far.openUdp({ address: "192.0.2.1", port: 9_070 }),
  );
  const client = near.openUdp(CLIENT);
  const received = listenTo(client);
  await say(world, client, "request");
  await say(world, client, "acknowledgement");
  assertEquals(received, ["request"]);
  assertEquals(heard, ["asked request", "answering acknowledgement"]);
});

Deno.test("once a service has answered itself, another port of it changes nothing for who asks", async () => {
  const { world, near, far } = await tunnel("-forward=192.0.2.1:9069");
  const service = far.openUdp({ address: "192.0.2.1", port: 9_069 });
  const other = far.openUdp({ address: "192.0.2.1", port: 9_070 });
  const heard: string[] = [];
  let flow: Endpoint | undefined;
  (async () => {
    for await (const { bytes, source } of service) {
      heard.push(new TextDecoder().decode(bytes));
      flow = source;
      await service.send(bytes.slice(), source);
    }
  })();
  const client = near.openUdp(CLIENT);
  const received = listenTo(client);
  await say(world, client, "one");
  other.send(new TextEncoder().encode("aside"), flow!);
  await world.run(1_000);
  await say(world, client, "two");
  assertEquals(received, ["one", "aside", "two"]);
  assertEquals(heard, ["one", "two"]);
});

Deno.test("a service on several addresses may answer from any that its name has", async () => {
  const { world, near } = await tunnel("-forward=service.test:9069", (world) => {
    world.names.set("service.test", ["192.0.2.7", "192.0.2.8"]);
  });
  const [asked, answering] = ["192.0.2.7", "192.0.2.8"].map((address) =>
    world.publicMachine(address).openUdp({ address, port: 9_069 })
  );
  const heard = answerFrom(asked, answering);
  const client = near.openUdp(CLIENT);
  const received = listenTo(client);
  await say(world, client, "question");
  assertEquals([received, heard], [["question"], ["asked question"]]);
});

Deno.test("what a stranger sends into a flow is dropped, counted and said once", async () => {
  const { world, near, far, hosting, joined } = await tunnel();
  const client = near.openUdp(CLIENT);
  const received = listenTo(client);
  await say(world, client, "question");
  const stranger = world.publicMachine("192.0.2.66").openUdp("IPv4");
  for (let i = 0; i < 3; i++) {
    for (const { local } of far.sockets) {
      if (local.port === 9_000) continue;
      stranger.send(new TextEncoder().encode("forged"), { address: far.address, port: local.port });
    }
    await world.run(1_000);
  }
  assertEquals(received, ["question"]);
  const said = hosting.status.filter((line) => line.includes("which is not the service"));
  assertEquals(said.length, 1, hosting.status.join("\n"));
  joined.interrupt();
  await world.until(joined.exit);
  await world.run(1_000);
  assert(
    hosting.status.some((line) => line.includes("3 from elsewhere than the service")),
    hosting.status.join("\n"),
  );
});

Deno.test("a datagram that is too long is dropped on either side, counted and said once", async () => {
  const { world, near, far, hosting, joined } = await tunnel("-forward=192.0.2.1:9069");
  const service = far.openUdp({ address: "192.0.2.1", port: 9_069 });
  const heard: number[] = [];
  (async () => {
    for await (const { bytes, source } of service) {
      heard.push(bytes.length);
      for (let i = 0; i < 2; i++) await service.send(new Uint8Array(65_507), source);
    }
  })();
  const client = near.openUdp(CLIENT);
  client.send(new Uint8Array(65_507), LISTENER);
  client.send(new Uint8Array(65_507), LISTENER);
  client.send(new Uint8Array(MAX_FLOW_DATAGRAM_BYTES), LISTENER);
  await world.run(1_000);
  assertEquals(heard, [MAX_FLOW_DATAGRAM_BYTES]);
  for (const { status } of [hosting, joined]) {
    const said = status.filter((line) => line.includes("received 65507"));
    assertEquals(said.length, 1, status.join("\n"));
  }
  joined.interrupt();
  await world.until(joined.exit);
  await world.run(1_000);
  for (const { status } of [hosting, joined]) {
    assert(status.some((line) => line.includes("2 too long")), status.join("\n"));
  }
});

Deno.test("what goes in fragments is said once, when it is known what the path carries", async () => {
  const { world, near, hosting, joined } = await tunnel();
  const client = near.openUdp(CLIENT);
  const received = listenTo(client);
  // Of Ethernet's 1,500 bytes, 28 are for IPv4 and UDP, 31 for the link and 4 for the flow.
  const [fits, exceeds] = ["x".repeat(1_437), "x".repeat(1_438)];
  await say(world, client, exceeds);
  await world.run(PATH_SIZE_KNOWN_MS);
  await say(world, client, fits);
  const said = () =>
    [hosting, joined].map(({ status }) => status.filter((line) => line.includes("in one piece")));
  assertEquals(said(), [[], []]);
  for (let i = 0; i < 2; i++) await say(world, client, exceeds);
  assertEquals(received, [exceeds, fits, exceeds, exceeds]);
  for (const lines of said()) {
    assertEquals(lines.length, 1);
    assertStringIncludes(lines[0], "1438 bytes is longer than the 1437");
    assertStringIncludes(lines[0], "an MTU that is smaller by 1 ");
  }
});

Deno.test("what a system does not send is counted on either side, and said once", async () => {
  const { world, near, far, hosting, joined } = await tunnel();
  const openUdp = far.openUdp.bind(far);
  far.openUdp = (at) => {
    const socket = openUdp(at) as SimUdpSocket;
    const send = socket.send.bind(socket);
    socket.send = (bytes, to) =>
      bytes.length > 9_216 ? Promise.resolve("too_long") : send(bytes, to);
    return socket;
  };
  const client = near.openUdp(CLIENT);
  const received = listenTo(client);
  await say(world, client, "short");
  for (let i = 0; i < 3; i++) await say(world, client, "x".repeat(9_217));
  assertEquals(received, ["short"]);
  const listening = [...near.sockets].find(({ local }) => local.port === LISTENER.port)!;
  listening.send = () => Promise.resolve("refused");
  for (let i = 0; i < 2; i++) await say(world, client, "short");
  assertEquals(received, ["short"]);
  joined.interrupt();
  await world.until(joined.exit);
  await world.run(1_000);
  for (
    const [{ status }, once, total] of [
      [hosting, "no datagram of 9217 bytes", "3 too long"],
      [joined, "did not send it", "2 that this system did not send"],
    ] as const
  ) {
    assertEquals(status.filter((line) => line.includes(once)).length, 1, status.join("\n"));
    assert(status.some((line) => line.includes(total)), status.join("\n"));
  }
});

Deno.test("what comes for a client that has long been idle is counted and said", async () => {
  const { world, near, far, joined } = await tunnel("-forward=192.0.2.1:9069");
  const service = far.openUdp({ address: "192.0.2.1", port: 9_069 });
  let flow: Endpoint | undefined;
  (async () => {
    for await (const { source } of service) flow = source;
  })();
  const client = near.openUdp(CLIENT);
  await say(world, client, "hello");
  // What is long gets lost on the way to the client, so the flow is in use on one side alone.
  const send = world.internet.send.bind(world.internet);
  world.internet.send = (packet) =>
    packet.bytes.length > 900 && packet.destination.address === near.address
      ? undefined
      : send(packet);
  for (let waitedMs = 0; waitedMs <= FLOW_IDLE_MS; waitedMs += FLOW_IDLE_MS / 4) {
    service.send(new Uint8Array(1_000), flow!);
    await world.run(FLOW_IDLE_MS / 4);
  }
  world.internet.send = send;
  for (let i = 0; i < 2; i++) service.send(new Uint8Array(1_000), flow!);
  await world.run(1_000);
  joined.interrupt();
  await world.until(joined.exit);
  const said = joined.status.filter((line) => line.includes("nobody has used flow 0"));
  assertEquals(said.length, 1, joined.status.join("\n"));
  assert(joined.status.some((line) => line.includes("2 for a client that had long been idle")));
});

Deno.test("a flow for which there is no socket is dropped and said; the host and the others go on", async () => {
  const { world, near, far, hosting } = await tunnel();
  const [first, second] = [CLIENT, { ...CLIENT, port: 7_002 }].map((at) => near.openUdp(at));
  const received = [first, second].map(listenTo);
  await say(world, first, "one");
  const openUdp = far.openUdp;
  far.openUdp = () => {
    throw new Error("too many open files");
  };
  await say(world, second, "lost");
  await say(world, second, "lost as well");
  await say(world, first, "two");
  assertEquals(received, [["one", "two"], []]);
  const said = hosting.status.filter((line) => line.includes("too many open files"));
  assertEquals(said.length, 1, hosting.status.join("\n"));
  assert(said[0].includes("-max_flows"));
  far.openUdp = openUdp;
  await say(world, second, "back");
  assertEquals(received[1], ["back"]);
  hosting.interrupt();
  assertEquals(await world.until(hosting.exit), 0);
});

Deno.test("flows are limited over all connections", async () => {
  const { world, near, far, hosting } = await tunnel("-forward=192.0.2.1:9000 -max_flows=2");
  const other = world.publicMachine("192.0.2.3");
  const second = new CommandRun(
    "join",
    "-server=server.test -local=3 -remote=192.0.2.1/1 -listen=192.0.2.3:7000",
    other,
  );
  await world.run(1_000);
  const before = far.sockets.size;
  for (let port = 7_001; port <= 7_005; port++) {
    await say(world, near.openUdp({ ...CLIENT, port }), "hello");
  }
  assertEquals(far.sockets.size - before, 2);
  const client = other.openUdp({ address: "192.0.2.3", port: 7_001 });
  const received = listenTo(client);
  client.send(new TextEncoder().encode("fair"), { address: "192.0.2.3", port: 7_000 });
  await world.run(1_000);
  assertEquals([received, far.sockets.size - before], [["fair"], 2]);
  for (const run of [second, hosting]) run.interrupt();
  await world.until(Promise.all([second.exit, hosting.exit]));
});

Deno.test("a dead service is said once, and its coming too", async () => {
  const { world, near, far, hosting } = await tunnel("-forward=192.0.2.1:9069");
  const client = near.openUdp(CLIENT);
  const received = listenTo(client);
  const dead = () => hosting.status.filter((line) => line.startsWith("-forward leads nowhere"));
  assertEquals(dead().length, 1, "before anybody asks");
  for (let i = 0; i < 20; i++) await say(world, client, `question ${i}`);
  assertEquals(dead().length, 1, hosting.status.join("\n"));
  assert(dead()[0].includes("nothing listens there"));
  echo(far.openUdp({ address: "192.0.2.1", port: 9_069 }));
  await say(world, client, "hello");
  assertEquals(received, ["hello"]);
  assert(hosting.status.some((line) => line.endsWith("192.0.2.1:9069 answers")));
});

Deno.test("a flow follows its service to another address", async () => {
  const { world, near } = await tunnel("-forward=service.test:9069", (world) => {
    world.names.set("service.test", ["192.0.2.50"]);
  });
  const client = near.openUdp(CLIENT);
  const received = listenTo(client);
  await say(world, client, "lost");
  world.names.set("service.test", ["192.0.2.51"]);
  echo(world.publicMachine("192.0.2.51").openUdp({ address: "192.0.2.51", port: 9_069 }));
  for (let i = 0; i < 8; i++) await say(world, client, `again ${i}`);
  assert(received.includes("again 7"), received.join());
});

Deno.test("clients without a connection are told of, once", async () => {
  const world = new World();
  const near = world.publicMachine("192.0.2.2");
  const joined = new CommandRun(
    "join",
    "-server=server.test -local=2 -remote=192.0.2.1/1 -listen=192.0.2.2:7000",
    near,
  );
  await world.run(1_000);
  const client = near.openUdp(CLIENT);
  for (let i = 0; i < 5; i++) await say(world, client, "hello");
  const said = joined.status.filter((line) => line.includes("no connection to the other side"));
  assertEquals(said.length, 1, joined.status.join("\n"));
  joined.interrupt();
  await world.until(joined.exit);
  assert(joined.status.some((line) => line.includes("5 without a connection")));
});

Deno.test("a listener waits for a host that is not up yet, and for the server, and says so once", async () => {
  const world = new World();
  world.server.isUp = false;
  const [far, near] = [world.publicMachine("192.0.2.1"), world.publicMachine("192.0.2.2")];
  echo(far.openUdp({ address: "192.0.2.1", port: 9_000 }));
  const joined = new CommandRun(
    "join",
    "-server=server.test -local=2 -remote=192.0.2.1/1 -listen=192.0.2.2:7000",
    near,
  );
  await world.run(60_000);
  world.server.isUp = true;
  await world.run(60_000);
  const hosting = new CommandRun(
    "host",
    "-server=server.test -local=1 -forward=192.0.2.1:9000",
    far,
  );
  await world.run(10_000);
  const client = near.openUdp(CLIENT);
  const received = listenTo(client);
  await say(world, client, "there");
  assertEquals(received, ["there"]);
  const retries = joined.status.filter((line) => line.startsWith("retry"));
  assertEquals(retries.length, 2, joined.status.join("\n"));
  assert(retries[0].includes("server_unreachable") && retries[1].includes("host_not_found"));
  for (const run of [joined, hosting]) run.interrupt();
  assertEquals(await world.until(Promise.all([joined.exit, hosting.exit])), [0, 0]);
});

Deno.test("a listener that may not wait ends at once", async () => {
  const world = new World();
  const joined = new CommandRun(
    "join",
    "-server=server.test -local=2 -remote=192.0.2.1/1 -listen=192.0.2.2:7000 -wait=off",
    world.publicMachine("192.0.2.2"),
  );
  assertEquals(await world.until(joined.exit), 1);
  assert(joined.status.at(-1)!.startsWith("host_not_found: "), joined.status.join("\n"));
});

Deno.test("a listener goes on after an attempt that led nowhere", async () => {
  const world = new World();
  const [far, near] = [world.publicMachine("192.0.2.1"), world.publicMachine("192.0.2.2")];
  const hosting = new CommandRun(
    "host",
    "-server=server.test -local=1 -forward=192.0.2.1:9000",
    far,
  );
  await world.run(2_000);
  const send = world.internet.send.bind(world.internet);
  world.internet.send = (packet) => packet.destination.port === 6969 ? send(packet) : undefined;
  const joined = new CommandRun(
    "join",
    "-server=server.test -local=2 -remote=192.0.2.1/1 -listen=192.0.2.2:7000",
    near,
  );
  await world.run(15_000);
  world.internet.send = send;
  await world.run(30_000);
  assert(joined.status.some((line) => line.startsWith("connected")), joined.status.join("\n"));
  for (const run of [joined, hosting]) run.interrupt();
  await world.until(Promise.all([joined.exit, hosting.exit]));
});

Deno.test("a service that is started before the DNS is there is carried once it is, and says so once", async () => {
  for (const role of ["host -local=1", "peer -local=1 -remote=192.0.2.2/2"]) {
    const world = new World();
    world.names.delete("server.test");
    const [far, near] = [world.publicMachine("192.0.2.1"), world.publicMachine("192.0.2.2")];
    const [name, ...flags] = role.split(" ");
    const serving = new CommandRun(
      name as CommandName,
      `-server=server.test ${flags.join(" ")} -forward=service.test:9000`,
      far,
    );
    await world.run(120_000);
    assertEquals(
      serving.status.filter((line) => line.startsWith("retry")).length,
      1,
      serving.status.join("\n"),
    );
    world.names.set("server.test", ["203.0.113.1"]);
    world.names.set("service.test", ["192.0.2.1"]);
    echo(far.openUdp({ address: "192.0.2.1", port: 9_000 }));
    await world.run(60_000);
    const joined = new CommandRun(
      name === "host" ? "join" : "peer",
      "-server=server.test -local=2 -remote=192.0.2.1/1 -listen=192.0.2.2:7000",
      near,
    );
    await world.run(10_000);
    const client = near.openUdp(CLIENT);
    const received = listenTo(client);
    for (let i = 0; i < 3; i++) await say(world, client, `${i}`);
    assert(received.includes("2"), `${role}: ${serving.status.join("\n")}`);
    for (const run of [serving, joined]) run.interrupt();
    await world.until(Promise.all([serving.exit, joined.exit]));
  }
});
