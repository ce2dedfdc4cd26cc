/** Tests of remote peers that break the rules: their streams end with an error, and nothing throws. */

import { assert, assertEquals } from "@std/assert";
import { FRAME } from "../../../src/peer/stream/frames.ts";
import {
  FIRST_STREAM_WINDOW_BYTES,
  LEAST_OPENINGS,
  MAX_GAPS,
  MAX_OPEN_STREAMS,
  OPENINGS_PER_MS,
  SKIP_EVERY_PACKETS,
} from "../../../src/peer/stream/limits.ts";
import { Streams } from "../../../src/peer/stream/streams.ts";
import { BodyReader, BodyWriter, MAX_VARINT } from "../../../src/peer/stream/varint.ts";
import { Prng } from "../../simulated/prng.ts";

function make(random = () => 0.5): Streams {
  return new Streams({
    role: "responder",
    maxBodyBytes: 1_200,
    roundTripMs: 50,
    random,
    nowMs: 0,
  });
}

/** A body: numbers as they are written, bytes as they are. */
function body(...parts: readonly (number | Uint8Array)[]): Uint8Array {
  const writer = new BodyWriter(new Uint8Array(2_000), 2_000);
  for (const part of parts) {
    if (typeof part === "number") writer.varint(part);
    else writer.space(part.length).set(part);
  }
  return writer.body;
}

/** Everything that a remote peer's body causes but packets. */
function outputs(streams: Streams, nowMs = 0) {
  const events = [];
  for (let output; (output = streams.take(nowMs)) !== undefined;) {
    if (output.kind !== "send") events.push(output);
  }
  return events;
}

/** Why the streams are over; `undefined`: they are not. */
function failure(streams: Streams): string | undefined {
  for (const output of outputs(streams)) {
    if (output.kind === "failed") return output.reason;
  }
  return undefined;
}

function data(stream: number, offset: number, length: number, kind: number = FRAME.data) {
  return [kind, stream, offset, length, new Uint8Array(length)];
}

const VIOLATIONS: Readonly<Record<string, readonly [string, ...(number | Uint8Array)[]]>> = {
  "an unknown frame": ["cannot be read", 0, 63],
  "a frame that is cut off": ["cannot be read", 0, FRAME.data, 0, 0, 100],
  "a number beyond what is exact": ["cannot be read", 0, FRAME.openLimit, Uint8Array.of(255, 255)],
  "an acknowledgement of what was never sent": ["never sent", 0, FRAME.ack, 0, 0, 0, 0],
  "an acknowledgement far ahead": ["never sent", 0, FRAME.ack, MAX_VARINT, 0, 0, MAX_VARINT],
  "ranges below zero": ["never sent", 0, FRAME.ack, 5, 0, 1, 2, 5, 5],
  "a longer first range than there are packets": ["cannot be read", 0, FRAME.ack, 5, 0, 0, 6],
  "a code of 33 bits": ["cannot be read", 0, FRAME.stop, 0, 2 ** 32],
  "a stream of this side that was never opened": ["never opened", 0, ...data(1, 0, 1)],
  "one stream too many": ["may be open", 0, ...data(2 * MAX_OPEN_STREAMS, 0, 1)],
  "a byte beyond the window": ["may be sent", 0, ...data(0, FIRST_STREAM_WINDOW_BYTES, 1)],
  "an offset beyond all windows": ["may be sent", 0, ...data(0, MAX_VARINT, 1)],
  "bytes behind the end": [
    "two ends",
    0,
    ...data(0, 0, 1, FRAME.lastData),
    ...data(0, 1, 1),
  ],
  "an end before bytes that came": [
    "two ends",
    0,
    ...data(0, 5, 5),
    ...data(0, 0, 1, FRAME.lastData),
  ],
  "a reset before bytes that came": ["two ends", 0, ...data(0, 5, 5), FRAME.reset, 0, 0, 3],
  "a reset beyond the window": [
    "may be sent",
    0,
    FRAME.reset,
    0,
    0,
    FIRST_STREAM_WINDOW_BYTES + 1,
  ],
};

for (const [name, [words, ...parts]] of Object.entries(VIOLATIONS)) {
  Deno.test(`${name} ends the streams with a reason`, () => {
    const streams = make();
    streams.receive(body(...parts), 0);
    const reason = failure(streams);
    assert(reason?.includes(words), `${reason}`);
    assertEquals(streams.nextDeadlineMs, Infinity);
    assertEquals(streams.open(), undefined);
    streams.receive(body(1, ...data(0, 0, 1)), 1);
    assertEquals(outputs(streams, 1_000), []);
  });
}

Deno.test("a second acknowledgement in a packet ends the streams with a reason", () => {
  const ack = [FRAME.ack, 0, 0, 0, 0];
  for (const [acks, words] of [[ack, undefined], [[...ack, ...ack], "cannot be read"]] as const) {
    const streams = make();
    streams.write(streams.open() as number, new Uint8Array(10));
    outputs(streams);
    streams.receive(body(0, ...acks), 10);
    const reason = failure(streams);
    assert(words === undefined ? reason === undefined : reason?.includes(words), `${reason}`);
  }
});

/** A remote peer that opens streams as fast as it may, and gives each up at once. */
function openAndReset(durationMs: number): number {
  const prng = new Prng(1);
  const options = { maxBodyBytes: 1_200, roundTripMs: 1, random: () => prng.fraction(), nowMs: 0 };
  const remote = new Streams({ role: "initiator", ...options });
  const streams = new Streams({ role: "responder", ...options });
  let opened = 0;
  for (let nowMs = 0; nowMs < durationMs; nowMs++) {
    for (let stream; (stream = remote.open()) !== undefined;) {
      remote.reset(stream, 1);
      remote.stop(stream, 1);
    }
    for (const [from, to] of [[remote, streams], [streams, remote]] as const) {
      for (let output; (output = from.take(nowMs)) !== undefined;) {
        if (output.kind === "send") to.receive(output.body, nowMs);
        if (output.kind === "opened") opened++;
      }
    }
  }
  return opened;
}

Deno.test("streams are opened at a rate, however fast they are given up, and are opened for ever", () => {
  for (const seconds of [1, 5]) {
    const most = MAX_OPEN_STREAMS + seconds * 1_000 * OPENINGS_PER_MS;
    const opened = openAndReset(seconds * 1_000);
    assert(opened <= most && opened > most - 3 * LEAST_OPENINGS, `${opened} in ${seconds} s`);
  }
});

Deno.test("the highest stream and the last byte of a window are allowed", () => {
  const streams = make();
  streams.receive(body(0, ...data(2 * MAX_OPEN_STREAMS - 2, FIRST_STREAM_WINDOW_BYTES - 1, 1)), 0);
  const opened = outputs(streams).filter(({ kind }) => kind === "opened");
  assertEquals(opened.length, MAX_OPEN_STREAMS);
});

Deno.test("what overlaps and contradicts does not change what was there", () => {
  const streams = make();
  const piece = (offset: number, ...bytes: number[]) =>
    streams.receive(
      body(offset, FRAME.data, 0, offset, bytes.length, Uint8Array.from(bytes)),
      0,
    );
  piece(2, 3, 4);
  piece(0, 1, 2, 9, 9, 5);
  piece(1, 8, 8, 8);
  assertEquals(failure(streams), undefined);
  assertEquals(streams.read(0), Uint8Array.of(1, 2, 3, 4, 5));
});

Deno.test("a packet with one gap too many is not acknowledged, and the stream goes on", () => {
  const streams = make();
  for (let i = 0; i <= MAX_GAPS; i++) streams.receive(body(i, ...data(0, 1 + 2 * i, 1)), 0);
  let acked = "";
  for (let output; (output = streams.take(1_000)) !== undefined;) {
    if (output.kind !== "send") continue;
    const reader = new BodyReader(output.body);
    reader.varint();
    if (reader.byte() === FRAME.ack) acked = `up to ${reader.varint()}`;
  }
  assertEquals(acked, `up to ${MAX_GAPS - 1}`);
  assertEquals(failure(streams), undefined);
});

Deno.test("who acknowledges all numbers acknowledges one that was left out", () => {
  const prng = new Prng(1);
  const streams = make(() => prng.fraction());
  const stream = streams.open() as number;
  let nowMs = 0;
  let reason: string | undefined;
  let sent = 0;
  for (let i = 0; i < 20 * SKIP_EVERY_PACKETS && reason === undefined; i++) {
    streams.write(stream, new Uint8Array(10_000));
    let newest = -1;
    nowMs += 5;
    for (let output; (output = streams.take(nowMs)) !== undefined;) {
      if (output.kind === "failed") reason = output.reason;
      if (output.kind !== "send") continue;
      newest = new BodyReader(output.body).varint();
      sent++;
    }
    if (newest >= 0) streams.receive(body(i, FRAME.ack, newest, 0, 0, newest), nowMs);
    if (i % 2 === 0) streams.receive(body(i, FRAME.streamLimit, stream, 1e12), nowMs);
  }
  assert(reason?.includes("never sent"), `${sent} packets`);
});

Deno.test("no bytes make it throw", () => {
  const prng = new Prng(7);
  for (let i = 0; i < 20_000; i++) {
    const streams = make();
    const stream = streams.open() as number;
    streams.write(stream, new Uint8Array(3_000));
    outputs(streams);
    for (let j = 0; j < 4; j++) {
      const bytes = Uint8Array.from(
        { length: prng.integer(0, 40) },
        () => prng.chance(0.7) ? prng.integer(0, 9) : prng.integer(0, 255),
      );
      streams.receive(bytes, j);
      outputs(streams, j);
    }
  }
});
