/** What becomes of streams when something happens to the link below, or to the other side. */

import { assert, assertEquals, assertRejects } from "@std/assert";
import { STREAM_ANSWER_MS } from "../../src/peer/limits.ts";
import { connect, join, type PeerEvent } from "../../src/peer/mod.ts";
import { Carrier } from "../../src/peer/socket/carrier.ts";
import { Streams } from "../../src/peer/stream/streams.ts";
import { type Machine, World } from "../simulated/peer_platform.ts";
import { Prng } from "../simulated/prng.ts";
import {
  codeOf,
  echo,
  hashOf,
  incoming,
  pair,
  randomBytes,
  receiveAll,
  sendAll,
  STREAM_SERVER,
  streamOf,
} from "./stream_scene.ts";

const LOSSY = { minDelayMs: 5, maxDelayMs: 40, loss: 0.03, duplication: 0.01 };
/** First bytes of the packets of streams (docs/LINK.md). */
const STREAM_PACKETS = [36, 37, 38, 39];

Deno.test("a transfer goes on where the joiner roams in the middle", async () => {
  for (let seed = 1; seed <= 3; seed++) {
    const { world, laptop, toHost, toJoiner, events } = await pair({ seed });
    world.internet.faults = LOSSY;
    const bytes = randomBytes(3_000_000, seed);
    const sending = sendAll(await world.until(toHost.openStream()), bytes);
    const receiving = receiveAll(await incoming(world, toJoiner));
    await world.run(200);
    laptop.moveTo("198.51.100.77");
    const [hash] = await world.until(Promise.all([receiving, sending]));
    assertEquals(hash, hashOf(bytes), `seed ${seed}`);
    assert(events.includes("renewed"), `seed ${seed}: ${events}`);
  }
});

Deno.test("a transfer goes on where a NAT maps anew in the middle", async () => {
  for (let seed = 1; seed <= 3; seed++) {
    const world = new World({ seed });
    const nats = [world.nat(), world.nat()];
    const [a, b] = nats.map((nat, i) => world.machineBehind(nat, `10.0.0.${i + 1}`));
    const options = { server: STREAM_SERVER };
    const [toB, toA] = await world.until(Promise.all([
      connect({ ...options, localPeerPort: 1, remote: "198.51.100.2/2", platform: a }),
      connect({ ...options, localPeerPort: 2, remote: "198.51.100.1/1", platform: b }),
    ]));
    world.internet.faults = LOSSY;
    const bytes = randomBytes(2_000_000, seed);
    const sending = sendAll(await world.until(toB.openStream()), bytes);
    const receiving = receiveAll(await incoming(world, toA));
    await world.run(300);
    nats[seed % 2].restart();
    const [hash] = await world.until(Promise.all([receiving, sending]));
    assertEquals(hash, hashOf(bytes), `seed ${seed}`);
    await world.until(toB.close());
  }
});

Deno.test("an exception in the streams of one connection ends no other", async () => {
  const made = await pair();
  const { world, toHost, toJoiner } = made;
  const second = await world.until(join({
    ...{ server: STREAM_SERVER, localPeerPort: 3, remote: "192.0.2.1/1" },
    platform: world.publicMachine("192.0.2.3"),
  }));
  echo((await world.until(made.hosting[Symbol.asyncIterator]().next())).value!);
  const [mine] = await streamOf(made);
  const { receive } = Streams.prototype;
  let faulty: Streams | undefined;
  Streams.prototype.receive = function (...args) {
    faulty ??= this;
    if (this === faulty) throw new Error("a bug");
    receive.apply(this, args);
  };
  try {
    mine.writable.getWriter().write(Uint8Array.of(1)).catch(() => {});
    assertEquals(await world.until(toJoiner.ended), "failed");
    await assertRejects(() => world.until(Array.fromAsync(toJoiner)), Error, "a bug");
    const bytes = randomBytes(50_000, 6);
    const stream = await world.until(second.openStream());
    const [hash] = await world.until(Promise.all([receiveAll(stream), sendAll(stream, bytes)]));
    assertEquals(hash, hashOf(bytes));
  } finally {
    Streams.prototype.receive = receive;
  }
  await world.until(Promise.all([toHost.close(), second.close()]));
});

Deno.test("a transfer goes on after 40 s without a network, and nothing grows meanwhile", async () => {
  const { world, laptop, toHost, toJoiner } = await pair({ wait: "on" });
  const stream = await world.until(toHost.openStream());
  const writer = stream.writable.getWriter();
  let taken = 0;
  const total = 80;
  const writing = (async () => {
    for (let i = 0; i < total; i++) {
      await writer.write(new Uint8Array(65_536));
      taken++;
    }
    await writer.close();
  })();
  const reading = receiveAll(await incoming(world, toJoiner));
  await world.run(100);
  world.internet.cut(laptop.address);
  await world.run(30_000);
  const before = taken;
  assert(before < total, "the outage is to come in the middle");
  await world.run(10_000);
  assertEquals(taken, before);
  world.internet.mend(laptop.address);
  const [hash] = await world.until(Promise.all([reading, writing]));
  assertEquals(hash, hashOf(new Uint8Array(65_536 * total)));
});

Deno.test("a remote peer that was restarted ends old streams with an error; new ones work", async () => {
  const world = new World();
  const b = world.publicMachine("192.0.2.2");
  const events: PeerEvent["kind"][] = [];
  const both = (platform: Machine) => {
    const [localPeerPort, remote] = platform === b ? [2, "192.0.2.1/1"] : [1, "192.0.2.2/2"];
    const onEvent = ({ kind }: PeerEvent) => void events.push(kind);
    const token = `kept by ${localPeerPort}`;
    return connect({ server: STREAM_SERVER, localPeerPort, remote, platform, token, onEvent });
  };
  const a = world.publicMachine("192.0.2.1");
  const [toB, old] = await world.until(Promise.all([both(a), both(b)]));
  const stream = await world.until(toB.openStream());
  const writer = stream.writable.getWriter();
  writer.write(Uint8Array.of(1));
  await incoming(world, old);
  const read = codeOf(stream.readable.getReader().read());
  b.sockets.clear();
  const toA = await world.until(both(b));
  await world.run(3_000);
  assert(events.includes("restarted"));
  assertEquals(await world.until(read), "stream_lost");
  assertEquals(await codeOf(writer.write(Uint8Array.of(2))), "stream_lost");
  for (const [from, to] of [[toB, toA], [toA, toB]] as const) {
    const bytes = randomBytes(50_000, 3);
    const sending = sendAll(await world.until(from.openStream()), bytes);
    const receiving = receiveAll(await incoming(world, to));
    assertEquals((await world.until(Promise.all([receiving, sending])))[0], hashOf(bytes));
  }
});

Deno.test("a remote peer that is lost ends the streams with an error", async () => {
  const made = await pair();
  const { world, hostMachine } = made;
  const [mine] = await streamOf(made);
  const read = codeOf(mine.readable.getReader().read());
  world.internet.cut(hostMachine.address);
  assertEquals(await world.until(read), "stream_lost");
});

Deno.test("a remote peer whose library knows no streams is told from one that is slow", async () => {
  const { world, toHost } = await pair();
  const { internet } = world;
  // An older version opens the packets, since they are genuine, and does nothing.
  const send = internet.send.bind(internet);
  internet.send = (packet) => STREAM_PACKETS.includes(packet.bytes[0]) ? undefined : send(packet);
  const startMs = world.clock.nowMs();
  const stream = await world.until(toHost.openStream());
  const writing = stream.writable.getWriter();
  const written = writing.write(Uint8Array.of(1)).then(() => writing.close());
  assertEquals(await codeOf(world.until(written)), "no_streams");
  assertEquals(await codeOf(stream.readable.getReader().read()), "no_streams");
  const tookMs = world.clock.nowMs() - startMs;
  assert(tookMs >= STREAM_ANSWER_MS && tookMs < STREAM_ANSWER_MS + 1_000, `${tookMs} ms`);
  assertEquals(await codeOf(toHost.openStream()), "no_streams");
  await toHost.send(Uint8Array.of(1));
});

/** Has whoever sends to `address` send other bodies of stream packets than it would. */
function corrupt(address: string, change: (body: Uint8Array) => Uint8Array): Disposable {
  const { sendStream } = Carrier.prototype;
  Carrier.prototype.sendStream = function (body) {
    const isHostile = this.link.path?.endpoint.address === address;
    sendStream.call(this, isHostile ? change(body) : body);
  };
  return { [Symbol.dispose]: () => void (Carrier.prototype.sendStream = sendStream) };
}

function mutation(prng: Prng): (body: Uint8Array) => Uint8Array {
  return (body) => {
    if (prng.chance(0.5)) return body;
    const bytes = body.slice(0, prng.integer(0, body.length));
    for (let i = prng.integer(0, 4); i > 0 && bytes.length > 0; i--) {
      bytes[prng.integer(0, Math.min(30, bytes.length - 1))] = prng.integer(0, 255);
    }
    return bytes;
  };
}

Deno.test("a remote peer that breaks the rules of streams ends its connection and no other", async () => {
  const endings = new Set<string>();
  for (let seed = 1; seed <= 10; seed++) {
    const made = await pair({ seed });
    const { world, toHost } = made;
    const evil = world.publicMachine("192.0.2.66");
    const hosting = made.hosting[Symbol.asyncIterator]();
    const options = {
      server: STREAM_SERVER,
      localPeerPort: 3,
      remote: "192.0.2.1/1",
      platform: evil,
    };
    const evilToHost = await world.until(join(options));
    const toEvil = (await world.until(hosting.next())).value!;
    using _ = corrupt("192.0.2.1", mutation(new Prng(seed)));
    for (const connection of [toEvil, made.toJoiner]) echo(connection);
    let ending = "none";
    toEvil.ended.then((how) => ending = how);
    Array.fromAsync(toEvil).catch(() => {});
    evilToHost.ended.then(() => {});
    const attack = sendAll(await world.until(evilToHost.openStream()), randomBytes(200_000, seed));
    attack.catch(() => {});
    await world.run(5_000);
    endings.add(ending);
    _[Symbol.dispose]();
    const bytes = randomBytes(50_000, seed);
    const stream = await world.until(toHost.openStream());
    const [hash] = await world.until(Promise.all([receiveAll(stream), sendAll(stream, bytes)]));
    assertEquals(hash, hashOf(bytes), `seed ${seed}`);
    await world.until(evilToHost.close());
  }
  assert(endings.has("failed"), `${[...endings]}`);
});
