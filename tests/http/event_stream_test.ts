import { assertEquals } from "@std/assert";
import { EventStreams } from "../../src/http/event_stream.ts";
import { VirtualClock } from "../simulated/virtual_clock.ts";

function rig() {
  const clock = new VirtualClock(0);
  let made = 0;
  const streams = new EventStreams(clock, (reader) => `${reader} ${++made}`);
  return { clock, streams };
}

async function read(reader: ReadableStreamDefaultReader<Uint8Array>): Promise<string | undefined> {
  const { value } = await reader.read();
  return value && new TextDecoder().decode(value);
}

function openReader(streams: EventStreams): ReadableStreamDefaultReader<Uint8Array> {
  return (streams.open() as ReadableStream<Uint8Array>).getReader();
}

Deno.test("a newcomer is told at once, and everybody every two seconds", async () => {
  const { clock, streams } = rig();
  const first = openReader(streams);
  assertEquals(await read(first), "data: newcomer 1\n\n");
  const second = openReader(streams);
  assertEquals(await read(second), "data: newcomer 2\n\n");
  clock.runUntil(2_000);
  assertEquals(await read(first), "data: everybody 3\n\n");
  assertEquals(await read(second), "data: everybody 3\n\n");
  streams.close();
  assertEquals(await read(first), undefined);
});

Deno.test("nothing is made while nobody looks", async () => {
  const { clock, streams } = rig();
  assertEquals(clock.nextEventMs, Infinity);
  const reader = openReader(streams);
  assertEquals(clock.nextEventMs, 2_000);
  await reader.cancel();
  assertEquals([streams.size, clock.nextEventMs], [0, Infinity]);
});

Deno.test("who does not read misses events, and holds nobody up", async () => {
  const { clock, streams } = rig();
  const slow = openReader(streams);
  clock.runUntil(20_000);
  const quick = openReader(streams);
  assertEquals(await read(quick), "data: newcomer 12\n\n");
  const events = [];
  for (let i = 0; i < 4; i++) events.push(await read(slow));
  assertEquals(
    events,
    [1, 2, 3, 4].map((i) => `data: ${i === 1 ? "newcomer" : "everybody"} ${i}\n\n`),
  );
  clock.runUntil(22_000);
  assertEquals(await read(slow), "data: everybody 13\n\n");
  streams.close();
});

Deno.test("a hundred may look at the same time", async () => {
  const { streams } = rig();
  const readers = Array.from({ length: 100 }, () => openReader(streams));
  assertEquals(streams.open(), undefined);
  await readers[0].cancel();
  openReader(streams);
  assertEquals(streams.size, 100);
  streams.close();
});
