/** Tests of what the two ends of a stream are told, packet by packet. */

import { assert, assertEquals, assertThrows } from "@std/assert";
import {
  FIRST_STREAM_WINDOW_BYTES,
  MAX_OPEN_STREAMS,
  READ_BYTES,
} from "../../../src/peer/stream/limits.ts";
import type { StreamOutput } from "../../../src/peer/stream/stream_events.ts";
import { Streams } from "../../../src/peer/stream/streams.ts";

/** Two ends without a path between them: what one sends the other has at once. */
class Pair {
  readonly a = Pair.#make("initiator");
  readonly b = Pair.#make("responder");
  nowMs = 0;
  readonly told: { readonly a: string[]; readonly b: string[] } = { a: [], b: [] };

  /** Lets everything happen that is due within some time. */
  settle(durationMs = 1_000): void {
    for (const endMs = this.nowMs + durationMs; this.nowMs < endMs; this.nowMs += 1) {
      while (this.#pump("a", "b") || this.#pump("b", "a"));
    }
  }

  /** What one side was told since it was last asked. */
  take(side: "a" | "b"): string[] {
    return this.told[side].splice(0);
  }

  #pump(from: "a" | "b", to: "a" | "b"): boolean {
    const output = this[from].take(this.nowMs);
    if (output === undefined) return false;
    if (output.kind === "send") this[to].receive(output.body.slice(), this.nowMs);
    else this.told[from].push(describe(output));
    return true;
  }

  static #make(role: "initiator" | "responder"): Streams {
    const options = { maxBodyBytes: 1_200, roundTripMs: 20, random: () => 0.5, nowMs: 0 };
    return new Streams({ role, ...options });
  }
}

function describe(output: Exclude<StreamOutput, { readonly kind: "send" }>): string {
  const stream = "stream" in output ? ` ${output.stream}` : "";
  const code = "code" in output ? ` with ${output.code}` : "";
  return `${output.kind}${stream}${code}`;
}

function bytes(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}

Deno.test("a stream is told of in this order: opened, readable, ended; finished", () => {
  const pair = new Pair();
  const stream = pair.a.open() as number;
  assertEquals(pair.a.write(stream, bytes("there")), 5);
  pair.a.end(stream);
  pair.settle();
  assertEquals(pair.take("b"), ["opened 0", "readable 0"]);
  assertEquals(pair.b.read(0), bytes("there"));
  pair.b.write(0, bytes("back"));
  pair.settle();
  assertEquals(pair.take("b"), ["ended 0"]);
  assertEquals(pair.take("a"), ["finished 0", "readable 0"]);
  assertEquals(pair.a.read(stream, 2), bytes("ba"));
  assertEquals(pair.a.read(stream), bytes("ck"));
  assertEquals(pair.a.read(stream), undefined);
});

Deno.test("an empty stream ends", () => {
  const pair = new Pair();
  pair.a.end(pair.a.open() as number);
  pair.settle();
  assertEquals(pair.take("b"), ["opened 0", "ended 0"]);
  assertEquals(pair.take("a"), ["finished 0"]);
});

Deno.test("readable is told again only after there was nothing to read", () => {
  const pair = new Pair();
  const stream = pair.b.open() as number;
  for (let i = 0; i < 3; i++) {
    pair.b.write(stream, bytes("x"));
    pair.settle();
  }
  assertEquals(pair.take("a"), ["opened 1", "readable 1"]);
  assertEquals(pair.a.read(1), bytes("xxx"));
  pair.b.write(stream, bytes("y"));
  pair.settle();
  assertEquals(pair.take("a"), []);
  assertEquals(pair.a.read(1), bytes("y"));
  assertEquals(pair.a.read(1), undefined);
  pair.b.write(stream, bytes("z"));
  pair.settle();
  assertEquals(pair.take("a"), ["readable 1"]);
});

Deno.test("what was given up is gone at the reader, who gets the code", () => {
  const pair = new Pair();
  const stream = pair.a.open() as number;
  pair.a.write(stream, bytes("unread"));
  pair.settle();
  pair.a.reset(stream, 7);
  pair.settle();
  assertEquals(pair.take("b"), ["opened 0", "readable 0", "reset 0 with 7"]);
  assertEquals(pair.b.read(0), undefined);
  assertEquals(pair.a.write(stream, bytes("more")), 0);
  assertEquals(pair.take("a"), []);
});

Deno.test("a reset after the end, when all has arrived, comes too late", () => {
  const pair = new Pair();
  const stream = pair.a.open() as number;
  pair.a.write(stream, bytes("all"));
  pair.a.end(stream);
  pair.settle();
  pair.a.reset(stream, 7);
  pair.settle();
  assertEquals(pair.b.read(0), bytes("all"));
  pair.settle();
  assertEquals(pair.take("b"), ["opened 0", "readable 0", "ended 0"]);
});

Deno.test("a reader that wants no more stops the writer, who gets the code", () => {
  const pair = new Pair();
  const stream = pair.a.open() as number;
  pair.a.write(stream, new Uint8Array(500_000));
  pair.settle(30);
  pair.b.stop(0, 9);
  pair.settle();
  assertEquals(pair.take("a"), ["stopped 0 with 9"]);
  assertEquals(pair.a.write(stream, bytes("more")), 0);
  assertEquals(pair.b.read(0), undefined);
});

Deno.test("codes have 32 bits", () => {
  const { a } = new Pair();
  const stream = a.open() as number;
  for (const code of [-1, 0.5, 2 ** 32]) {
    assertThrows(() => a.reset(stream, code), RangeError, "expected 0 to 4294967295, received");
    assertThrows(() => a.stop(stream, code), RangeError, `received ${code}`);
  }
});

Deno.test("as many streams are open as may be, and more when some are over", () => {
  const pair = new Pair();
  for (let i = 0; i < MAX_OPEN_STREAMS; i++) assertEquals(pair.a.open(), 2 * i);
  assertEquals(pair.a.open(), undefined);
  for (const side of ["a", "b"] as const) {
    for (let i = 0; i < MAX_OPEN_STREAMS / 2; i++) pair[side].end(2 * i);
    pair.settle();
  }
  assert(pair.take("a").includes("openable"));
  assertEquals(pair.a.open(), 2 * MAX_OPEN_STREAMS);
});

Deno.test("a writer is held back, and told when there is room", () => {
  const pair = new Pair();
  const stream = pair.a.open() as number;
  const taken = pair.a.write(stream, new Uint8Array(20_000_000));
  assert(taken > 0 && taken < 20_000_000);
  assertEquals(pair.a.write(stream, bytes("x")), 0);
  pair.settle();
  assertEquals(pair.take("a"), ["writable 0"]);
  const more = pair.a.write(stream, new Uint8Array(20_000_000));
  assert(more > 0 && more <= FIRST_STREAM_WINDOW_BYTES, `${more}`);
  pair.settle();
  assertEquals(pair.take("a"), []);
  assertEquals(pair.b.read(0)?.length, READ_BYTES);
  pair.settle();
  assertEquals(pair.take("a"), ["writable 0"]);
});

Deno.test("a stream that is not known takes and gives nothing", () => {
  const { a } = new Pair();
  for (const stream of [0, 1, 4, -1, 0.5]) {
    assertEquals(a.write(stream, bytes("x")), 0);
    assertEquals(a.read(stream), undefined);
    a.end(stream);
    a.reset(stream, 0);
    a.stop(stream, 0);
  }
  assertEquals(a.take(0), undefined);
});

Deno.test("idle streams need no timer and send nothing", () => {
  const pair = new Pair();
  pair.a.write(pair.a.open() as number, bytes("x"));
  pair.settle();
  pair.b.read(0);
  pair.settle(5_000);
  assertEquals([pair.a.nextDeadlineMs, pair.b.nextDeadlineMs], [Infinity, Infinity]);
});

Deno.test("packets have a size that a path can have", () => {
  const { a } = new Pair();
  assertThrows(
    () => a.setMaxBodyBytes(255),
    RangeError,
    "expected 256 to 65476 bytes, received 255",
  );
  assertThrows(() => a.setMaxBodyBytes(65_477), RangeError, "received 65477");
});

Deno.test("no packet is larger than the path allows, however that changes", () => {
  const pair = new Pair();
  const stream = pair.a.open() as number;
  for (const size of [256, 65_476, 900, 1_200]) {
    pair.a.setMaxBodyBytes(size);
    pair.a.write(stream, new Uint8Array(100_000));
    for (let i = 0; i < 2_000; i++) {
      pair.nowMs++;
      for (let output; (output = pair.a.take(pair.nowMs)) !== undefined;) {
        if (output.kind !== "send") continue;
        assert(output.body.length <= size);
        pair.b.receive(output.body, pair.nowMs);
      }
      pair.b.read(0, 1e9);
      for (let output; (output = pair.b.take(pair.nowMs)) !== undefined;) {
        if (output.kind === "send") pair.a.receive(output.body, pair.nowMs);
      }
    }
  }
});
