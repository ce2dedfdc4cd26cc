/** Tests that hit the limits of what streams remember and hold. */

import { assert, assertEquals } from "@std/assert";
import { FlowWindow, WindowBudget } from "../../../src/peer/stream/flow_window.ts";
import {
  ACK_DELAY_PARTS,
  FIRST_STREAM_WINDOW_BYTES,
  LEAST_SEND_BUFFER_BYTES,
  MAX_ACK_DELAY_MS,
  MAX_ACK_RANGES,
  MAX_RECEIVED_RANGES,
  MAX_SENT_FRAMES,
  MAX_SENT_PACKETS,
  MAX_STREAM_WINDOW_BYTES,
  MAX_TOTAL_SEND_BUFFER_BYTES,
  MAX_WINDOW_GROWTH_BYTES,
} from "../../../src/peer/stream/limits.ts";
import { ReceivedPackets } from "../../../src/peer/stream/received_packets.ts";
import { FATE, SentPackets } from "../../../src/peer/stream/sent_packets.ts";
import { Streams } from "../../../src/peer/stream/streams.ts";
import { BodyReader, BodyWriter } from "../../../src/peer/stream/varint.ts";

/** The numbers of an acknowledgement: largest, delay, how many further ranges. */
function headOfAck(received: ReceivedPackets, room: number, nowMs: number): number[] {
  const writer = new BodyWriter(new Uint8Array(room), room);
  received.writeTo(writer, nowMs);
  const reader = new BodyReader(writer.body);
  return [reader.varint(), reader.varint(), reader.varint()];
}

Deno.test("an acknowledgement names the newest ranges, as many as have room, 128 at the most", () => {
  const received = new ReceivedPackets();
  for (let i = 0; i < 2 * MAX_RECEIVED_RANGES; i++) received.add(2 * i, "soon", 0);
  const largest = 4 * MAX_RECEIVED_RANGES - 2;
  assertEquals(headOfAck(received, 1_200, 0), [largest, 0, MAX_ACK_RANGES - 1]);
  const [, , further] = headOfAck(received, 100, 0);
  assert(further > 10 && further < 50, `${further}`);
});

Deno.test("a delay is told up to a quarter of a second", () => {
  const received = new ReceivedPackets();
  received.add(0, "soon", 0);
  assertEquals(headOfAck(received, 100, 60_000), [0, MAX_ACK_DELAY_MS * ACK_DELAY_PARTS, 0]);
});

Deno.test("no more packets, and no more frames, are on their way than are remembered", () => {
  const packets = new SentPackets();
  for (let i = 0; i < MAX_SENT_PACKETS; i++) {
    assert(packets.hasRoom);
    packets.add(FATE.outstanding, 1_000, i);
  }
  assert(!packets.hasRoom);
  packets.settle(0, FATE.acked);
  packets.forget(0);
  assert(packets.hasRoom);
  for (let i = 0; i < MAX_SENT_FRAMES; i++) packets.addFrame(3, 0, i, i + 1);
  assert(!packets.hasRoom);
});

Deno.test("frames are found where rings have grown", () => {
  const packets = new SentPackets();
  for (let i = 0; i < 1_000; i++) {
    for (let j = 0; j < i % 3; j++) packets.addFrame(j, i, 10 * i + j, 0);
    packets.add(FATE.outstanding, i, i);
  }
  for (let i = 0; i < 1_000; i++) {
    const found: number[] = [];
    packets.forEachFrame(i, (kind, stream, start) => found.push(kind, stream, start));
    const expected = Array.from({ length: i % 3 }, (_, j) => [j, i, 10 * i + j]).flat();
    assertEquals(found, expected);
    assertEquals([packets.bytesOf(i), packets.sentMsOf(i)], [i, i]);
  }
});

Deno.test("windows grow to 8 MiB each, by 16 MiB together, and a stream that is over gives back", () => {
  const budget = new WindowBudget();
  const windows = Array.from({ length: 10 }, () => new FlowWindow(budget, 0));
  const sizes = () =>
    windows.map((window) => {
      const state = { readBytes: 0, readableEnd: 0, highest: 0, limit: 0 };
      let limit = 0;
      for (let i = 0; i < 10; i++) limit = window.move(state, 50, i);
      return limit;
    });
  const grown = sizes();
  assert(Math.max(...grown) <= MAX_STREAM_WINDOW_BYTES);
  const growth = grown.map((bytes) => bytes - FIRST_STREAM_WINDOW_BYTES);
  assert(growth.reduce((sum, bytes) => sum + bytes) <= MAX_WINDOW_GROWTH_BYTES);
  for (const window of windows) window.close();
  assertEquals(budget.take(Infinity), MAX_WINDOW_GROWTH_BYTES / 4);
});

Deno.test("all writers together are held back at 16 MiB, and 64 KiB of each stream", () => {
  const options = { role: "initiator", maxBodyBytes: 1_200, roundTripMs: 50, nowMs: 0 } as const;
  const streams = new Streams({ ...options, random: () => 0.5 });
  let held = 0;
  for (let i = 0; i < 100; i++) {
    const taken = streams.write(streams.open() as number, new Uint8Array(20_000_000));
    assert(taken >= LEAST_SEND_BUFFER_BYTES);
    held += taken;
  }
  assert(held <= MAX_TOTAL_SEND_BUFFER_BYTES + 100 * LEAST_SEND_BUFFER_BYTES, `${held}`);
});
