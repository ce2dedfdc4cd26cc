import { assert, assertEquals } from "@std/assert";
import { A, B, LinkPair, type Sent, WIRE_DELAY_MS } from "./link_pair.ts";

Deno.test("a datagram that arrives again is not given to the application again", () => {
  const pair = new LinkPair({ local: "not told" });
  pair.open();
  pair.say(pair.a, "once");
  pair.run(WIRE_DELAY_MS);
  const { bytes } = pair.sent.at(-1) as Sent;
  for (let i = 0; i < 3; i++) pair.inject(pair.b, bytes, A);
  assertEquals(pair.b.received, ["once"]);
});

Deno.test("nothing recorded in a session opens, feeds or ends another with the same PairKey", () => {
  const first = new LinkPair({ local: "not told" });
  first.open();
  first.say(first.a, "recorded");
  first.close(first.a);
  first.run(100);
  const recorded = first.sent.filter(({ by }) => by === "a");
  assertEquals(
    new Set(recorded.map(({ kind }) => kind)),
    new Set(["message 1", "probe", "answer", "data", "close"] as const),
  );

  const second = new LinkPair({ local: "not told", seed: 2 });
  second.passes = () => false;
  for (const { bytes } of recorded) second.inject(second.b, bytes, A);
  second.run(2_000);
  assert(!second.b.isOpen && second.b.ending === undefined);
  assertEquals(second.b.received, []);

  second.passes = () => true;
  second.run(2_000);
  assert(second.a.isOpen && second.b.isOpen);
  for (const { bytes } of recorded) second.inject(second.b, bytes, A);
  second.run(2_000);
  assertEquals([second.b.received, second.b.ending], [[], undefined]);
});

Deno.test("packets that are sent back to their sender change nothing", () => {
  const pair = new LinkPair({ local: "not told" });
  pair.passes = () => false;
  pair.run(1_000);
  const before = pair.sent.length;
  for (const { bytes } of pair.sentBy("a", "message 1")) pair.inject(pair.a, bytes, B);
  for (const { bytes } of pair.sentBy("b", "knock")) pair.inject(pair.b, bytes, A);
  assertEquals(pair.sent.length, before, "nobody answers, nobody hurries");
  assertEquals([pair.a.said, pair.b.said], [[], []]);

  pair.passes = () => true;
  pair.run(1_000);
  pair.say(pair.a, "mirror");
  pair.close(pair.a);
  for (const { bytes } of pair.sent.filter(({ by }) => by === "a")) pair.inject(pair.a, bytes, B);
  assertEquals(pair.a.received, []);
});

Deno.test("whoever lacks the PairKey can neither inject data nor end the link", () => {
  const pair = new LinkPair({ local: "not told" });
  pair.open();
  pair.say(pair.a, "genuine");
  const { bytes } = pair.sent.at(-1) as Sent;
  for (let i = 0; i < bytes.length; i++) {
    const forged = bytes.slice();
    forged[i] ^= 0x01;
    pair.inject(pair.b, forged, A);
  }
  assertEquals([pair.b.received, pair.b.ending], [[], undefined]);
  pair.run(WIRE_DELAY_MS);
  assertEquals(pair.b.received, ["genuine"]);
});

Deno.test("a replayed probe is not answered again", () => {
  const pair = new LinkPair({ local: "not told" });
  pair.open();
  const [probe] = pair.sentBy("a", "probe");
  const answers = pair.sentBy("b", "answer").length;
  pair.inject(pair.b, probe.bytes, { address: "203.0.113.66", port: 666 });
  assertEquals(pair.sentBy("b", "answer").length, answers);
});

Deno.test("whoever overhears, and forges where packets come from, does not become the path", () => {
  for (const fromMs of [0, 300]) {
    const pair = new LinkPair({ local: "not told" });
    const stranger = { address: "203.0.113.66", port: 666 };
    if (fromMs > 0) pair.open();
    // It is faster than the network: its copy of b's packets is there first, and seems to be its own.
    // What a sends to it then it passes on as if it came from a, so that b answers to a itself. And
    // what a sends to b directly is lost at first.
    pair.passes = (packet) => {
      if (packet.by === "b" && packet.kind !== "answer") {
        pair.inject(pair.a, packet.bytes, stranger);
      }
      return packet.by === "b" || fromMs > 0 || packet.atMs > 200;
    };
    pair.onSent = (packet) => {
      if (packet.to.address === stranger.address) pair.inject(pair.b, packet.bytes, A);
    };
    if (pair.b.isOpen) pair.say(pair.b, "bait");
    pair.run(5_000);
    assert(pair.sent.some(({ to }) => to.address === stranger.address), "expected the bait taken");
    assertEquals(pair.a.path, "public 198.51.100.2:4002", `from ${fromMs} ms on`);
  }
});

Deno.test("the PairKey itself is never on the wire", () => {
  const pair = new LinkPair();
  pair.open();
  pair.say(pair.a, "hello");
  pair.close(pair.a);
  pair.run(100);
  for (const { bytes } of pair.sent) {
    assert(!bytes.join().includes([0x00, 0x11, 0x22, 0x33].join()));
    assert(!new TextDecoder().decode(bytes).includes("00112233"));
  }
});
