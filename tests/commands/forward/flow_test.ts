import { assertEquals } from "@std/assert";
import {
  decodeFrame,
  FLOW_NUMBERS,
  FrameWriter,
  MAX_FLOW_DATAGRAM_BYTES,
} from "../../../src/commands/forward/flow_frame.ts";
import { IdleMap } from "../../../src/commands/forward/idle_map.ts";
import { VirtualClock } from "../../simulated/virtual_clock.ts";

Deno.test("decoding a frame is the inverse of encoding it", () => {
  const frames = new FrameWriter();
  for (const flow of [0, 1, 0xabcdef, FLOW_NUMBERS - 1]) {
    for (const length of [MAX_FLOW_DATAGRAM_BYTES, 3, 0]) {
      const datagram = new Uint8Array(length).fill(flow);
      assertEquals(decodeFrame(frames.write(flow, datagram)), { flow, datagram });
    }
  }
});

Deno.test("text and what is too short are no frames", () => {
  for (const text of ["", "abc", "hello world"]) {
    assertEquals(decodeFrame(new TextEncoder().encode(text)), undefined);
  }
  assertEquals(decodeFrame(Uint8Array.of(0xf0, 0, 0)), undefined);
});

function idleMap(maxEntries = 10) {
  const clock = new VirtualClock(0);
  const ended: string[] = [];
  const map = new IdleMap<string, number>(
    clock,
    { idleMs: 1_000, maxEntries },
    (value, key) => ended.push(`${key}${value}`),
  );
  return { clock, ended, map };
}

Deno.test("an entry ends when it was idle, and not a moment before", () => {
  const { clock, ended, map } = idleMap();
  map.add("a", 1);
  clock.runUntil(999);
  assertEquals([map.size, ended], [1, []]);
  clock.runUntil(1_000);
  assertEquals([map.size, ended], [0, ["a1"]]);
});

Deno.test("without a time for it, none ends for being idle, and the idlest is known", () => {
  const clock = new VirtualClock(0);
  const ended: string[] = [];
  const limits = { idleMs: Infinity, maxEntries: Infinity };
  const map = new IdleMap<string, number>(clock, limits, (_, key) => ended.push(key));
  map.add("a", 1);
  map.add("b", 2);
  clock.runUntil(1e12);
  assertEquals(ended, []);
  map.use("a");
  map.endIdlest();
  assertEquals(ended, ["b"]);
});

Deno.test("each use starts the time of an entry anew", () => {
  const { clock, ended, map } = idleMap();
  map.add("a", 1);
  map.add("b", 2);
  for (let atMs = 500; atMs <= 5_000; atMs += 500) {
    clock.runUntil(atMs);
    assertEquals(map.use("a"), 1);
  }
  assertEquals(ended, ["b2"]);
  assertEquals(map.use("b"), undefined);
  clock.runUntil(5_999);
  assertEquals(map.size, 1);
  clock.runUntil(6_000);
  assertEquals([map.size, ended], [0, ["b2", "a1"]]);
  assertEquals(clock.nextEventMs, Infinity);
});

Deno.test("the entry that is idle longest makes room", () => {
  const { clock, ended, map } = idleMap(2);
  map.add("a", 1);
  clock.runUntil(10);
  map.add("b", 2);
  map.use("a");
  map.add("c", 3);
  assertEquals(ended, ["b2"]);
});

Deno.test("among several entries that are used in turn, the order is that of their last use", () => {
  const { ended, map } = idleMap(3);
  map.add("a", 1);
  map.add("b", 2);
  map.add("c", 3);
  for (const key of ["c", "c", "a", "a", "c"]) map.use(key);
  map.end("c");
  map.add("c", 4);
  map.use("c");
  map.use("a");
  for (const key of ["d", "e", "f"]) map.add(key, 0);
  assertEquals(ended, ["c3", "b2", "c4", "a1"]);
});

Deno.test("clearing ends everything and leaves no timer", () => {
  const { clock, ended, map } = idleMap();
  map.add("a", 1);
  map.add("b", 2);
  map.clear();
  assertEquals([map.size, ended, clock.nextEventMs], [0, ["a1", "b2"], Infinity]);
});
