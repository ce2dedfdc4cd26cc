import { assert, assertEquals, assertRejects } from "@std/assert";
import { createHash } from "node:crypto";
import {
  connect,
  type Connection,
  type Host,
  host,
  join,
  PeerError,
  type PeerEvent,
  type PeerStream,
  type RemoteOptions,
} from "../../src/peer/mod.ts";
import { CLOSE_FLUSH_MS, MAX_QUEUED_STREAMS, STREAM_ANSWER_MS } from "../../src/peer/limits.ts";
import { Carrier } from "../../src/peer/socket/carrier.ts";
import { Streams } from "../../src/peer/stream/streams.ts";
import { type Machine, World } from "../simulated/peer_platform.ts";
import { Prng } from "../simulated/prng.ts";

const SERVER = "server.test";
const LOSSY = { minDelayMs: 5, maxDelayMs: 40, loss: 0.03, duplication: 0.01 };
/** First bytes of the packets of streams (docs/LINK.md). */
const STREAM_PACKETS = [36, 37, 38, 39];

interface Pair {
  readonly world: World;
  readonly hosting: Host;
  readonly hostMachine: Machine;
  readonly laptop: Machine;
  readonly toHost: Connection;
  readonly toJoiner: Connection;
  readonly events: PeerEvent["kind"][];
}

/** A joiner and its host, both on the public internet. */
async function pair({ seed = 1, ...more }: { seed?: number } & Partial<RemoteOptions> = {}) {
  const world = new World({ seed });
  const hostMachine = world.publicMachine("192.0.2.1");
  const hosting = await world.until(
    host({ server: SERVER, localPeerPort: 1, platform: hostMachine }),
  );
  await world.run(1_000);
  const laptop = world.publicMachine("192.0.2.2");
  const events: PeerEvent["kind"][] = [];
  const onEvent = ({ kind }: PeerEvent) => void events.push(kind);
  const toHost = await world.until(join({
    ...{ server: SERVER, localPeerPort: 2, remote: "192.0.2.1/1", platform: laptop, onEvent },
    ...more,
  }));
  const { value } = await world.until(hosting[Symbol.asyncIterator]().next());
  const made: Pair = { world, hosting, hostMachine, laptop, toHost, toJoiner: value!, events };
  return made;
}

function randomBytes(length: number, seed: number): Uint8Array {
  const prng = new Prng(seed);
  return Uint8Array.from({ length }, () => prng.next32());
}

function hashOf(...chunks: readonly Uint8Array[]): string {
  const hash = createHash("sha256");
  for (const chunk of chunks) hash.update(chunk);
  return hash.digest("hex");
}

/** Writes all of it in chunks of any size, and ends. */
async function sendAll({ writable }: PeerStream, bytes: Uint8Array, chunkBytes = 10_000) {
  const writer = writable.getWriter();
  for (let at = 0; at < bytes.length; at += chunkBytes) {
    await writer.write(bytes.subarray(at, at + chunkBytes));
  }
  await writer.close();
}

async function receiveAll({ readable }: PeerStream): Promise<string> {
  return hashOf(...await Array.fromAsync(readable));
}

/** Sends back what every stream brings. */
async function echo({ incomingStreams }: Connection): Promise<void> {
  for await (const { readable, writable } of incomingStreams) {
    readable.pipeTo(writable).catch(() => {});
  }
}

async function incoming(world: World, { incomingStreams }: Connection): Promise<PeerStream> {
  const { value } = await world.until(incomingStreams.next());
  return value!;
}

async function codeOf(promise: Promise<unknown>): Promise<string> {
  const error = await promise.then(() => "no error", (error) => error);
  assert(error instanceof PeerError, String(error));
  return error.code;
}

/** A stream that both sides have, with a few bytes sent each way. */
async function streamOf({ world, toHost, toJoiner }: Pair): Promise<[PeerStream, PeerStream]> {
  const mine = await world.until(toHost.openStream());
  const writer = mine.writable.getWriter();
  writer.write(Uint8Array.of(1));
  const theirs = await incoming(world, toJoiner);
  const reader = theirs.readable.getReader();
  assertEquals((await world.until(reader.read())).value, Uint8Array.of(1));
  writer.releaseLock();
  reader.releaseLock();
  return [mine, theirs];
}

Deno.test("several streams go both ways at once, each complete, over a path that loses", async () => {
  for (let seed = 1; seed <= 3; seed++) {
    const { world, toHost, toJoiner } = await pair({ seed });
    world.internet.faults = LOSSY;
    echo(toHost);
    echo(toJoiner);
    const both = [toHost, toJoiner].flatMap((connection, side) =>
      Array.from({ length: 4 }, async (_, i) => {
        const bytes = randomBytes(20_000 * i + 1, 10 * side + i);
        const stream = await connection.openStream();
        const [hash] = await Promise.all([receiveAll(stream), sendAll(stream, bytes)]);
        assertEquals(hash, hashOf(bytes), `seed ${seed}`);
      })
    );
    await world.until(Promise.all(both));
  }
});

Deno.test("one direction ends by itself, and the other goes on", async () => {
  const made = await pair();
  const { world } = made;
  const [mine, theirs] = await streamOf(made);
  await world.until(mine.writable.close());
  assertEquals(await world.until(Array.fromAsync(theirs.readable)), []);
  const bytes = randomBytes(100_000, 1);
  const [hash] = await world.until(Promise.all([receiveAll(mine), sendAll(theirs, bytes)]));
  assertEquals(hash, hashOf(bytes));
});

Deno.test("what is given up tells the other side a number, each way", async () => {
  const made = await pair();
  const { world } = made;
  const [mine, theirs] = await streamOf(made);
  await world.until(mine.writable.abort(7));
  const reset = await assertRejects(
    () => world.until(Array.fromAsync(theirs.readable)),
    PeerError,
    "the remote peer ended what it was sending (code 7)",
  );
  assertEquals([reset.code, reset.resetCode], ["stream_reset", 7]);
  await world.until(mine.readable.cancel(2 ** 32 - 1));
  await world.run(1_000);
  const stopped = await assertRejects(
    () => world.until(theirs.writable.getWriter().write(Uint8Array.of(1))),
    PeerError,
    "the remote peer wants no more of it",
  );
  assertEquals([stopped.code, stopped.resetCode], ["stream_reset", 2 ** 32 - 1]);
});

Deno.test("what is no number becomes 0, and a reset goes on with its number", async () => {
  for (const [reason, code] of [[new Error("7"), 0], [-1, 0], [1.5, 0], [2 ** 32, 0]] as const) {
    const made = await pair();
    const [mine, theirs] = await streamOf(made);
    mine.writable.abort(reason);
    const error = await made.world.until(Array.fromAsync(theirs.readable)).catch((error) => error);
    assertEquals(error.resetCode, code);
    theirs.writable.abort(error);
    const back = await made.world.until(Array.fromAsync(mine.readable)).catch((error) => error);
    assertEquals(back.resetCode, code);
  }
});

Deno.test("an abort does not wait for a write that waits for room", async () => {
  const made = await pair();
  const [mine, theirs] = await streamOf(made);
  const writer = mine.writable.getWriter();
  const writing = writer.write(new Uint8Array(50_000_000));
  writing.catch(() => {});
  await made.world.run(10_000);
  await made.world.until(writer.abort(3));
  const failed = await made.world.until(Array.fromAsync(theirs.readable)).catch((error) => error);
  assertEquals(failed.resetCode, 3);
});

Deno.test("who writes what are no bytes is told, and the other side as well", async () => {
  const made = await pair();
  const [mine, theirs] = await streamOf(made);
  const writer = mine.writable.getWriter();
  await assertRejects(
    () => made.world.until(writer.write("text" as unknown as Uint8Array)),
    TypeError,
    "Cannot write to a stream: expected a Uint8Array, received String",
  );
  assertEquals(await codeOf(made.world.until(Array.fromAsync(theirs.readable))), "stream_reset");
});

Deno.test("a reader who stops holds back its writer and no other stream", async () => {
  const made = await pair();
  const { world, toHost, toJoiner } = made;
  const [mine] = await streamOf(made);
  let taken = 0;
  const writer = mine.writable.getWriter();
  (async () => {
    for (;;) {
      await writer.write(new Uint8Array(65_536));
      taken += 65_536;
    }
  })().catch(() => {});
  await world.run(10_000);
  const before = taken;
  await world.run(10_000);
  assertEquals(taken, before);
  assert(taken < 16_000_000, `${taken} bytes`);
  for (let i = 0; i < 40; i++) {
    const stopped = await world.until(toHost.openStream());
    stopped.writable.getWriter().write(new Uint8Array(1_000_000)).catch(() => {});
    await incoming(world, toJoiner);
  }
  await world.run(10_000);
  const other = await world.until(toHost.openStream());
  const bytes = randomBytes(300_000, 2);
  const sending = sendAll(other, bytes);
  const [hash] = await world.until(Promise.all([
    receiveAll(await incoming(world, toJoiner)),
    sending,
  ]));
  assertEquals(hash, hashOf(bytes));
});

Deno.test("streams that nobody takes are bounded: the oldest is reset", async () => {
  const { world, toHost, toJoiner } = await pair();
  const streams: PeerStream[] = [];
  for (let i = 0; i <= MAX_QUEUED_STREAMS; i++) {
    const stream = await world.until(toHost.openStream());
    stream.writable.getWriter().write(Uint8Array.of(i / 2));
    streams.push(stream);
  }
  await world.run(2_000);
  const [oldest] = streams;
  assertEquals(await codeOf(world.until(oldest.readable.getReader().read())), "stream_reset");
  const taken: PeerStream[] = [];
  while (taken.length < MAX_QUEUED_STREAMS) taken.push(await incoming(world, toJoiner));
  const numbers = [];
  for (const stream of [taken[0], taken.at(-1)!]) {
    numbers.push((await world.until(stream.readable.getReader().read())).value?.[0]);
  }
  assertEquals(numbers, [1 >> 1, MAX_QUEUED_STREAMS / 2]);
});

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
    const options = { server: SERVER };
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
    ...{ server: SERVER, localPeerPort: 3, remote: "192.0.2.1/1" },
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
    return connect({ server: SERVER, localPeerPort, remote, platform, token, onEvent });
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

Deno.test("a close lets what was ended arrive, and ends the rest with an error on both sides", async () => {
  const made = await pair();
  const { world, toHost, toJoiner } = made;
  world.internet.faults = LOSSY;
  const [mine, theirs] = await streamOf(made);
  const bytes = randomBytes(60_000, 4);
  const ended = await world.until(toHost.openStream());
  const writer = ended.writable.getWriter();
  writer.write(bytes);
  const closing = writer.close();
  const closed = toHost.close();
  const arrived = await incoming(world, toJoiner);
  const reads = [mine, theirs].map(({ readable }) => codeOf(readable.getReader().read()));
  await world.until(Promise.all([closing, closed]));
  assertEquals(await world.until(toJoiner.ended), "closed_by_remote");
  assertEquals(await Promise.all(reads), ["stream_lost", "stream_lost"]);
  assertEquals(await codeOf(theirs.writable.getWriter().write(bytes)), "stream_lost");
  // What has arrived is read after the end.
  assertEquals(await receiveAll(arrived), hashOf(bytes));
  assertEquals(await codeOf(toHost.openStream()), "stream_lost");
  assertEquals((await toJoiner.incomingStreams.next()).done, true);
});

Deno.test("a close waits for what is written behind the window, and then for its end", async () => {
  const { world, toHost, toJoiner } = await pair();
  const stream = await world.until(toHost.openStream());
  const writer = stream.writable.getWriter();
  const bytes = randomBytes(3_000_000, 5);
  writer.write(bytes);
  writer.close();
  const closed = toHost.close();
  const [hash] = await world.until(
    Promise.all([receiveAll(await incoming(world, toJoiner)), closed]),
  );
  assertEquals(hash, hashOf(bytes));
});

Deno.test("what was written and ended in the step before the close arrives", async () => {
  const { world, toHost, toJoiner } = await pair();
  const stream = await world.until(toHost.openStream());
  await world.run(1_000);
  const writer = stream.writable.getWriter();
  writer.write(Uint8Array.of(1));
  writer.close();
  toHost.close();
  const { readable } = await incoming(world, toJoiner);
  assertEquals(await world.until(Array.fromAsync(readable)), [Uint8Array.of(1)]);
});

Deno.test("a close does not wait longer than it says for a remote peer that takes nothing", async () => {
  const made = await pair();
  const { world, toHost } = made;
  const [mine] = await streamOf(made);
  const writer = mine.writable.getWriter();
  writer.write(new Uint8Array(50_000_000)).catch(() => {});
  const closing = codeOf(writer.close());
  await world.run(5_000);
  const startMs = world.clock.nowMs();
  await world.until(toHost.close());
  const tookMs = world.clock.nowMs() - startMs;
  assert(tookMs < CLOSE_FLUSH_MS + 500, `${tookMs} ms`);
  assertEquals(await closing, "stream_lost");
});

Deno.test("a close does not wait for a remote peer that answers nothing", async () => {
  const made = await pair();
  const { world, toHost, hostMachine } = made;
  const [mine] = await streamOf(made);
  const writer = mine.writable.getWriter();
  writer.write(Uint8Array.of(2));
  const closing = codeOf(writer.close());
  world.internet.cut(hostMachine.address);
  const startMs = world.clock.nowMs();
  await world.until(toHost.close());
  const tookMs = world.clock.nowMs() - startMs;
  assert(tookMs < CLOSE_FLUSH_MS - 2_000, `${tookMs} ms`);
  assertEquals(await closing, "stream_lost");
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
    const options = { server: SERVER, localPeerPort: 3, remote: "192.0.2.1/1", platform: evil };
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
