/** Tests of streams over a path in virtual time. */

import { assertEquals } from "@std/assert";
import { Bottleneck } from "../../simulated/bottleneck.ts";
import { Prng } from "../../simulated/prng.ts";
import { VirtualClock } from "../../simulated/virtual_clock.ts";
import { Streams } from "../../../src/peer/stream/streams.ts";
import { StreamPeer } from "./world/stream_peer.ts";

Deno.test("what is written arrives, in order and to the end, though packets are lost", () => {
  const clock = new VirtualClock(0);
  const prng = new Prng(1);
  const path = { megabits: 100, queueMs: 20, delayMs: 10, jitterMs: 5, loss: 0.05 };
  const there = new Bottleneck(clock, prng.fork(), path);
  const back = new Bottleneck(clock, prng.fork(), path);
  const options = { maxBodyBytes: 1_200, roundTripMs: 20, timerMs: 2, streamsClass: Streams };
  const sent = Uint8Array.from({ length: 1_000_000 }, () => prng.integer(0, 255));
  const received: number[] = [];
  const happened: string[] = [];
  const a: StreamPeer = new StreamPeer(clock, prng.fork(), { role: "initiator", ...options }, {
    onSend(body) {
      const packet = body.slice();
      there.send(packet.length, () => b.receive(packet));
    },
    onEvent: ({ kind }) => happened.push(kind),
  });
  const b: StreamPeer = new StreamPeer(clock, prng.fork(), { role: "responder", ...options }, {
    onSend(body) {
      const packet = body.slice();
      back.send(packet.length, () => a.receive(packet));
    },
    onEvent(event) {
      happened.push(event.kind);
      if (event.kind !== "readable") return;
      for (let bytes; (bytes = b.streams.read(event.stream)) !== undefined;) {
        received.push(...bytes);
      }
    },
  });
  const stream = a.streams.open() as number;
  assertEquals(a.streams.write(stream, sent), sent.length);
  a.streams.end(stream);
  a.pump();
  clock.runUntil(10_000);
  assertEquals(received.length, sent.length);
  assertEquals(Uint8Array.from(received), sent);
  assertEquals(happened.filter((kind) => kind !== "readable"), ["opened", "ended", "finished"]);
});
