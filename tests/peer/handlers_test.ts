import { assert, assertEquals } from "@std/assert";
import {
  type Host,
  host,
  introduceClients,
  join,
  type PeerEvent,
  type PeerOptions,
} from "../../src/peer/mod.ts";
import { World } from "../simulated/peer_platform.ts";
import { SERVER } from "./host_scene.ts";

const MISTAKE = new RangeError("a mistake of the application");

/** A handler with a mistake in what it does about one kind of event, the first time. */
function mistaken(kind: PeerEvent["kind"]): (event: PeerEvent) => void {
  let isFirst = true;
  return (event) => {
    if (event.kind !== kind || !isFirst) return;
    isFirst = false;
    throw MISTAKE;
  };
}

function scene() {
  const world = new World();
  const platform = world.publicMachine("192.0.2.1");
  const start = (options: Partial<PeerOptions>) =>
    world.until(host({ server: SERVER, localPeerPort: 1, platform, ...options }));
  const joinFrom = (address: string, options: Partial<PeerOptions> = {}) =>
    join({
      ...{ server: SERVER, localPeerPort: 2, remote: "192.0.2.1/1" },
      platform: world.publicMachine(address),
      ...options,
    });
  return { world, platform, start, joinFrom };
}

/** A new client is served, whoever else has come meanwhile. */
async function assertServes(world: World, hosting: Host, joining: ReturnType<typeof join>) {
  const connection = await world.until(joining);
  const newest = async () => {
    for await (const client of hosting) {
      if (client.remoteName.startsWith(connection.introduction.source.address)) return client;
    }
    return undefined;
  };
  (await world.until(newest()))!.send(Uint8Array.of(7));
  assertEquals((await world.until(connection[Symbol.asyncIterator]().next())).value![0], 7);
}

Deno.test("a handler that throws about one client ends that one alone", async () => {
  for (const kind of ["introduced", "punch_failed"] as const) {
    const { world, start, joinFrom } = scene();
    const throwing = mistaken(kind);
    let told = "";
    const onEvent = (event: PeerEvent) => {
      if (event.kind === "punch_failed") told += event.error.message;
      throwing(event);
    };
    const hosting = await start({ onEvent });
    await world.run(1_000);
    // Nothing between them passes: the client is introduced, and cannot be reached.
    const send = world.internet.send.bind(world.internet);
    world.internet.send = (packet) => packet.destination.port === 6969 ? send(packet) : undefined;
    joinFrom("192.0.2.2").catch(() => {});
    await world.run(15_000);
    world.internet.send = send;
    assertEquals(told.includes(MISTAKE.message), kind === "introduced", told);
    await assertServes(world, hosting, joinFrom("192.0.2.3"));
    await world.until(hosting.close());
  }
});

Deno.test("a handler that always throws about clients costs clients, and no host", async () => {
  const { world, start, joinFrom } = scene();
  let isMistaken = true;
  const onEvent = ({ kind }: PeerEvent) => {
    if (isMistaken && kind !== "asked") throw MISTAKE;
  };
  const hosting = await start({ onEvent });
  await world.run(1_000);
  for (let i = 2; i < 12; i++) joinFrom(`192.0.2.${i}`).catch(() => {});
  await world.run(15_000);
  isMistaken = false;
  await assertServes(world, hosting, joinFrom("192.0.2.99"));
  await world.until(hosting.close());
});

Deno.test("a handler that throws about a connection ends that one, and its reader gets it", async () => {
  for (const kind of ["silent", "renewed"] as const) {
    const { world, start, joinFrom } = scene();
    const hosting = await start({ onEvent: mistaken(kind) });
    await world.run(1_000);
    const toHost = await world.until(joinFrom("192.0.2.2"));
    const { value: toClient } = await world.until(hosting[Symbol.asyncIterator]().next());
    const send = world.internet.send.bind(world.internet);
    world.internet.send = (packet) => packet.destination.port === 6969 ? send(packet) : undefined;
    for (let i = 0; i < 100; i++) {
      toClient!.send(new Uint8Array(1)).catch(() => {});
      toHost.send(new Uint8Array(1)).catch(() => {});
      if (i === 60) world.internet.send = send;
      await world.run(100);
    }
    assertEquals(await world.until(toClient!.ended), "failed", kind);
    const reading = async () => {
      for await (const _ of toClient!);
    };
    const error = await world.until(reading().then(() => undefined, (error) => error));
    assertEquals(error, MISTAKE);
    await assertServes(world, hosting, joinFrom("192.0.2.3"));
    await world.until(hosting.close());
  }
});

Deno.test("a handler that throws about the host itself ends it, and its reader gets it", async () => {
  const { world, start, platform } = scene();
  const hosting = await start({ onEvent: mistaken("retry") });
  await world.run(1_000);
  world.server.restart();
  const ended = hosting[Symbol.asyncIterator]().next();
  const error = await world.until(ended.then(() => undefined, (error) => error));
  assertEquals(error, MISTAKE);
  await world.run(1_000);
  assertEquals([platform.sockets.size, world.server.sessionCount], [0, 0]);
});

Deno.test("a handler that throws while a client asks is what its user gets", async () => {
  for (const kind of ["asked", "introduced"] as const) {
    const { world, start, joinFrom } = scene();
    await start({});
    await world.run(1_000);
    const platform = world.publicMachine("192.0.2.2");
    const joining = joinFrom("192.0.2.2", { onEvent: mistaken(kind), platform });
    const error = await world.until(joining.then(() => undefined, (error) => error));
    assertEquals(error, MISTAKE, kind);
    await world.run(1_000);
    assert(world.server.sessionCount === 1);
    assertEquals(platform.sockets.size, 0, kind);
  }
});

Deno.test("a client's handler that throws while the peers meet again ends its connection alone", async () => {
  for (const kind of ["silent", "asked", "introduced", "renewed", "punch_failed"] as const) {
    const { world, start, joinFrom } = scene();
    const hosting = await start({});
    await world.run(1_000);
    let handler = (_: PeerEvent) => {};
    const joined = joinFrom("192.0.2.2", { onEvent: (event) => handler(event) });
    const toHost = await world.until(joined);
    handler = mistaken(kind);
    const send = world.internet.send.bind(world.internet);
    world.internet.send = (packet) => packet.destination.port === 6969 ? send(packet) : undefined;
    await world.run(kind === "punch_failed" ? 17_000 : 6_000);
    world.internet.send = send;
    assertEquals(await world.until(toHost.ended), "failed", kind);
    await world.run(60_000);
    assertEquals(hosting.localPeerPort, 1n);
    assertEquals(world.server.sessionCount, 1);
  }
});

Deno.test("a handler that throws about one introduced client leaves that one out", async () => {
  const { world, platform, joinFrom } = scene();
  const clients = await world.until(introduceClients({
    ...{ server: SERVER, localPeerPort: 1, platform, onEvent: mistaken("introduced") },
  }));
  await world.run(1_000);
  for (const address of ["192.0.2.2", "192.0.2.3"]) {
    joinFrom(address).catch(() => {});
    await world.run(1_000);
  }
  const { value } = await world.until(clients[Symbol.asyncIterator]().next());
  assertEquals(value!.dest.address, "192.0.2.3");
  await world.until(clients.close());
});
