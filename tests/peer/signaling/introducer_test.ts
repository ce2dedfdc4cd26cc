import { assert, assertEquals, assertNotEquals } from "@std/assert";
import type { RemoteOptions } from "../../../src/peer/mod.ts";
import { setUp, toRemote } from "../../../src/peer/options.ts";
import { type AskMode, Introducer } from "../../../src/peer/signaling/introducer.ts";
import type { IntroducedSocket } from "../../../src/peer/signaling/standing_request.ts";
import { type Machine, World } from "../../simulated/peer_platform.ts";
import { stand } from "./scene.ts";

function introducer(mode: AskMode, platform: Machine, options: Partial<RemoteOptions> = {}) {
  const remote = options.remote ?? "192.0.2.1/1";
  const setup = setUp({ server: "server.test", localPeerPort: 2, platform, ...options }, "peer");
  return new Introducer(setup, toRemote(remote), mode);
}

function pairKeyOf({ introduction }: IntroducedSocket): string | undefined {
  return introduction.extension?.pairKey;
}

Deno.test("a link that asks again is introduced again, over the socket that it has", async () => {
  const world = new World();
  const b = world.publicMachine("192.0.2.2");
  const hosting = stand(world.publicMachine("192.0.2.1"), "Server");
  await world.run(1_000);
  const client = introducer("Client", b);
  const first = await world.until(client.introduce());
  const ownRegistrations = () =>
    world.server.registrations.filter(({ source }) => source.address === b.address).length;
  const before = ownRegistrations();
  await world.run(120_000);
  assertEquals(ownRegistrations(), before);
  assertEquals([world.server.sessionCount, b.sockets.size], [1, 1]);
  world.server.restart();
  const again = await world.until(client.introduce({ socket: first.socket }));
  assertEquals(again.socket, first.socket);
  assertEquals(again.introduction.source, first.introduction.source);
  assertNotEquals(pairKeyOf(again), pairKeyOf(first));
  hosting.request.close();
});

Deno.test("whose address has changed meanwhile is introduced with another socket", async () => {
  const world = new World();
  const b = world.publicMachine("192.0.2.2");
  const hosting = stand(world.publicMachine("192.0.2.1"), "Server");
  await world.run(1_000);
  const client = introducer("Client", b);
  const first = await world.until(client.introduce());
  b.moveTo("192.0.2.22");
  const again = await world.until(client.introduce({ socket: first.socket }));
  assertEquals(again.introduction.source.address, "192.0.2.22");
  assertEquals([...b.sockets], [first.socket.udp, again.socket.udp]);
  hosting.request.close();
});

Deno.test("two peers that both lost their path meet again", async () => {
  const world = new World();
  const a = world.publicMachine("192.0.2.1");
  const b = world.publicMachine("192.0.2.2");
  const one = introducer("Peer", a, { localPeerPort: 1, remote: "192.0.2.2/2" });
  const other = introducer("Peer", b);
  const first = await world.until(Promise.all([one.introduce(), other.introduce()]));
  await world.run(600_000);
  const [mine, theirs] = await world.until(Promise.all([
    one.introduce({ socket: first[0].socket }),
    world.run(2_000).then(() => other.introduce({ socket: first[1].socket })),
  ]));
  assert(pairKeyOf(mine) !== undefined && pairKeyOf(mine) === pairKeyOf(theirs));
});
