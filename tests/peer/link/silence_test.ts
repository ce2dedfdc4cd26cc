import { assert, assertEquals } from "@std/assert";
import { encodeHint } from "../../../src/peer/channel/packet.ts";
import { HINT_PAUSE_MS, LINK_KEEP_ALIVE_MS, LINK_LOST_MS } from "../../../src/peer/limits.ts";
import { A, at, B, LinkPair } from "./link_pair.ts";

function openPair(): LinkPair {
  const pair = new LinkPair({ local: "not told" });
  pair.open();
  pair.run(5_000);
  pair.sent.length = 0;
  return pair;
}

function hint(pair: LinkPair, source = B): void {
  pair.inject(pair.a, encodeHint(pair.a.link.id), source);
}

Deno.test("traffic that goes one way is probed after 3 s, and harms nothing while it is answered", () => {
  const pair = openPair();
  const startMs = pair.clock.nowMs();
  for (let i = 0; i < 40; i++) {
    pair.say(pair.a, `${i}`);
    pair.run(100);
  }
  const [probe, ...more] = pair.sentBy("a", "probe");
  assertEquals([probe.atMs - startMs, more.length], [3_000, 0]);
  pair.run(20_000);
  assertEquals([pair.a.silences, pair.b.received.length], [0, 40]);
});

Deno.test("traffic into nothing asks to be introduced again within 4.5 s, once", () => {
  const pair = openPair();
  const startMs = pair.clock.nowMs();
  pair.passes = () => false;
  pair.say(pair.a, "anybody?");
  pair.run(4_499);
  assertEquals([pair.a.silences, pair.a.link.isSilent], [0, false]);
  pair.run(1);
  assertEquals([pair.a.silences, pair.a.link.isSilent], [1, true]);
  assertEquals(pair.sentBy("a", "probe").map(({ atMs }) => atMs - startMs), [3_000, 3_500, 4_000]);
  pair.run(20_000);
  assertEquals([pair.a.silences, pair.a.ending], [1, undefined]);
});

Deno.test("an idle link that dies is noticed by its keep-alive", () => {
  const pair = openPair();
  pair.passes = () => false;
  pair.run(LINK_KEEP_ALIVE_MS + 3_000);
  assertEquals([pair.a.silences, pair.b.silences], [1, 1]);
});

Deno.test("an idle side that can have the peers introduced again looks every 3 s, and misses within 4.5", () => {
  const pair = new LinkPair({ local: "not told", a: { whenIdle: "look" } });
  pair.open();
  pair.run(5_000);
  pair.sent.length = 0;
  pair.run(60_000);
  const probes = pair.sentBy("a", "probe").length;
  // The keep-alives of the other side are words as well.
  assert(probes >= 16 && probes <= 20, `${probes} probes in a minute`);
  assert(pair.sentBy("b", "probe").length <= 4);
  assertEquals(pair.a.silences, 0);
  pair.passes = () => false;
  pair.run(4_500);
  assertEquals(pair.a.silences, 1);
});

Deno.test("while the remote peer speaks, nobody looks after it", () => {
  const pair = new LinkPair({ local: "not told", a: { whenIdle: "look" } });
  pair.open();
  pair.run(5_000);
  pair.sent.length = 0;
  for (let i = 0; i < 100; i++) {
    pair.say(pair.b, `${i}`);
    pair.run(100);
  }
  // What keeps the mapping of its NAT is sent all the same.
  assert(pair.sentBy("a", "probe").length <= 1);
});

Deno.test("a path on which answers come back again has recovered, and can fall silent again", () => {
  const pair = openPair();
  pair.passes = () => false;
  pair.say(pair.a, "lost");
  pair.run(10_000);
  pair.passes = () => true;
  pair.run(2_000);
  assertEquals(pair.a.said.slice(-2), ["silent", "recovered"]);
  assert(!pair.a.link.isSilent);
  pair.passes = () => false;
  pair.say(pair.a, "lost");
  pair.run(10_000);
  assertEquals(pair.a.silences, 2);
});

Deno.test("a side that hears but is not heard finds that out", () => {
  const pair = openPair();
  pair.passes = ({ by, kind }) => by === "b" && kind !== "answer";
  for (let i = 0; i < 100; i++) {
    pair.say(pair.a, "hello");
    pair.say(pair.b, "hello");
    pair.run(200);
  }
  assertEquals([pair.a.silences, pair.b.silences], [1, 1]);
});

Deno.test("a remote peer whose datagrams arrive is not lost, though nothing else does", () => {
  const pair = openPair();
  pair.passes = ({ by, kind }) => by === "b" && kind === "data";
  pair.run(LINK_LOST_MS - 10_000);
  pair.say(pair.b, "hello");
  pair.run(LINK_LOST_MS - 1);
  assertEquals(pair.a.ending, undefined);
  pair.run(1_000);
  assertEquals(pair.a.ending, { reason: "lost" });
});

Deno.test("a hint that is true asks to be introduced again after 1 s and three probes", () => {
  const pair = openPair();
  const startMs = pair.clock.nowMs();
  pair.passes = () => false;
  hint(pair);
  pair.run(999);
  assertEquals(pair.a.silences, 0);
  assertEquals(pair.sentBy("a", "probe").map(({ atMs }) => atMs - startMs), [0, 250, 500]);
  pair.run(1);
  assertEquals(pair.a.silences, 1);
});

Deno.test("a forged hint costs a probe or three, at most once in two seconds, and nothing else", () => {
  const pair = openPair();
  for (let i = 0; i < 100; i++) {
    hint(pair, at("203.0.113.66:666"));
    pair.run(HINT_PAUSE_MS / 50);
  }
  const probes = pair.sentBy("a", "probe").length;
  assert(probes >= 2 && probes <= 6, `${probes} probes in four seconds`);
  assertEquals([pair.a.silences, pair.a.ending], [0, undefined]);
  assert(pair.sent.every(({ to }) => to.address === A.address || to.address === B.address));
});

Deno.test("a hint before the link is open is ignored", () => {
  const pair = new LinkPair({ local: "not told" });
  pair.passes = () => false;
  pair.run(1_100);
  const before = pair.sent.length;
  hint(pair);
  assertEquals(pair.sent.length, before);
  assertEquals(pair.a.said, []);
});

Deno.test("nothing unauthenticated moves, resets or ends an open link", () => {
  const pair = openPair();
  const stranger = at("203.0.113.66:666");
  const noise = [new Uint8Array(0), new Uint8Array(2_000).fill(7), encodeHint(pair.a.link.id)];
  for (let first = 0; first < 256; first++) {
    const bytes = new Uint8Array(97).fill(first);
    new DataView(bytes.buffer).setBigUint64(1, pair.a.link.id);
    noise.push(bytes);
  }
  for (const bytes of noise) pair.inject(pair.a, bytes, stranger);
  pair.run(1_000);
  assertEquals([pair.a.path, pair.a.ending, pair.a.silences], [
    "public 198.51.100.2:4002",
    undefined,
    0,
  ]);
  assertEquals(pair.sent.filter(({ to }) => to.address === stranger.address), []);
});
