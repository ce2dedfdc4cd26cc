/** Tests of what remote peers can make one side hold, over all of its connections. */

import { assert, assertEquals } from "@std/assert";
import {
  FIRST_STREAM_WINDOW_BYTES,
  HELD_PART,
  LEAST_HELD_BYTES,
  STREAM_BYTES,
} from "../../../src/peer/stream/limits.ts";
import { MemoryPool } from "../../../src/peer/stream/memory_pool.ts";
import type { StreamOutput } from "../../../src/peer/stream/stream_events.ts";
import { Streams } from "../../../src/peer/stream/streams.ts";
import { Prng } from "../../simulated/prng.ts";

const MB = 1_024 * 1_024;
const TICK_MS = 5;

type Event = Exclude<StreamOutput, { readonly kind: "send" }>;

/** A remote peer, and this side of the connection to it, whose memory is of a pool. */
class Wire {
  readonly remote = engine("initiator");
  readonly here: Streams;
  readonly memory;
  #nowMs = 0;

  constructor(pool: MemoryPool) {
    this.memory = pool.share();
    this.here = engine("responder", this.memory);
  }

  /** Packets go both ways for a while. @returns what happened on both sides */
  run(durationMs: number, onHere: (event: Event) => void, onRemote: (event: Event) => void) {
    for (const endMs = this.#nowMs + durationMs; this.#nowMs < endMs; this.#nowMs += TICK_MS) {
      this.#carry(this.remote, this.here, onRemote);
      this.#carry(this.here, this.remote, onHere);
    }
  }

  #carry(from: Streams, to: Streams, onEvent: (event: Event) => void) {
    for (let output; (output = from.take(this.#nowMs)) !== undefined;) {
      if (output.kind === "send") to.receive(output.body, this.#nowMs);
      else onEvent(output);
    }
  }
}

function engine(role: "initiator" | "responder", memory = new MemoryPool(Infinity).share()) {
  const prng = new Prng(1);
  const random = () => prng.fraction();
  return new Streams({ role, maxBodyBytes: 1_200, roundTripMs: TICK_MS, random, nowMs: 0, memory });
}

function ignore() {}

/** Writes as much on as many streams as it may, and reads nothing of what comes back. */
function flood({ remote }: Wire, streams: number, bytes = FIRST_STREAM_WINDOW_BYTES) {
  for (let i = 0; i < streams; i++) {
    remote.write(remote.open() as number, new Uint8Array(bytes));
  }
}

Deno.test("one that takes all it can leaves a part, and everybody has the least", () => {
  const pool = new MemoryPool(40 * MB);
  const shares = Array.from({ length: 30 }, () => pool.share());
  const held = shares.map((share) => {
    let bytes = 0;
    for (; bytes < 40 * MB && share.fits(1_024); bytes += 1_024) share.add(1_024);
    return bytes;
  });
  assertEquals(held[0], 40 * MB / HELD_PART + LEAST_HELD_BYTES);
  assert(held.every((bytes) => bytes >= LEAST_HELD_BYTES), `${held}`);
  assert(pool.leftBytes > 0 && pool.isScarce, `${pool.leftBytes} bytes left`);
  for (const share of shares) share.close();
  assertEquals([pool.leftBytes, pool.isScarce], [40 * MB, false]);
});

Deno.test("a share that is closed holds nothing, whatever is done with it", () => {
  const pool = new MemoryPool(MB);
  const share = pool.share();
  share.add(2 * MB);
  assertEquals(share.fits(1), false);
  share.close();
  share.remove(2 * MB);
  share.add(MB);
  assertEquals([share.fits(MB), pool.leftBytes], [true, MB]);
});

Deno.test("many remote peers that send what nobody reads hold what all may, and no more", () => {
  const pool = new MemoryPool(8 * MB);
  const wires = Array.from({ length: 40 }, () => new Wire(pool));
  for (const wire of wires) {
    flood(wire, 200);
    wire.run(3_000, ignore, ignore);
    assert(pool.leftBytes >= 0, `${pool.leftBytes} bytes left`);
  }
  // Nobody promised more: 40 times 200 windows are 512 MB.
  assert(pool.leftBytes < MB, `${pool.leftBytes} bytes left`);
});

Deno.test("where others hold all, who reads gets all of it, and who writes is read", () => {
  const pool = new MemoryPool(2 * MB);
  for (let i = 0; i < 30; i++) {
    const wire = new Wire(pool);
    flood(wire, 100);
    wire.run(1_000, ignore, ignore);
  }
  const honest = new Wire(pool);
  const bytes = Uint8Array.from({ length: 300_000 }, (_, i) => i % 251);
  const received: Uint8Array[] = [];
  const back: Uint8Array[] = [];
  const writers = new Map<Streams, number>([[honest.remote, 0], [honest.here, 0]]);
  const stream = honest.remote.open() as number;
  const write = (side: Streams) => {
    const at = writers.get(side)!;
    const now = at + side.write(stream, bytes.subarray(at));
    writers.set(side, now);
    if (now === bytes.length) side.end(stream);
  };
  const follow = (side: Streams, chunks: Uint8Array[]) => ({ kind }: Event) => {
    if (kind === "writable" || kind === "opened") write(side);
    if (kind !== "readable") return;
    for (let chunk; (chunk = side.read(stream)) !== undefined;) chunks.push(chunk);
  };
  write(honest.remote);
  honest.run(60_000, follow(honest.here, received), follow(honest.remote, back));
  for (const chunks of [received, back]) {
    const length = chunks.reduce((sum, chunk) => sum + chunk.length, 0);
    assertEquals(length, bytes.length);
    const all = new Uint8Array(length);
    chunks.reduce((at, chunk) => (all.set(chunk, at), at + chunk.length), 0);
    assertEquals(all, bytes);
  }
});

Deno.test("a stream that has no room is opened once there is some", () => {
  const pool = new MemoryPool(4 * STREAM_BYTES);
  const taken = pool.share();
  taken.add(LEAST_HELD_BYTES + 4 * STREAM_BYTES);
  const wire = new Wire(pool);
  const opened: number[] = [];
  const note = (event: Event) => void (event.kind === "opened" && opened.push(event.stream));
  const fitting = Math.floor(LEAST_HELD_BYTES / STREAM_BYTES);
  for (let i = 0; i <= fitting; i++) {
    flood(wire, 1, 1);
    wire.run(100, note, ignore);
  }
  wire.run(2_000, note, ignore);
  assertEquals(opened.length, fitting);
  taken.close();
  wire.run(3_000, note, ignore);
  assertEquals(opened.length, fitting + 1);
});

Deno.test("what is read, acknowledged, reset or over is given back", () => {
  const pool = new MemoryPool(64 * MB);
  const wire = new Wire(pool);
  const { remote, here } = wire;
  const prng = new Prng(3);
  const onHere = ({ kind, ...event }: Event) => {
    if (!("stream" in event)) return;
    const { stream } = event;
    if (kind === "opened") {
      const bytes = new Uint8Array(prng.integer(0, 200_000));
      here.write(stream, bytes);
      if (prng.chance(0.5)) here.end(stream);
      else here.reset(stream, 1);
    }
    if (kind === "readable" && prng.chance(0.2)) here.stop(stream, 1);
    if (kind === "readable") { while (here.read(stream) !== undefined); }
  };
  const onRemote = ({ kind, ...event }: Event) => {
    if (kind === "readable" && "stream" in event) {
      while (
        remote.read(event.stream) !== undefined
      );
    }
  };
  for (let round = 0; round < 20; round++) {
    for (let i = 0; i < 20; i++) {
      const stream = remote.open() as number;
      remote.write(stream, new Uint8Array(prng.integer(0, 100_000)));
      if (prng.chance(0.7)) remote.end(stream);
      else remote.reset(stream, 2);
    }
    wire.run(2_000, onHere, onRemote);
  }
  wire.run(10_000, onHere, onRemote);
  assertEquals(pool.leftBytes, 64 * MB);
  assert(wire.memory.fits(LEAST_HELD_BYTES), "nothing is left of the least");
  wire.memory.add(LEAST_HELD_BYTES);
  assertEquals(pool.leftBytes, 64 * MB);
});
