import { assert, assertEquals, assertRejects } from "@std/assert";
import { PeerError } from "../../../src/peer/errors.ts";
import { BASE_DATAGRAM_BYTES, GATHER_MS } from "../../../src/peer/limits.ts";
import {
  ConnectionStreams,
  type StreamCarriage,
} from "../../../src/peer/socket/connection_streams.ts";
import type { PeerStream } from "../../../src/peer/socket/peer_stream.ts";
import { MAX_HELD_BYTES } from "../../../src/peer/stream/limits.ts";
import { MemoryPool } from "../../../src/peer/stream/memory_pool.ts";
import { spyOnPaths } from "./engine_spy.ts";
import { VirtualClock } from "../../simulated/virtual_clock.ts";

const DELAY_MS = 10;
/** How often the time of these tests is looked at. */
const STEP_MS = 1;
/** More steps than any chain of promises in a stream. */
const MICROTASKS = 100;

/** One link: what the streams of one side send comes to those of the other one. */
class Wire implements StreamCarriage {
  readonly link = { roundTripMs: 2 * DELAY_MS, isSilent: false, maxDatagramBytes: 1_200 };
  readonly sent: number[] = [];
  to: ConnectionStreams | undefined;

  constructor(readonly clock: VirtualClock) {}

  drive(work: () => void): void {
    work();
  }

  sendStream(body: Uint8Array): void {
    const bytes = body.slice();
    this.sent.push(bytes.length);
    this.clock.schedule(DELAY_MS, () => this.drive(() => this.to?.receive(bytes)));
  }
}

/** Two sides, and a link between them. */
class Pair {
  readonly clock = new VirtualClock(0);
  readonly failures: PeerError[] = [];
  readonly wires = [new Wire(this.clock), new Wire(this.clock)] as const;
  readonly a = this.#side("initiator", this.wires[0]);
  readonly b = this.#side("responder", this.wires[1]);

  constructor() {
    this.wires[0].to = this.b;
    this.wires[1].to = this.a;
  }

  /** Lets time pass. */
  async run(durationMs: number): Promise<void> {
    const endMs = this.clock.nowMs() + durationMs;
    for (;;) {
      for (let i = 0; i < MICROTASKS; i++) await null;
      const nowMs = this.clock.nowMs();
      if (nowMs >= endMs) return;
      for (const streams of [this.a, this.b]) {
        if (nowMs >= streams.nextDeadlineMs) streams.expire(nowMs);
      }
      this.clock.runUntil(Math.min(endMs, nowMs + STEP_MS));
    }
  }

  readonly #writers = new Map<PeerStream, WritableStreamDefaultWriter<Uint8Array>>();

  writerOf(stream: PeerStream): WritableStreamDefaultWriter<Uint8Array> {
    const writer = this.#writers.get(stream) ?? stream.writable.getWriter();
    this.#writers.set(stream, writer);
    return writer;
  }

  async streams(): Promise<[PeerStream, PeerStream]> {
    const mine = await this.a.open();
    this.writerOf(mine).write(Uint8Array.of(1));
    await this.run(100);
    return [mine, (await this.b.incoming.next()).value!];
  }

  #side(role: "initiator" | "responder", wire: Wire): ConnectionStreams {
    const memory = new MemoryPool(MAX_HELD_BYTES);
    const world = { nowMs: () => this.clock.nowMs(), random: () => 0.5, memory };
    const onFailed = (error: PeerError) => void this.failures.push(error);
    return new ConnectionStreams(world, "remote", role, wire, onFailed);
  }
}

Deno.test("nothing is due, and nothing sent, before the first stream", async () => {
  const pair = new Pair();
  assertEquals([pair.a.nextDeadlineMs, pair.b.nextDeadlineMs], [Infinity, Infinity]);
  await pair.a.flush();
  await pair.streams();
  assert(pair.wires[0].sent.length > 0 && pair.wires[1].sent.length > 0);
});

Deno.test("what was sent and acknowledged leaves nothing due", async () => {
  const pair = new Pair();
  await pair.streams();
  await pair.run(1_000);
  assertEquals([pair.a.nextDeadlineMs, pair.b.nextDeadlineMs], [Infinity, Infinity]);
});

Deno.test("without a link nothing is due or sent; with the next one all goes on", async () => {
  const pair = new Pair();
  const [, theirs] = await pair.streams();
  pair.a.wait();
  const sentBefore = pair.wires[0].sent.length;
  const second = await pair.a.open();
  second.writable.getWriter().write(Uint8Array.of(2));
  await pair.run(60_000);
  assertEquals([pair.a.nextDeadlineMs, pair.wires[0].sent.length], [Infinity, sentBefore]);
  pair.a.goOn(pair.wires[0]);
  await pair.run(1_000);
  const { value } = await pair.b.incoming.next();
  assertEquals((await value!.readable.getReader().read()).value, Uint8Array.of(2));
  assertEquals((await theirs.readable.getReader().read()).value, Uint8Array.of(1));
});

Deno.test("another path, and another link, are told to the engine with their round trip", async () => {
  const pair = new Pair();
  await pair.streams();
  using changed = spyOnPaths();
  pair.wires[0].link.roundTripMs = 70;
  pair.a.goOn(pair.wires[0]);
  assertEquals(changed.calls, [[70, pair.clock.nowMs()]]);
});

Deno.test("packets are as large as the link says that fits, from the next one on", async () => {
  const pair = new Pair();
  await pair.streams();
  const largest = async (maxDatagramBytes: number) => {
    pair.wires[0].link.maxDatagramBytes = maxDatagramBytes;
    pair.wires[0].sent.length = 0;
    const second = await pair.a.open();
    second.writable.getWriter().write(new Uint8Array(20_000));
    await pair.run(1_000);
    return Math.max(...pair.wires[0].sent);
  };
  assertEquals(await largest(BASE_DATAGRAM_BYTES), BASE_DATAGRAM_BYTES);
  assertEquals(await largest(1_441), 1_441);
  assertEquals(await largest(BASE_DATAGRAM_BYTES), BASE_DATAGRAM_BYTES);
});

Deno.test("a side that breaks the rules is told of, with what it did", async () => {
  const pair = new Pair();
  const [mine] = await pair.streams();
  pair.a.receive(Uint8Array.of(0x00, 0xff));
  assertEquals(pair.failures.map(({ code }) => code), ["stream_lost"]);
  assert(pair.failures[0].message.includes("broke the rules"), pair.failures[0].message);
  pair.a.end("the connection failed");
  await assertRejects(() => mine.readable.getReader().read(), PeerError, "the connection failed");
});

Deno.test("after the end nothing is opened, and what comes is ignored", async () => {
  const pair = new Pair();
  await pair.streams();
  pair.a.end("it was closed");
  const error = await assertRejects(() => pair.a.open(), PeerError, "it was closed");
  assertEquals(error.code, "stream_lost");
  pair.a.receive(Uint8Array.of(1));
  assertEquals([pair.a.nextDeadlineMs, pair.failures.length], [Infinity, 0]);
  assertEquals((await pair.a.incoming.next()).done, true);
});

Deno.test("a fast stream is read in large chunks, and what is alone is read at once", async () => {
  const pair = new Pair();
  const [mine, theirs] = await pair.streams();
  const reads: { readonly atMs: number; readonly bytes: number }[] = [];
  (async () => {
    for await (const { length } of theirs.readable) {
      reads.push({ atMs: pair.clock.nowMs(), bytes: length });
    }
  })();
  await pair.run(100);
  assertEquals(reads.splice(0).map(({ bytes }) => bytes), [1]);

  const writer = pair.writerOf(mine);
  const startMs = pair.clock.nowMs();
  writer.write(new Uint8Array(10));
  await pair.run(1);
  writer.write(new Uint8Array(20));
  await pair.run(1);
  writer.write(new Uint8Array(30));
  await pair.run(100);
  const [first, second] = reads.splice(0);
  assertEquals(first, { atMs: startMs + DELAY_MS, bytes: 10 });
  assertEquals(second.bytes, 50);
  assert(second.atMs <= first.atMs + GATHER_MS + STEP_MS, `${second.atMs - first.atMs} ms later`);

  writer.write(new Uint8Array(3_000_000));
  await pair.run(2_000);
  const total = reads.reduce((sum, { bytes }) => sum + bytes, 0);
  assertEquals(total, 3_000_000);
  assert(total / reads.length > 8_000, `${reads.length} chunks`);
});
