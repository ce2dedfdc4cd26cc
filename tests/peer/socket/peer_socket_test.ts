import { assert, assertEquals, assertRejects } from "@std/assert";
import { decodePacket } from "../../../src/peer/channel/packet.ts";
import type { Connection } from "../../../src/peer/socket/connection.ts";
import type { ConnectionEvent } from "../../../src/peer/events.ts";
import type { ConnectOptions } from "../../../src/peer/socket/conversation.ts";
import type { PeerSocket } from "../../../src/peer/socket/peer_socket.ts";
import type { Introduction } from "../../../src/protocol/message.ts";
import { failureOf } from "../failures.ts";
import { type Machine, World } from "../../simulated/peer_platform.ts";
import {
  introduce,
  isTurn,
  onPublicMachine,
  type Placed,
  publicPeer,
  registeredPeer,
} from "./introductions.ts";

const text = (bytes: Uint8Array | undefined) => new TextDecoder().decode(bytes);
const bytesOf = (content: string) => new TextEncoder().encode(content);

async function pair(
  world: World,
  a: Placed,
  b: Placed,
  change: { a?: Partial<ConnectOptions>; b?: Partial<ConnectOptions> } = {},
): Promise<[Connection, Connection]> {
  const [forA, forB] = introduce(a.observed, b.observed);
  return await world.until(Promise.all([
    a.socket.connect(forA, "b", { mode: "Client", ...change.a }),
    b.socket.connect(forB, "a", { mode: "Server", ...change.b }),
  ]));
}

async function assertCarries(world: World, a: Connection, b: Connection): Promise<void> {
  a.send(bytesOf("a to b"));
  b.send(bytesOf("b to a"));
  for (const [connection, expected] of [[a, "b to a"], [b, "a to b"]] as const) {
    const { value } = await world.until(connection[Symbol.asyncIterator]().next());
    assertEquals(text(value), expected);
  }
}

function natPeer(world: World): Promise<Placed> {
  return registeredPeer(world, world.machineBehind(world.nat(), "10.0.0.2"));
}

function joiner(world: World, i: number): Placed {
  return publicPeer(world, `192.1.${i >> 8}.${i & 255}`);
}

/** A host takes a joiner, who may or may not know of it. */
function accept(host: Placed, introduction: Introduction): Promise<Connection | undefined> {
  return host.socket.accept(introduction, "joiner", { mode: "Server" });
}

Deno.test("a thousand joiners at once all connect", async () => {
  const world = new World();
  const host = await natPeer(world);
  const startMs = world.clock.nowMs();
  const all = Array.from({ length: 1_000 }, (_, i) => {
    const each = joiner(world, i);
    const [forHost, forJoiner] = introduce(host.observed, each.observed);
    return [accept(host, forHost), each.socket.connect(forJoiner, "host", { mode: "Client" })];
  });
  const connections = await world.until(Promise.all(all.flat()));
  assertEquals(connections.length, 2_000);
  const tookMs = world.clock.nowMs() - startMs;
  assert(tookMs < 5_000, `${tookMs} ms`);
});

Deno.test("what a remote peer says before the introduction is there counts when it is", async () => {
  const world = new World();
  world.internet.faults = { minDelayMs: 10, maxDelayMs: 10, loss: 0, duplication: 0 };
  for (const early of ["initiator", "responder"] as const) {
    const [a, b] = [joiner(world, 1), joiner(world, 2)];
    const [forA, forB] = introduce(a.observed, b.observed);
    a.socket.listen();
    b.socket.listen();
    const connectA = () => a.socket.connect(forA, "b", { mode: "Client" });
    const connectB = () => b.socket.connect(forB, "a", { mode: "Server" });
    const [first, second] = early === "initiator" ? [connectA, connectB] : [connectB, connectA];
    const connecting = first();
    await world.run(20);
    const startMs = world.clock.nowMs();
    await world.until(Promise.all([connecting, second()]));
    // The next repetition would come 250 ms after the first.
    assert(world.clock.nowMs() - startMs <= 60, `${early}: ${world.clock.nowMs() - startMs} ms`);
    await world.until(Promise.all([a.socket.close(), b.socket.close()]));
  }
});

for (
  const [who, addressOf] of [
    ["of one address", () => "192.0.2.66"],
    ["of as many addresses", (i: number) => `192.2.0.${i}`],
  ] as const
) {
  Deno.test(`beside 256 silent strangers ${who} a newcomer is in within 2 s`, async () => {
    const world = new World();
    const host = await natPeer(world);
    for (let i = 0; i < 256; i++) {
      const stranger = { address: addressOf(i), port: 1_024 + i };
      accept(host, introduce(host.observed, stranger)[0]).catch(() => {});
    }
    await world.run(100);
    const newcomer = joiner(world, 1);
    const [forHost, forNewcomer] = introduce(host.observed, newcomer.observed);
    const startMs = world.clock.nowMs();
    const joining = newcomer.socket.connect(forNewcomer, "host", { mode: "Client" });
    const [toHost, toNewcomer] = await world.until(Promise.all([joining, accept(host, forHost)]));
    assert(world.clock.nowMs() - startMs < 2_000);
    await assertCarries(world, toHost, toNewcomer!);
  });
}

Deno.test("an exception in a handler ends its connection alone, and its reader gets it", async () => {
  const world = new World();
  const host = publicPeer(world, "192.0.2.1");
  const [first, second] = [publicPeer(world, "192.0.2.2"), publicPeer(world, "192.0.2.3")];
  const bug = new RangeError("a bug of the application");
  const onEvent = () => {
    throw bug;
  };
  const [, bad] = await pair(world, first, host, { b: { onEvent } });
  const [toHost, good] = await pair(world, second, host);
  first.machine.sockets.clear();
  await world.run(60_000);
  assertEquals(await bad.ended, "failed");
  await assertRejects(() => world.until(Array.fromAsync(bad)), RangeError, "a bug of the");
  await assertCarries(world, toHost, good);
});

Deno.test("what is no datagram is refused, and the connection goes on", async () => {
  const world = new World();
  const [toB, toA] = await pair(world, joiner(world, 1), joiner(world, 2));
  const transferred = new Uint8Array(10);
  structuredClone(transferred.buffer, { transfer: [transferred.buffer] });
  const wrong = ["text", null, undefined, 7, [1, 2], new ArrayBuffer(3), transferred];
  for (const datagram of wrong as unknown as Uint8Array[]) {
    await assertRejects(() => toB.send(datagram), TypeError, "Cannot send a datagram: expected");
  }
  await assertCarries(world, toB, toA);
});

Deno.test("a connection goes on when both are introduced again: renewed, not restarted", async () => {
  const world = new World();
  const events: ConnectionEvent["kind"][] = [];
  const onEvent = (event: ConnectionEvent) => void (isTurn(event) && events.push(event.kind));
  const host = publicPeer(world, "192.0.2.1");
  const nat = world.nat();
  const client = await registeredPeer(world, world.machineBehind(nat));
  let asked = 0;
  const accepted: (Connection | undefined)[] = [];
  const meetAgain = async (connection: Connection) => {
    asked++;
    const [forHost, forClient] = introduce(host.observed, {
      address: nat.publicAddress("192.168.1.2", "udp"),
      port: 1,
    });
    const again = accept(host, forHost).then((connection) => accepted.push(connection));
    await Promise.all([client.socket.renew(connection, forClient), again]);
  };
  const [toHost, toClient] = await pair(world, client, host, { a: { meetAgain, onEvent } });
  const fingerprint = toHost.fingerprint;
  assertEquals(fingerprint, toClient.fingerprint);

  await world.run(500);
  const startMs = world.clock.nowMs();
  const deaf = cut(world, client.machine, host.machine);
  toHost.send(bytesOf("into the void"));
  await world.run(4_200);
  deaf.heal();
  while (!events.includes("renewed")) {
    await world.run(50);
    assert(world.clock.nowMs() - startMs < 6_000, `not within 6 s: ${events}`);
  }
  await assertCarries(world, toHost, toClient);
  assertEquals([asked, events], [1, ["silent", "renewed"]]);
  assertEquals(accepted, [undefined], "no new client for the host");
  assertEquals([toHost.restartCount, toHost.fingerprint], [0, fingerprint]);
});

/** Loses everything between two machines. */
function cut(world: World, a: Machine, b: Machine): { heal(): void } {
  const send = world.internet.send.bind(world.internet);
  const addresses = [a, b].map((machine) => machine.realm.publicAddress(machine.address, "udp"));
  world.internet.send = (packet) => {
    const ends = [packet.source.address, packet.destination.address];
    if (!addresses.every((address) => ends.includes(address))) send(packet);
  };
  return { heal: () => void (world.internet.send = send) };
}

/** A client and its host, which dies without a word and is there again. */
async function restartedHost(world: World): Promise<{
  readonly toHost: Connection;
  readonly events: { readonly kind: string; readonly atMs: number }[];
  readonly fresh: Promise<Connection | undefined>;
  readonly diedMs: number;
}> {
  const events: { kind: string; atMs: number }[] = [];
  const onEvent = (event: ConnectionEvent) =>
    void (isTurn(event) && events.push({ kind: event.kind, atMs: world.clock.nowMs() }));
  const host = publicPeer(world, "192.0.2.1");
  const client = publicPeer(world, "192.0.2.2");
  const fresh = Promise.withResolvers<Connection | undefined>();
  let reborn: PeerSocket | undefined = undefined;
  const meetAgain = async (connection: Connection) => {
    const [forHost, forClient] = introduce(host.observed, client.observed);
    fresh.resolve(reborn!.accept(forHost, "client", { mode: "Server" }));
    await client.socket.renew(connection, forClient);
  };
  const [toHost] = await pair(world, client, host, { a: { meetAgain, onEvent } });
  await world.run(1_000);
  const diedMs = world.clock.nowMs();
  host.machine.sockets.clear();
  reborn = onPublicMachine(host.machine, host.observed).socket;
  reborn.listen();
  return { toHost, events, fresh: fresh.promise, diedMs };
}

Deno.test("a restarted remote is noticed by its hint within a second, and said to have restarted", async () => {
  const world = new World();
  const { toHost, events, fresh, diedMs } = await restartedHost(world);
  toHost.send(bytesOf("are you there?"));
  const again = await world.until(fresh);
  await world.run(500);
  assertEquals(events.map(({ kind }) => kind), ["silent", "restarted"]);
  assert(events[0].atMs - diedMs <= 1_100, `${events[0].atMs - diedMs} ms`);
  assertEquals(toHost.restartCount, 1);
  await assertCarries(world, toHost, again!);
});

Deno.test("while the old link answers, a new one that does not resume is given up", async () => {
  const world = new World();
  const host = publicPeer(world, "192.0.2.1");
  const client = publicPeer(world, "192.0.2.2");
  const impostor = publicPeer(world, "192.0.2.3");
  const events: string[] = [];
  const onEvent = (event: ConnectionEvent) => void (isTurn(event) && events.push(event.kind));
  const [toHost, toClient] = await pair(world, client, host, { a: { onEvent } });
  const [forClient, forImpostor] = introduce(client.observed, impostor.observed);
  const taking = impostor.socket.accept(forImpostor, "client", { mode: "Server" });
  const renewing = client.socket.renew(toHost, forClient);
  const [taken, renewed] = await world.until(Promise.allSettled([taking, renewing]));
  assertEquals([taken.status, renewed.status], ["rejected", "rejected"]);
  assertEquals([events, toHost.restartCount], [[], 0]);
  await assertCarries(world, toHost, toClient);
});

Deno.test("a host takes a joiner that does not resume for a new one", async () => {
  const world = new World();
  const host = publicPeer(world, "192.0.2.1");
  const client = publicPeer(world, "192.0.2.2");
  const [, first] = await pair(world, client, host);
  const [forHost, forClient] = introduce(host.observed, client.observed);
  const joining = client.socket.connect(forClient, "host", { mode: "Client" });
  const [, second] = await world.until(Promise.all([joining, accept(host, forHost)]));
  assert(second !== undefined && second !== first);
});

Deno.test("a connection whose peers cannot meet again is lost, and not before that is tried", async () => {
  const world = new World();
  const host = publicPeer(world, "192.0.2.1");
  const client = publicPeer(world, "192.0.2.2");
  const trying = Promise.withResolvers<void>();
  let signal: AbortSignal | undefined;
  const meetAgain = (_: Connection, until: AbortSignal) => {
    signal = until;
    return trying.promise;
  };
  const [toHost] = await pair(world, client, host, { a: { meetAgain } });
  let ending: string | undefined;
  toHost.ended.then((how) => ending = how);
  host.machine.sockets.clear();
  await world.run(600_000);
  assertEquals([ending, signal?.aborted], [undefined, false]);
  await toHost.send(bytesOf("lost, as datagrams may be"));
  trying.resolve();
  await world.run(0);
  assertEquals([ending, signal?.aborted], ["lost", true]);
});

Deno.test("closing a socket ends a connection that has no link at the time", async () => {
  const world = new World();
  const host = publicPeer(world, "192.0.2.1");
  const client = publicPeer(world, "192.0.2.2");
  const meetAgain = () => new Promise<void>(() => {});
  const [toHost] = await pair(world, client, host, { a: { meetAgain } });
  host.machine.sockets.clear();
  await world.run(120_000);
  await world.until(client.socket.close());
  assertEquals(await world.until(toHost.ended), "closed_here");
});

Deno.test("strangers who speak of links get a hint, few a second, and none once one has ended", async () => {
  const world = new World();
  const host = publicPeer(world, "192.0.2.1");
  const stranger = publicPeer(world, "192.0.2.3");
  host.socket.listen();
  const packet = new Uint8Array(31).fill(20);
  for (let i = 0; i < 100; i++) stranger.udp.send(packet, host.observed);
  await world.run(500);
  const [udp] = host.machine.sockets;
  assertEquals(udp.sent.map(({ bytes }) => decodePacket(bytes)?.kind), Array(10).fill("hint"));
});

Deno.test("late packets of a link that has ended get no answer", async () => {
  const world = new World();
  const host = publicPeer(world, "192.0.2.1");
  const client = publicPeer(world, "192.0.2.2");
  const [toHost] = await pair(world, client, host);
  await toHost.send(bytesOf("recorded"));
  await world.until(toHost.close());
  await world.run(1_000);
  const [udp] = host.machine.sockets;
  const before = udp.sent.length;
  const [{ sent }] = client.machine.sockets;
  for (const { bytes } of [...sent]) client.udp.send(bytes, host.observed);
  await world.run(1_000);
  assertEquals(udp.sent.length, before);
});

Deno.test("peers with different secrets are told so; with the same one they meet", async () => {
  const world = new World();
  const a = publicPeer(world, "192.0.2.1");
  const b = publicPeer(world, "192.0.2.2");
  const [one, other] = [new Uint8Array(32).fill(1), new Uint8Array(32).fill(2)];
  const [forA, forB] = introduce(a.observed, b.observed);
  const errors = await world.until(Promise.all([
    failureOf(a.socket.connect(forA, "b", { mode: "Peer", secret: one })),
    failureOf(b.socket.connect(forB, "a", { mode: "Peer", secret: other })),
  ]));
  for (const { code, message } of errors) {
    assertEquals(code, "punch_failed");
    assert(message.includes("another secret"), message);
  }
  const same = { a: { secret: one }, b: { secret: one } };
  const [toB, toA] = await pair(world, a, b, same);
  await assertCarries(world, toB, toA);
});

Deno.test("a peer that was introduced to itself is told so", async () => {
  const world = new World();
  const a = publicPeer(world, "192.0.2.1");
  const [introduction] = introduce(a.observed, a.observed);
  for (const mode of ["Client", "Server", "Peer"] as const) {
    const { message } = await failureOf(a.socket.connect(introduction, "me", { mode }));
    assert(message.includes("this one's own endpoint"), message);
  }
});

Deno.test("nothing of a connection or its socket prints a key or a secret", async () => {
  const world = new World();
  const a = publicPeer(world, "192.0.2.1");
  const b = publicPeer(world, "192.0.2.2");
  const secret = new Uint8Array(32).fill(211);
  const [forA, forB] = introduce(a.observed, b.observed);
  const pairKey = forA.extension!.pairKey!;
  const [connection] = await world.until(Promise.all([
    a.socket.connect(forA, "b", { mode: "Client", secret }),
    b.socket.connect(forB, "a", { mode: "Server", secret }),
  ]));
  for (const thing of [connection, a.socket]) {
    const printed = Deno.inspect(thing, { depth: 30, iterableLimit: 10_000 }) +
      JSON.stringify(thing);
    assert(!printed.includes(pairKey), printed);
    assert(!printed.includes("211"), printed);
  }
  assertEquals(connection.introduction.dest, b.observed);
});
