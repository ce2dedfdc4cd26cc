import { assert, assertEquals, assertRejects } from "@std/assert";
import {
  connect,
  type ConnectionOptions,
  host,
  introduce,
  type IntroducedPeer,
  join,
  type PeerEvent,
  type Verdict,
} from "../../src/peer/mod.ts";
import { World } from "../simulated/peer_platform.ts";
import { failureOf } from "./failures.ts";
import { SERVER } from "./host_scene.ts";

async function hostThat(options: Partial<ConnectionOptions>) {
  const world = new World();
  const events: PeerEvent[] = [];
  const platform = world.machineBehind(world.nat(), "10.0.0.2");
  const onEvent = (event: PeerEvent) => void events.push(event);
  const hosting = await world.until(
    host({ server: SERVER, localPeerPort: 1, platform, onEvent, ...options }),
  );
  await world.run(1_000);
  const joinFrom = (address: string, localPeerPort: number, note?: string) =>
    join({
      ...{ server: SERVER, localPeerPort, remote: "198.51.100.1/1" },
      platform: world.publicMachine(address),
      ...note === undefined ? {} : { note },
    });
  return { world, events, hosting, joinFrom };
}

Deno.test("a host chooses its joiners by what they say, before it sends them anything", async () => {
  const asked: IntroducedPeer[] = [];
  const { world, hosting, joinFrom, events } = await hostThat({
    note: "the host",
    accept: (peer) => {
      asked.push(peer);
      return peer.note === "friend" ? "accept" : "refuse";
    },
  });
  const refused = await world.until(failureOf(joinFrom("192.0.2.2", 2)));
  assert(refused.message.includes("it is there, and closed"), refused.message);
  const connection = await world.until(joinFrom("192.0.2.3", 3, "friend"));
  const { value } = await world.until(hosting[Symbol.asyncIterator]().next());
  assertEquals(asked.map(({ endpoint, peerPort, note }) => [endpoint.address, peerPort, note]), [
    ["192.0.2.2", 2n, undefined],
    ["192.0.2.3", 3n, "friend"],
  ]);
  assertEquals(value!.claims, { peerPort: 3n, note: "friend" });
  assertEquals(connection.claims, { peerPort: 1n, note: "the host" });
  const told = events.map(({ kind }) => kind).slice(0, 4);
  assertEquals(told, ["asked", "introduced", "refused", "introduced"]);
  await world.until(hosting.close());
});

Deno.test("a host whose judgement fails says so, and takes the next one", async () => {
  let count = 0;
  const accept = (): Verdict => {
    if (count++ === 0) throw new RangeError("a mistake");
    return "accept";
  };
  const { world, hosting, joinFrom, events } = await hostThat({ accept });
  await world.until(failureOf(joinFrom("192.0.2.2", 2)));
  await world.until(joinFrom("192.0.2.3", 3));
  const failures = events.flatMap((event) => event.kind === "punch_failed" ? [event.error] : []);
  assertEquals(failures.length, 1);
  assert(failures[0].message.includes("RangeError: a mistake"), failures[0].message);
  await world.until(hosting.close());
});

Deno.test("whoever does not accept the one that he asked for is told so, as the other one is", async () => {
  const world = new World();
  const [a, b] = [world.publicMachine("192.0.2.1"), world.publicMachine("192.0.2.2")];
  const options = { server: SERVER, localPeerPort: 1 };
  const both = [
    connect({ ...options, remote: "192.0.2.2/1", platform: a, accept: () => "refuse" }),
    connect({ ...options, remote: "192.0.2.1/1", platform: b }),
  ];
  const [own, theirs] = await world.until(Promise.all(both.map(failureOf)));
  assertEquals([own.code, theirs.code], ["cancelled", "punch_failed"]);
  assert(own.message.includes("this side did not accept it"), own.message);
  assert(theirs.message.includes("it does not accept this peer"), theirs.message);
  assertEquals([a.sockets.size, b.sockets.size], [0, 0]);
});

Deno.test("a note that does not fit is refused before anything is asked", async () => {
  const platform = new World().publicMachine("192.0.2.1");
  const options = { server: SERVER, localPeerPort: 1, platform };
  await assertRejects(() => host({ ...options, note: "x".repeat(500) }), RangeError, "note");
  assertEquals(platform.streams.size, 0);
});

Deno.test("whoever was accepted comes back from another address, though nobody else would be", async () => {
  let count = 0;
  const { world, hosting, events } = await hostThat({
    accept: () => count++ === 0 ? "accept" : "refuse",
  });
  const platform = world.publicMachine("192.0.2.2");
  const connection = await world.until(
    join({ server: SERVER, localPeerPort: 2, remote: "198.51.100.1/1", platform }),
  );
  const { value } = await world.until(hosting[Symbol.asyncIterator]().next());
  platform.moveTo("192.0.2.9");
  await world.run(20_000);
  assertEquals(count, 2);
  connection.send(Uint8Array.of(7));
  const heard = await world.until(value![Symbol.asyncIterator]().next());
  assertEquals(heard.value, Uint8Array.of(7));
  assertEquals(value!.path.endpoint.address, "192.0.2.9");
  assert(events.some(({ kind }) => kind === "renewed"));
  assert(!events.some(({ kind }) => kind === "refused"));
  await world.until(hosting.close());
});

Deno.test("who takes the introduction alone is told as well what the other side says", async () => {
  const world = new World();
  const options = { server: SERVER, platform: world.publicMachine("192.0.2.1") };
  await world.until(host({ ...options, localPeerPort: 1, note: "the host" }));
  await world.run(1_000);
  const platform = world.publicMachine("192.0.2.2");
  const introduced = await world.until(
    introduce({ server: SERVER, platform, mode: "join", remote: "192.0.2.1/1" }),
  );
  assertEquals(introduced.claims, { peerPort: 1n, note: "the host" });
});
