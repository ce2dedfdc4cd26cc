import { assert, assertEquals } from "@std/assert";
import {
  MAX_UNCONFIRMED_HANDSHAKES,
  PROBE_INTERVAL_MS,
  PUNCH_TIMEOUT_MS,
  REFUSAL_KNOCKS,
} from "../../../src/peer/limits.ts";
import type { LinkEnding } from "../../../src/peer/link/link_events.ts";
import { A, at, B, finder, LinkPair, type Sent, WIRE_DELAY_MS } from "./link_pair.ts";

const SECRET = new Uint8Array(32).fill(1);
const OTHER = new Uint8Array(32).fill(2);

function messageOf(ending: LinkEnding | undefined): string {
  if (ending?.reason !== "punch_failed") throw new Error(`expected a failure: ${ending?.reason}`);
  return ending.error.message;
}

Deno.test("the initiator is open after one round trip, the responder after one and a half", () => {
  const pair = new LinkPair({ local: "not told" });
  pair.run(2 * WIRE_DELAY_MS);
  assertEquals([pair.a.isOpen, pair.b.isOpen], [true, false]);
  pair.run(WIRE_DELAY_MS);
  assertEquals(pair.b.isOpen, true);
  assert(pair.b.link.roundTripMs >= 2 * WIRE_DELAY_MS - 1);
});

Deno.test("before the keys are agreed nothing but handshake packets goes", () => {
  const pair = new LinkPair();
  pair.passes = ({ kind }) => kind === "knock";
  pair.run(PUNCH_TIMEOUT_MS);
  assertEquals(
    new Set(pair.sent.map(({ kind }) => kind)),
    new Set(["message 1", "knock"] as const),
  );
  const kindsOf = (by: "a" | "b") => new Set(pair.probesBy(by).map(({ bytes }) => bytes.toHex()));
  assertEquals([kindsOf("a").size, kindsOf("b").size], [1, 1], "each made once");
});

Deno.test("an initiator with keys probes until something sealed comes, and is not open before", () => {
  const pair = new LinkPair({ local: "not told" });
  pair.passes = ({ by, kind }) => by === "a" || kind === "message 2";
  pair.run(3_000);
  assert(!pair.a.isOpen);
  assertEquals(pair.a.said, ["heard", "agreed"]);
  const probes = pair.sentBy("a", "probe").filter(({ atMs }) => atMs >= 1_000);
  assert(probes.length >= 8, `${probes.length} probes`);
  pair.passes = () => true;
  pair.run(500);
  assert(pair.a.isOpen && pair.b.isOpen);
});

Deno.test("another secret: nobody connects, and both are told so at the end and not earlier", () => {
  const pair = new LinkPair({ a: { secret: SECRET }, b: { secret: OTHER } });
  pair.run(PUNCH_TIMEOUT_MS - 1);
  assertEquals([pair.a.ending, pair.b.ending], [undefined, undefined]);
  pair.run(1);
  for (const { ending } of [pair.a, pair.b]) {
    const message = messageOf(ending);
    assert(message.includes("another secret") && message.includes("different addresses"), message);
    assert(message.includes("its packets arrived here, and could not be read"), message);
    assert(!message.includes("firewall"), message);
  }
});

Deno.test("a server that tells the two different addresses is named as well", () => {
  const introduction = { source: at("203.0.113.66:666"), dest: B };
  const pair = new LinkPair({ a: { introduction } });
  pair.run(PUNCH_TIMEOUT_MS);
  assert(messageOf(pair.a.ending).includes("different addresses"));
});

Deno.test("peers with different secrets do not answer each other's answers", () => {
  const pair = new LinkPair({ local: "not told", a: { secret: SECRET }, b: { secret: OTHER } });
  pair.run(PUNCH_TIMEOUT_MS);
  const each = PUNCH_TIMEOUT_MS / PROBE_INTERVAL_MS;
  assert(pair.sentBy("a", "message 1").length <= each + 2);
  // The responder knocks by itself, and once for each message 1.
  assert(pair.sentBy("b", "knock").length <= 2 * each + 2, `${pair.sentBy("b", "knock").length}`);
});

Deno.test("where nobody answers, no secret is blamed", () => {
  const pair = new LinkPair();
  pair.passes = () => false;
  pair.run(PUNCH_TIMEOUT_MS);
  assert(!messageOf(pair.a.ending).includes("secret"));
  assert(!messageOf(pair.b.ending).includes("secret"));
});

Deno.test("a peer that speaks another protocol is told apart from one that no path leads to", () => {
  const pair = new LinkPair();
  pair.passes = () => false;
  pair.run(1_000);
  pair.a.link.receiveStrange(at("203.0.113.66:666"));
  pair.b.link.receiveStrange(A);
  pair.run(PUNCH_TIMEOUT_MS);
  assert(!messageOf(pair.a.ending).includes("protocol of its own"));
  assert(messageOf(pair.b.ending).includes("protocol of its own"));
});

/** Message 1s of others who know the PairKey, and no secret protects. */
function strangers(count: number): Sent[] {
  return Array.from({ length: count }, (_, i) => {
    const other = new LinkPair({ local: "not told", seed: 100 + i });
    return other.sent.find(({ by }) => by === "a")!;
  });
}

Deno.test("a responder holds four unconfirmed handshakes, the fifth is dropped", () => {
  const pair = new LinkPair({ local: "not told" });
  pair.passes = () => false;
  const source = at("203.0.113.66:666");
  for (const { bytes } of strangers(MAX_UNCONFIRMED_HANDSHAKES + 3)) {
    pair.inject(pair.b, bytes, source);
  }
  const answers = pair.sentBy("b", "message 2").filter(({ to }) => to.address === source.address);
  assertEquals(answers.length, MAX_UNCONFIRMED_HANDSHAKES);
});

Deno.test("handshakes that others began keep nobody out", () => {
  const pair = new LinkPair({ local: "not told" });
  for (const { bytes } of strangers(MAX_UNCONFIRMED_HANDSHAKES - 1)) pair.inject(pair.b, bytes, A);
  pair.open();
  pair.say(pair.a, "it is me");
  pair.run(WIRE_DELAY_MS);
  assertEquals(pair.b.received, ["it is me"]);
  const before = pair.sent.length;
  for (const { bytes } of strangers(2)) pair.inject(pair.b, bytes, A);
  assertEquals(pair.sent.length, before, "the chosen one is held alone");
});

Deno.test("whoever repeats handshake packets from elsewhere gets one packet for each, no longer", () => {
  const pair = new LinkPair({ local: "not told", a: { secret: SECRET }, b: { secret: OTHER } });
  const victim = at("203.0.113.66:666");
  pair.run(1_000);
  const knock = pair.sentBy("b", "knock")[0];
  const message1 = pair.sentBy("a", "message 1")[0];
  for (let i = 0; i < 20; i++) {
    pair.inject(pair.a, knock.bytes, victim);
    pair.inject(pair.b, message1.bytes, victim);
    pair.run(50);
  }
  pair.run(PUNCH_TIMEOUT_MS);
  const toVictim = pair.sent.filter(({ to }) => to.address === victim.address);
  const bytes = toVictim.reduce((sum, { bytes }) => sum + bytes.length, 0);
  assert(toVictim.length <= 40 && bytes <= 40 * 97, `${toVictim.length} packets, ${bytes} bytes`);
});

Deno.test("a link that knocks does so a few times, at the public endpoint alone", () => {
  const pair = new LinkPair();
  pair.setTurn(pair.b, "knocks");
  pair.passes = () => false;
  pair.run(PUNCH_TIMEOUT_MS - 1);
  const knocks = pair.sentBy("b", "knock");
  assertEquals(knocks.map(({ to }) => to), Array(REFUSAL_KNOCKS).fill(A));
  assertEquals(
    knocks.map(({ atMs }) => atMs - knocks[0].atMs),
    knocks.map((_, i) => i * PROBE_INTERVAL_MS),
  );
});

Deno.test("a link that waits for its turn sends nothing unless it is spoken to", () => {
  const pair = new LinkPair({ local: "not told" });
  pair.setTurn(pair.b, "waits");
  const before = pair.sentBy("b", "knock").length;
  pair.passes = () => false;
  pair.run(3_000);
  assertEquals(pair.sentBy("b", "knock").length, before);
  pair.passes = () => true;
  pair.run(1_000);
  assert(pair.a.isOpen && pair.b.isOpen);
});

Deno.test("links that both hold resume: both or neither", () => {
  const first = new LinkPair({ local: "not told" });
  first.open();
  const [a, b] = [first.a.agreed!.resumption, first.b.agreed!.resumption];
  const again = (
    change: { a?: typeof a; b?: typeof b },
    pairKey = "ff".repeat(16),
  ) => {
    const pair = new LinkPair({
      local: "not told",
      pairKey,
      seed: 7,
      a: { resumption: change.a },
      b: { findResumption: change.b === undefined ? finder() : finder(change.b) },
    });
    pair.open();
    return [pair.a.agreed!.resumed, pair.b.agreed!.resumed];
  };
  assertEquals(again({ a, b }), [a, b]);
  assertEquals(again({ a }), [undefined, undefined]);
  assertEquals(again({ b }), [undefined, undefined]);
});

Deno.test("a link that is gone sends nothing and has nothing to do", () => {
  const pair = new LinkPair({ local: "not told" });
  pair.open();
  assertEquals(pair.a.link.nextDeadlineMs < Infinity, true);
  pair.close(pair.a);
  pair.run(1_000);
  assertEquals(pair.a.link.nextDeadlineMs, Infinity);
  assertEquals(pair.a.link.send("data", new Uint8Array(1), pair.clock.nowMs()), []);
});
