import { assert, assertAlmostEquals, assertEquals } from "@std/assert";
import { formatEndpoint } from "../../../src/address.ts";
import {
  CLOSE_NOTICES,
  LINK_KEEP_ALIVE_MS,
  LINK_LOST_MS,
  PROBE_PACE_MS,
  PUNCH_TIMEOUT_MS,
} from "../../../src/peer/limits.ts";
import { at, B, B_LOCAL, LinkPair, type Sent, WIRE_DELAY_MS } from "./link_pair.ts";

Deno.test("two introduced peers open a path and exchange datagrams", () => {
  const pair = new LinkPair({ local: "not told" });
  pair.run(4 * WIRE_DELAY_MS);
  assert(pair.a.isOpen && pair.b.isOpen);
  assertEquals(pair.a.path, "public 198.51.100.2:4002");
  assertAlmostEquals(pair.a.link.roundTripMs, 2 * WIRE_DELAY_MS, 1);
  pair.say(pair.a, "from a");
  pair.say(pair.b, "from b");
  pair.run(WIRE_DELAY_MS);
  assertEquals([pair.a.received, pair.b.received], [["from b"], ["from a"]]);
});

Deno.test("what streams send is kept apart from datagrams", () => {
  const pair = new LinkPair();
  pair.open();
  pair.say(pair.a, "of a stream", "stream");
  pair.say(pair.b, "a datagram");
  pair.run(100);
  assertEquals([pair.b.streamed, pair.b.received], [["of a stream"], []]);
  assertEquals([pair.a.streamed, pair.a.received], [[], ["a datagram"]]);
});

Deno.test("probes of all candidates leave at a pace, and stop after ten seconds", () => {
  const pair = new LinkPair();
  pair.passes = () => false;
  pair.run(PUNCH_TIMEOUT_MS - 1);
  assertEquals(pair.a.ending, undefined);
  pair.run(1);
  assertEquals(pair.a.ending?.reason, "punch_failed");
  assert(pair.a.isGone);
  const probes = pair.sentBy("a", "message 1");
  assertEquals(new Set(probes.map(({ to }) => formatEndpoint(to))).size, 2);
  for (const [i, probe] of probes.entries()) {
    assert(i === 0 || probe.atMs - probes[i - 1].atMs >= PROBE_PACE_MS);
  }
  assert(probes.length <= 50, `${probes.length} probes`);
  assertEquals(new Set(probes.map(({ bytes }) => bytes.toHex())).size, 1, "made once");
  pair.run(60_000);
  assertEquals(pair.sent.filter(({ by }) => by === "a").length, probes.length);
});

Deno.test("a failed attempt says what was tried and what is known", () => {
  const pair = new LinkPair();
  pair.passes = () => false;
  pair.run(PUNCH_TIMEOUT_MS);
  const ending = pair.a.ending!;
  if (ending.reason !== "punch_failed") throw new Error(`expected a failure: ${ending.reason}`);
  const { message, code, punch } = ending.error;
  assertEquals(code, "punch_failed");
  assertEquals(punch?.tried.map(({ kind, heard }) => [kind, heard]), [
    ["public", false],
    ["local", false],
  ]);
  assert(message.includes("198.51.100.2:4002 (public, 40 probes)"), message);
  assert(message.includes("your NAT preserves the port"), message);
  assert(message.includes("nothing arrived from it"), message);
});

Deno.test("the first answer opens the path when the first probes of both sides are lost", () => {
  const pair = new LinkPair({ local: "not told" });
  pair.passes = ({ atMs }) => atMs > 900;
  pair.run(900);
  assert(!pair.a.isOpen);
  pair.run(300);
  assert(pair.a.isOpen && pair.b.isOpen);
});

Deno.test("an initiator that hears a knock sends message 1 at once: the way is open now", () => {
  const pair = new LinkPair({ local: "not told" });
  pair.passes = ({ by, atMs }) => by === "b" && atMs === 250;
  pair.run(270);
  const [, , back] = pair.sentBy("a", "message 1");
  assertEquals([back.atMs, formatEndpoint(back.to)], [270, "198.51.100.2:4002"]);
});

Deno.test("a responder answers each message 1 at once, always with the same message 2", () => {
  const pair = new LinkPair({ local: "not told" });
  pair.passes = ({ kind }) => kind === "message 1";
  pair.run(600);
  const answers = pair.sentBy("b", "message 2");
  assertEquals(answers.slice(0, 1).map(({ atMs }) => atMs), [10]);
  assert(answers.length >= 3);
  assertEquals(new Set(answers.map(({ bytes }) => bytes.toHex())).size, 1);
  assert(!pair.b.isOpen, "no sealed packet came");
});

Deno.test("a packet from an endpoint that nobody named is answered there", () => {
  const pair = new LinkPair({ local: "not told" });
  const mapped = at("198.51.100.1:9999");
  pair.a.source = () => mapped;
  pair.owners.set(formatEndpoint(mapped), pair.a);
  pair.owners.delete("198.51.100.1:4001");
  pair.open();
  assertEquals(pair.b.path, "public 198.51.100.1:9999");
  pair.say(pair.b, "found you");
  pair.run(WIRE_DELAY_MS);
  assertEquals(pair.a.received, ["found you"]);
});

Deno.test("a local path beats a public one, even if it answers a little later", () => {
  const pair = new LinkPair();
  pair.shareNetwork();
  pair.passes = ({ to, atMs }) => !to.address.startsWith("192.168.") || atMs >= PROBE_PACE_MS;
  pair.open();
  assertEquals(pair.a.path, "local 192.168.1.2:5002");
  assertEquals(pair.b.path, "local 192.168.1.1:5001");
});

Deno.test("an open public path gives way to a local one that answers late", () => {
  const pair = new LinkPair();
  pair.shareNetwork();
  pair.passes = ({ to, atMs }) => !to.address.startsWith("192.168.") || atMs >= 700;
  pair.open();
  assertEquals(pair.a.path, "public 198.51.100.2:4002");
  assert(!pair.a.said.includes("moved"));
  pair.run(1_000);
  assertEquals(pair.a.path, "local 192.168.1.2:5002");
  assertEquals(pair.a.said.filter((kind) => kind === "moved").length, 1);
});

Deno.test("an open path is kept alive every 15 s, in both directions", () => {
  const pair = new LinkPair();
  pair.open();
  pair.run(5_000);
  pair.sent.length = 0;
  pair.run(4 * LINK_KEEP_ALIVE_MS);
  for (const by of ["a", "b"] as const) {
    assertEquals(pair.sentBy(by, "probe").length, 4);
    assertEquals(pair.sentBy(by, "answer").length, 4);
  }
});

Deno.test("a lost keep-alive is repeated soon and harms nothing", () => {
  const pair = new LinkPair();
  pair.open();
  pair.run(5_000);
  let lost = 0;
  pair.passes = ({ kind }) => kind !== "probe" || lost++ >= 2;
  pair.run(300_000);
  assert(lost > 2);
  assertEquals([pair.a.ending, pair.b.ending], [undefined, undefined]);
});

Deno.test("a remote peer that falls silent is lost within a minute, and not much before", () => {
  const pair = new LinkPair();
  pair.open();
  const silentMs = pair.clock.nowMs();
  pair.passes = () => false;
  pair.run(LINK_LOST_MS - 1_000);
  assertEquals(pair.a.ending, undefined);
  pair.clock.runUntil(silentMs + 60_000);
  assertEquals(pair.a.ending, { reason: "lost" });
  assert(pair.a.isGone);
});

Deno.test("a close is heard at once, and acknowledged", () => {
  const pair = new LinkPair();
  pair.open();
  pair.close(pair.a);
  assertEquals(pair.a.ending, { reason: "closed_here" });
  assert(!pair.a.isGone);
  pair.run(2 * WIRE_DELAY_MS);
  assertEquals(pair.b.ending, { reason: "closed_by_remote" });
  assert(pair.a.isGone && pair.b.isGone);
  assertEquals(pair.sentBy("a", "close").length, 1);
});

Deno.test("a close says why, and a side that says nothing leaves it open", () => {
  for (const [reason, said] of [["no room, süß", "no room, süß"], ["", undefined]] as const) {
    const pair = new LinkPair();
    pair.open();
    pair.close(pair.a, reason);
    pair.run(2 * WIRE_DELAY_MS);
    const expected = { reason: "closed_by_remote", ...said === undefined ? {} : { said } };
    assertEquals([pair.b.ending], [expected]);
  }
});

Deno.test("whoever closes before there is a path says so to the one that waits", () => {
  const pair = new LinkPair({ local: "not told" });
  pair.passes = ({ kind }) => kind !== "probe" && kind !== "answer";
  pair.run(100);
  pair.close(pair.b, "full\u202E");
  pair.run(100);
  const { ending } = pair.a;
  if (ending?.reason !== "punch_failed") throw new Error(`expected a failure: ${ending?.reason}`);
  assert(ending.error.message.includes("it said: full\\u202e"), ending.error.message);
});

Deno.test("a side that closes before it was confirmed tells the other one, which may be open", () => {
  const pair = new LinkPair({ local: "not told" });
  while (!pair.a.isOpen) pair.run(0.25);
  assertEquals(pair.b.isOpen, false);
  pair.close(pair.b);
  pair.run(100);
  assertEquals(pair.a.ending, { reason: "closed_by_remote" });
  assert(pair.a.isGone && pair.b.isGone);
});

Deno.test("the notice of a close is repeated when it is lost", () => {
  const pair = new LinkPair();
  pair.open();
  let notices = 0;
  pair.passes = ({ kind }) => kind !== "close" || ++notices === CLOSE_NOTICES;
  pair.close(pair.a);
  pair.run(1_000);
  assertEquals(pair.b.ending, { reason: "closed_by_remote" });
  assert(pair.a.isGone);
});

Deno.test("nobody waits for an acknowledgement that does not come", () => {
  const pair = new LinkPair();
  pair.open();
  pair.passes = () => false;
  pair.close(pair.a);
  pair.run(1_000);
  assert(pair.a.isGone);
  assertEquals(pair.sentBy("a", "close").length, CLOSE_NOTICES);
});

Deno.test("a peer that gives up while the other still punches tells it so", () => {
  const pair = new LinkPair({ local: "not told" });
  pair.passes = ({ kind }) => kind !== "probe";
  pair.run(100);
  assert(!pair.a.isOpen);
  pair.close(pair.a);
  pair.run(1_000);
  assertEquals(pair.a.ending, { reason: "closed_here" });
  assertEquals(pair.b.ending?.reason, "punch_failed");
});

Deno.test("a remote peer whose NAT maps it anew is followed", () => {
  const pair = new LinkPair({ local: "not told" });
  pair.open();
  const moved = at("198.51.100.1:7777");
  pair.owners.delete("198.51.100.1:4001");
  pair.owners.set(formatEndpoint(moved), pair.a);
  pair.a.source = () => moved;
  pair.say(pair.a, "I moved");
  pair.run(1_500);
  assertEquals(pair.b.path, "public 198.51.100.1:7777");
  pair.say(pair.b, "so I see");
  pair.run(WIRE_DELAY_MS);
  assertEquals([pair.b.received, pair.a.received], [["I moved"], ["so I see"]]);
  assertEquals(pair.a.path, "public 198.51.100.2:4002");
});

Deno.test("a stranger who passes a genuine packet on does not divert the path", () => {
  const pair = new LinkPair({ local: "not told" });
  pair.open();
  const stranger = at("203.0.113.66:666");
  pair.say(pair.a, "once");
  const genuine = pair.sent.at(-1) as Sent;
  pair.inject(pair.b, genuine.bytes, stranger);
  pair.run(10_000);
  assertEquals(pair.b.path, "public 198.51.100.1:4001");
  assertEquals(pair.b.received, ["once"]);
  const toStranger = pair.sent.filter(({ to }) => to.address === stranger.address);
  assert(toStranger.length > 0 && toStranger.length < 20, `${toStranger.length} packets`);
});

Deno.test("packets that keep coming from an endpoint that never answers cost few probes", () => {
  const pair = new LinkPair({ local: "not told" });
  pair.open();
  const stranger = at("203.0.113.66:666");
  pair.passes = ({ by, kind, bytes }) => {
    if (by === "a" && kind === "data") pair.inject(pair.b, bytes, stranger);
    return true;
  };
  for (let i = 0; i < 600; i++) {
    pair.say(pair.a, `${i}`);
    pair.run(100);
  }
  const probes = pair.sentBy("b", "probe").filter(({ to }) => to.address === stranger.address);
  assert(probes.length >= 10 && probes.length <= 50, `${probes.length} probes in a minute`);
  assertEquals(pair.b.received.length, 600);
  assertEquals(pair.b.path, "public 198.51.100.1:4001");
});

Deno.test("a path that dies gives way to another that still answers", () => {
  const pair = new LinkPair();
  pair.shareNetwork();
  pair.open();
  assertEquals(pair.a.path, `local ${formatEndpoint(B_LOCAL)}`);
  pair.passes = ({ to }) => !to.address.startsWith("192.168.");
  pair.run(LINK_KEEP_ALIVE_MS + 10_000);
  assertEquals(pair.a.path, `public ${formatEndpoint(B)}`);
  pair.run(120_000);
  assertEquals([pair.a.ending, pair.b.ending], [undefined, undefined]);
});
