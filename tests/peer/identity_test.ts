import { assert, assertEquals, assertRejects } from "@std/assert";
import { createToken, host, join, type PeerEvent } from "../../src/peer/mod.ts";
import { World } from "../simulated/peer_platform.ts";
import { failureOf } from "./failures.ts";
import { assertReachable, hostScene, SERVER } from "./host_scene.ts";

Deno.test("two hosts of one name: the second waits while the first lives, then takes its place", async () => {
  const scene = await hostScene();
  const { world, machine } = scene;
  const events: PeerEvent[] = [];
  const second = await world.until(
    host({
      server: SERVER,
      localPeerPort: 1,
      platform: machine,
      onEvent: (event) => void events.push(event),
    }),
  );
  await world.run(60_000);
  assert(events.some((event) => event.kind === "retry" && event.error.code === "busy"));
  await assertReachable(scene);
  await world.until(scene.hosting.close());
  await world.run(35_000);
  await assertReachable({ ...scene, hosting: second }, "192.0.2.9");
});

Deno.test("a host whose name another one has claims nothing, and bothers that one rarely", async () => {
  const scene = await hostScene();
  const { world, machine, events } = scene;
  const told: PeerEvent[] = [];
  const claims: string[] = [];
  const onEvent = (event: PeerEvent) => {
    told.push(event);
    // Whoever announces the host asks for its names as soon as the server was asked.
    if (event.kind === "asked") {
      starting.then((second) => second.names()).then((names) => claims.push(...names));
    }
  };
  const starting = host({ server: SERVER, localPeerPort: 1, platform: machine, onEvent });
  const second = await world.until(starting);
  await world.run(600_000);
  assertEquals(claims, []);
  assertEquals(await world.until(second.names()), []);
  const [busy] = told.flatMap((event) => event.kind === "retry" ? [event.error] : []);
  assertEquals(busy.code, "busy");
  assert(busy.message.includes("choose another PeerPort"), busy.message);
  const strangers = events.filter(({ kind }) => kind === "introduced").length;
  assert(strangers > 0 && strangers <= 12, `${strangers} in ten minutes`);
  await world.until(second.close());
});

Deno.test("a host that lost its name without a word does not take another one's for its own", async () => {
  const { world, machine, hosting } = await hostScene();
  for (const stream of machine.streams) stream.vanish();
  world.server.restart();
  const other = await world.until(host({ server: SERVER, localPeerPort: 1, platform: machine }));
  await world.run(500);
  assertEquals(await world.until(hosting.names()), []);
  assertEquals(await world.until(other.names()), ["198.51.100.1/1"]);
});

Deno.test("a host whose machine was reset has its name again within seconds", async () => {
  const { world, machine } = await hostScene();
  for (const stream of machine.streams) stream.forget();
  for (const socket of [...machine.sockets]) socket.close();
  const again = await world.until(host({ server: SERVER, localPeerPort: 1, platform: machine }));
  await world.run(5_000);
  assertEquals(await world.until(again.names()), ["198.51.100.1/1"]);
});

Deno.test("a host that keeps its Token is back at once after a power cut", async () => {
  const platform = new World().publicMachine("192.0.2.9");
  const token = createToken(platform);
  assertEquals(token.length, 32);
  const { world, machine } = await hostScene({ token });
  // A firewall drops what belongs to no connection: nobody tells the server.
  for (const stream of machine.streams) stream.vanish();
  const stranger = await world.until(host({ server: SERVER, localPeerPort: 1, platform: machine }));
  await world.run(10_000);
  assertEquals(await world.until(stranger.names()), []);
  await world.until(stranger.close());
  const again = await world.until(
    host({ server: SERVER, localPeerPort: 1, platform: machine, token }),
  );
  await world.run(500);
  assertEquals(await world.until(again.names()), ["198.51.100.1/1"]);
});

Deno.test("a Token that is none is a mistake, and not repeated to anybody", async () => {
  const { machine: platform } = await hostScene();
  for (const token of ["", "x".repeat(65), "sécret"]) {
    const error = await assertRejects(
      () => host({ server: SERVER, localPeerPort: 1, platform, token }),
      TypeError,
      "1 to 64 characters",
    );
    assert(token === "" || !error.message.includes(token), error.message);
  }
});

Deno.test("no event shows a Token or a PairKey", async () => {
  const token = "a secret of mine";
  const scene = await hostScene({ token });
  await assertReachable(scene);
  scene.world.server.restart();
  await scene.world.run(5_000);
  await scene.world.until(scene.hosting.names());
  const text = Deno.inspect([scene.events, scene.hosting], { depth: 20 });
  assert(scene.events.some(({ kind }) => kind === "introduced"));
  assert(!text.includes(token) && !/[0-9a-f]{32}/.test(text), text);
});

Deno.test("a host on the move is reachable at its new address, and keeps no old socket", async () => {
  const world = new World();
  const machine = world.publicMachine("198.51.100.1");
  const hosting = await world.until(host({ server: SERVER, localPeerPort: 1, platform: machine }));
  await world.run(1_000);
  await assertReachable({ world, machine, hosting, events: [] });
  machine.moveTo("198.51.100.2");
  await world.run(35_000);
  assertEquals(await world.until(hosting.names()), ["198.51.100.2/1"]);
  const client = await world.until(
    join({
      server: SERVER,
      localPeerPort: 3,
      remote: "198.51.100.2/1",
      platform: world.publicMachine("192.0.2.3"),
    }),
  );
  assertEquals([...machine.sockets].map(({ local }) => local.address), ["198.51.100.2"]);
  await world.until(client.close());
  await world.until(hosting.close());
});

Deno.test("a host that was replaced ends with that error", async () => {
  const { world, machine, hosting } = await hostScene();
  const old = [...machine.streams][0];
  // The same Token on another connection, as a copy of this host would have it.
  const copy = await machine.connectTcp(world.server.endpoint);
  await copy.write(new TextEncoder().encode(world.server.requests[0]));
  await world.run(1_000);
  const ended = hosting[Symbol.asyncIterator]().next();
  const error = await world.until(failureOf(ended));
  assertEquals(error.code, "replaced");
  await world.until(hosting.close());
  assertEquals(machine.sockets.size, 0);
  await assertRejects(() => old.write(new Uint8Array(1)));
});
