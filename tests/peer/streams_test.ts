/** The two ends of streams, over a link that is fine or loses. */

import { assert, assertEquals, assertRejects } from "@std/assert";
import { MAX_QUEUED_STREAMS } from "../../src/peer/limits.ts";
import { MAX_OPEN_STREAMS } from "../../src/peer/stream/limits.ts";
import { PeerError, type PeerStream } from "../../src/peer/mod.ts";
import {
  codeOf,
  echo,
  hashOf,
  incoming,
  pair,
  randomBytes,
  receiveAll,
  sendAll,
  streamOf,
} from "./stream_scene.ts";

const LOSSY = { minDelayMs: 5, maxDelayMs: 40, loss: 0.03, duplication: 0.01 };

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

/** Its memory has another owner from now on, as where it is passed to a worker. */
function takeAway({ buffer }: Uint8Array<ArrayBuffer>): void {
  structuredClone(buffer, { transfer: [buffer] });
}

for (const when of ["at once", "while it waits for room"] as const) {
  Deno.test(`who passes on ${when} what is to be written is told, and the other side as well`, async () => {
    const made = await pair();
    const { world, toHost } = made;
    const [mine, theirs] = await streamOf(made);
    const bytes = new Uint8Array(3_000_000);
    const writing = mine.writable.getWriter().write(bytes);
    writing.catch(() => {});
    if (when !== "at once") await world.run(1_000);
    takeAway(bytes);
    const reading = codeOf(Array.fromAsync(theirs.readable));
    await assertRejects(
      () => world.until(writing),
      TypeError,
      "Cannot write to a stream: expected",
    );
    assertEquals(await world.until(reading), "stream_reset");
    const [other] = await streamOf(made);
    await world.until(other.writable.close());
    await world.until(toHost.close());
  });
}

Deno.test("a chunk that shrinks while it waits for room is not written in silence", async () => {
  const made = await pair();
  const [mine, theirs] = await streamOf(made);
  const buffer = new ArrayBuffer(3_000_000, { maxByteLength: 3_000_000 });
  const writing = mine.writable.getWriter().write(new Uint8Array(buffer));
  writing.catch(() => {});
  await made.world.run(1_000);
  buffer.resize(1_000);
  const reading = codeOf(Array.fromAsync(theirs.readable));
  await assertRejects(
    () => made.world.until(writing),
    TypeError,
    "expected 3000000 bytes until all are taken, received 1000 after a while",
  );
  assertEquals(await made.world.until(reading), "stream_reset");
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

Deno.test("who waits for one more than may be open can stop waiting, and others get their turn", async () => {
  const { world, toHost, toJoiner } = await pair();
  echo(toJoiner);
  const opened: PeerStream[] = [];
  for (let i = 0; i < MAX_OPEN_STREAMS; i++) opened.push(await world.until(toHost.openStream()));
  const patience = new AbortController();
  const aborted = toHost.openStream({ signal: patience.signal });
  aborted.catch(() => {});
  const waiting = toHost.openStream({ signal: new AbortController().signal });
  await world.run(1_000);
  patience.abort(new RangeError("enough"));
  await assertRejects(() => world.until(aborted), RangeError, "enough");
  await assertRejects(
    () => toHost.openStream({ signal: patience.signal }),
    RangeError,
    "enough",
  );
  const none = new AbortController() as unknown as AbortSignal;
  await assertRejects(() => toHost.openStream({ signal: none }), TypeError, "Cannot use signal");
  for (const { readable, writable } of opened) {
    writable.close().catch(() => {});
    readable.cancel().catch(() => {});
  }
  const { writable } = await world.until(waiting);
  await world.until(writable.close());
});

Deno.test("streams that show all at once reach whoever iterates, none is reset", async () => {
  const { world, toHost, toJoiner } = await pair();
  echo(toJoiner);
  // Most of the packets that open them are lost: the next one shows hundreds.
  world.internet.faults = { ...LOSSY, loss: 1 };
  const lengths = Array.from({ length: MAX_OPEN_STREAMS }, async (_, i) => {
    const stream = await toHost.openStream();
    const bytes = new Uint8Array(20).fill(i);
    const [hash] = await Promise.all([receiveAll(stream), sendAll(stream, bytes)]);
    return hash === hashOf(bytes);
  });
  await world.run(30);
  world.internet.faults = { ...LOSSY, loss: 0 };
  assertEquals(new Set(await world.until(Promise.all(lengths))), new Set([true]));
});

Deno.test("streams that nobody takes are bounded: the oldest is reset", async () => {
  const { world, toHost, toJoiner } = await pair();
  const opened: PeerStream[] = [];
  const writers: WritableStreamDefaultWriter<Uint8Array>[] = [];
  const open = async (count: number) => {
    for (let i = 0; i < count; i++) {
      const stream = await world.until(toHost.openStream());
      const number = opened.push(stream);
      const writer = stream.writable.getWriter();
      writers.push(writer);
      writer.write(Uint8Array.of(number >> 8, number)).catch(() => {});
    }
    await world.run(2_000);
  };
  await open(MAX_QUEUED_STREAMS);
  // Those that were given up make room for others, and nobody has taken them either.
  const half = MAX_QUEUED_STREAMS / 2;
  for (const writer of writers.slice(half)) writer.abort().catch(() => {});
  for (const { readable } of opened.slice(half)) readable.cancel();
  await open(half);
  assertEquals(await codeOf(world.until(opened[0].readable.getReader().read())), "stream_reset");
  let newest: PeerStream | undefined;
  for (let i = 0; i < MAX_QUEUED_STREAMS; i++) newest = await incoming(world, toJoiner);
  const { value } = await world.until(newest!.readable.getReader().read());
  assertEquals((value![0] << 8) + value![1], MAX_QUEUED_STREAMS + half);
});
