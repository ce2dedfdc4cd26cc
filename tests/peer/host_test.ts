import { assert, assertEquals, assertRejects } from "@std/assert";
import { SESSION_RENEWAL_MS } from "../../src/peer/limits.ts";
import { connect, host, join, type PeerEvent } from "../../src/peer/mod.ts";
import { World } from "../simulated/peer_platform.ts";
import { failureOf } from "./failures.ts";
import { assertReachable, hostScene, SERVER } from "./host_scene.ts";

Deno.test("a host is reachable by clients, one after the other", async () => {
  const scene = await hostScene();
  await assertReachable(scene, "192.0.2.2");
  await assertReachable(scene, "192.0.2.3");
  assertEquals(scene.hosting.observedEndpoints.map(({ address }) => address), ["198.51.100.1"]);
  assertEquals(scene.hosting.localEndpoints.map(({ address }) => address), ["10.0.0.2"]);
});

Deno.test("a host can ask for its own name, and takes that for no client", async () => {
  const { world, machine, hosting, events } = await hostScene();
  assertEquals(await world.until(hosting.names()), ["198.51.100.1/1"]);
  assertEquals(hosting.observedEndpoints.map(({ address }) => address), ["198.51.100.1"]);
  await world.run(60_000);
  assertEquals(events.map(({ kind }) => kind), ["asked"]);
  assertEquals(machine.sockets.size, 1);
  const client = await world.until(
    join({ server: SERVER, localPeerPort: 2, remote: "/1", platform: machine }),
  );
  const { value } = await world.until(hosting[Symbol.asyncIterator]().next());
  assertEquals(value!.path.kind, "local");
  await world.until(client.close());
});

Deno.test("where nobody knows the name of a host, there is none", async () => {
  const { world, hosting } = await hostScene();
  world.server.isUp = false;
  world.server.restart();
  assertEquals(await world.until(hosting.names()), []);
  const part1 = new World({ knowledge: "part 1 only" });
  const platform = part1.publicMachine("192.0.2.1");
  const plain = await part1.until(host({ server: SERVER, localPeerPort: 1, platform }));
  await part1.run(1_000);
  assertEquals(await part1.until(plain.names()), []);
});

Deno.test("a host stays reachable for hours, at one registration every 20 s", async () => {
  const scene = await hostScene();
  await scene.world.run(3 * 3_600_000);
  const before = scene.world.server.registrations.length;
  await scene.world.run(200_000);
  assert(scene.world.server.registrations.length - before <= 20);
  const keepAlives = scene.world.server.requests.filter((text) => text.includes("KeepAlive"));
  assert(keepAlives.length > 3 * 3_600_000 / 25_000, `${keepAlives.length} in three hours`);
  await assertReachable(scene);
  assert(scene.events.every(({ kind }) => kind !== "retry"));
});

Deno.test("where no KeepAlive is answered a host renews its session without a gap", async () => {
  const scene = await hostScene({}, (world) => world.server.answersKeepAlives = false);
  await scene.world.run(SESSION_RENEWAL_MS + 60_000);
  const requests = scene.world.server.requests.filter((text) => text.includes('"Server"'));
  assertEquals(requests.length, 2);
  assertEquals(scene.events.map(({ kind }) => kind), ["asked"]);
  assertEquals(scene.world.server.sessionCount, 1);
  await assertReachable(scene);
});

Deno.test("a host whose session silently died is reachable again before long", async () => {
  const scene = await hostScene();
  for (const stream of scene.machine.streams) stream.vanish();
  await scene.world.run(330_000);
  await assertReachable(scene);
  assertEquals(scene.events.filter(({ kind }) => kind === "retry"), []);
});

Deno.test("a host comes back to a server that restarts", async () => {
  const scene = await hostScene();
  scene.world.server.restart();
  await scene.world.run(3_000);
  await assertReachable(scene);
  const retries = scene.events.filter(({ kind }) => kind === "retry");
  assertEquals(retries.length, 1);
});

Deno.test("a host keeps trying while the server is down, ever more slowly", async () => {
  const scene = await hostScene();
  scene.world.server.isUp = false;
  scene.world.server.restart();
  await scene.world.run(600_000);
  const delaysMs = scene.events.flatMap((event) => event.kind === "retry" ? [event.delayMs] : []);
  assert(delaysMs.length > 15 && delaysMs.length < 50, `${delaysMs.length} attempts`);
  assert(delaysMs[0] >= 250 && delaysMs[0] <= 500);
  assert(new Set(delaysMs.slice(-8)).size > 4, "expected jitter");
  assert(delaysMs.slice(-8).every((delayMs) => delayMs >= 15_000 && delayMs <= 30_000));
  scene.world.server.isUp = true;
  await scene.world.run(35_000);
  await assertReachable(scene);
});

Deno.test("whoever was started before the server, the DNS or the network gets there", async () => {
  for (const missing of ["server", "DNS"] as const) {
    const world = new World();
    const a = world.publicMachine("192.0.2.1");
    const b = world.publicMachine("192.0.2.2");
    world.server.isUp = missing !== "server";
    if (missing === "DNS") world.names.delete(SERVER);
    const hosting = host({ server: SERVER, localPeerPort: 1, platform: a });
    const joining = join({
      ...{ server: SERVER, localPeerPort: 2, remote: "192.0.2.1/1", platform: b, wait: "on" },
    });
    const meeting = Promise.all([
      connect({ server: SERVER, localPeerPort: 3, remote: "192.0.2.2/4", platform: a }),
      connect({ server: SERVER, localPeerPort: 4, remote: "192.0.2.1/3", platform: b }),
    ]);
    await world.run(300_000);
    world.server.isUp = true;
    world.names.set(SERVER, [world.server.endpoint.address]);
    const since = world.clock.nowMs();
    await world.until(Promise.all([hosting, joining, meeting]));
    assert(world.clock.nowMs() - since < 61_000, missing);
  }
});

Deno.test("closing a host closes its connections with notice and ends its iteration", async () => {
  const { world, machine, hosting } = await hostScene();
  const platform = world.publicMachine("192.0.2.2");
  const client = await world.until(
    join({ server: SERVER, localPeerPort: 2, remote: "198.51.100.1/1", platform }),
  );
  await world.run(1_000);
  await world.until(hosting.close());
  assertEquals(await world.until(client.ended), "closed_by_remote");
  const rest = await world.until(Array.fromAsync(hosting));
  assertEquals(rest.length, 1);
  await world.run(2_000);
  assertEquals([machine.sockets.size, platform.sockets.size], [0, 0]);
  assertEquals(world.server.sessionCount, 0);
  assertEquals(world.clock.nextEventMs > world.clock.nowMs() + 60_000, true);
});

Deno.test("a host says why it closes, to all; a reason that is too long closes nothing", async () => {
  const { world, hosting } = await hostScene();
  const clients = await world.until(
    Promise.all(["192.0.2.2", "192.0.2.3"].map((address, i) =>
      join({
        ...{ server: SERVER, localPeerPort: i, remote: "198.51.100.1/1" },
        platform: world.publicMachine(address),
      })
    )),
  );
  await world.run(1_000);
  await assertRejects(() => hosting.close("x".repeat(257)), RangeError, "received 257");
  await world.until(hosting.close("moving house"));
  assertEquals(await world.until(Promise.all(clients.map(({ ended }) => ended))), [
    "closed_by_remote",
    "closed_by_remote",
  ]);
  assertEquals(clients.map(({ closeReason }) => closeReason), ["moving house", "moving house"]);
});

Deno.test("a host that closes while a connection opens tells the client, who is first to have it", async () => {
  const { world, hosting } = await hostScene();
  const platform = world.publicMachine("192.0.2.2");
  const client = await world.until(
    join({ server: SERVER, localPeerPort: 2, remote: "198.51.100.1/1", platform }),
  );
  await world.until(hosting.close());
  assertEquals(await world.until(Array.fromAsync(hosting)), []);
  assertEquals(await world.until(client.ended), "closed_by_remote");
  await world.run(2_000);
});

Deno.test("a host tells where it is inside its own network only where it is asked to", async () => {
  for (const localEndpoints of [undefined, "off", "on"] as const) {
    const { world } = await hostScene(localEndpoints === undefined ? {} : { localEndpoints });
    const platform = world.publicMachine("192.0.2.2");
    const client = await world.until(
      join({ server: SERVER, localPeerPort: 2, remote: "198.51.100.1/1", platform }),
    );
    const told = client.introduction.extension?.destLocal?.map(({ address }) => address);
    assertEquals(told, localEndpoints === "on" ? ["10.0.0.2"] : undefined);
  }
});

Deno.test("a client tells it, unless it is asked not to", async () => {
  for (const localEndpoints of [undefined, "off", "on"] as const) {
    const { world, hosting } = await hostScene();
    const platform = world.machineBehind(world.nat(), "192.168.1.3");
    const options = localEndpoints === undefined ? {} : { localEndpoints };
    await world.until(
      join({ server: SERVER, localPeerPort: 2, remote: "198.51.100.1/1", platform, ...options }),
    );
    const { value } = await world.until(hosting[Symbol.asyncIterator]().next());
    const told = value?.introduction.extension?.destLocal?.map(({ address }) => address);
    assertEquals(told, localEndpoints === "off" ? undefined : ["192.168.1.3"]);
  }
});

Deno.test("a host that asked for its names and had no client leaves no socket behind", async () => {
  const { world, machine, hosting } = await hostScene();
  assertEquals(await world.until(hosting.names()), ["198.51.100.1/1"]);
  await world.until(hosting.close());
  await world.run(2_000);
  assertEquals(machine.sockets.size, 0);
});

Deno.test("an aborted signal ends a host as closing does", async () => {
  const controller = new AbortController();
  const { world, machine, hosting } = await hostScene({ signal: controller.signal });
  controller.abort();
  assertEquals(await world.until(Array.fromAsync(hosting)), []);
  await world.run(2_000);
  assertEquals(machine.sockets.size, 0);
  assertEquals(world.server.sessionCount, 0);
});

Deno.test("a host that is not to wait for its server fails at once", async () => {
  const world = new World();
  world.server.isUp = false;
  const platform = world.publicMachine("192.0.2.2");
  const failed = host({ server: SERVER, localPeerPort: 1, platform, wait: "off" });
  const { code, message } = await world.until(failureOf(failed));
  assertEquals(code, "server_unreachable");
  assert(message.includes("203.0.113.1:6969"), message);
  assertEquals(platform.sockets.size, 0);
});

Deno.test("a host on a machine that lacks one IP version of its server does without", async () => {
  const world = new World();
  const machine = world.publicMachine("198.51.100.1");
  const both = ["2001:db8::1", world.server.endpoint.address];
  machine.resolve = () => Promise.resolve(both);
  const hosting = await world.until(host({ server: SERVER, localPeerPort: 1, platform: machine }));
  await world.run(60_000);
  await assertReachable({ world, machine, hosting, events: [] });

  const openUdp = machine.openUdp.bind(machine);
  machine.openUdp = (at) => {
    if (at === "IPv6") throw new Error("no such address family");
    return openUdp(at);
  };
  const second = await world.until(host({ server: SERVER, localPeerPort: 2, platform: machine }));
  await world.run(1_000);
  assertEquals(await world.until(second.names()), ["198.51.100.1/2"]);
});

Deno.test("a host whose datagrams do not pass is told so, and ends if it is not to wait", async () => {
  const world = new World();
  const platform = world.publicMachine("192.0.2.2");
  const send = world.internet.send.bind(world.internet);
  world.internet.send = (packet) => packet.destination.port === 6969 ? undefined : send(packet);
  const options = { server: SERVER, localPeerPort: 1, platform };
  const hosting = await world.until(host({ ...options, wait: "off" }));
  const { code } = await world.until(failureOf(hosting[Symbol.asyncIterator]().next()));
  assertEquals(code, "no_lease");
  const events: PeerEvent[] = [];
  const onEvent = (event: PeerEvent) => void events.push(event);
  const waiting = await world.until(host({ ...options, onEvent }));
  await world.run(200_000);
  const codes = events.flatMap((event) => event.kind === "retry" ? [event.error.code] : []);
  assertEquals(codes, ["no_lease", "no_lease"]);
  world.internet.send = send;
  await world.run(20_000);
  assertEquals(await world.until(waiting.names()), ["192.0.2.2/1"]);
});
