import { assert, assertEquals, assertNotEquals } from "@std/assert";
import { LAST_KEY_KEPT_MS } from "../../../src/peer/limits.ts";
import { nextKey } from "../../../src/peer/channel/noise.ts";
import { decodePacket, type SealedPacket } from "../../../src/peer/channel/packet.ts";
import { SecureChannel } from "../../../src/peer/channel/secure_channel.ts";
import vectors from "../../vectors/link.json" with { type: "json" };
import { hex } from "./meeting.ts";

const { fresh } = vectors;
const ID = hex(fresh.id);
const LIFE = { rekeyAfter: 4, atMost: 12 };
const NOTHING = new Uint8Array(0);

const sealed = (bytes: Uint8Array) => decodePacket(bytes.slice()) as SealedPacket;
const epochOf = (bytes: Uint8Array) => bytes[0] & 1;
const counterOf = (bytes: Uint8Array) => sealed(bytes).counter;

/** Both ends of a link whose keys live for a few packets. */
class Pair {
  readonly a = new SecureChannel(ID, hex(fresh.key_i2r), hex(fresh.key_r2i), LIFE);
  readonly b = new SecureChannel(ID, hex(fresh.key_r2i), hex(fresh.key_i2r), LIFE);

  /** A packet of a, which b has not yet. */
  say(text = ""): Uint8Array {
    return this.a.seal("data", new TextEncoder().encode(text))!;
  }

  hear(bytes: Uint8Array, nowMs = 0): string | undefined {
    const body = this.b.open(sealed(bytes), nowMs);
    return body && new TextDecoder().decode(body);
  }

  /** b says something, and a hears it: what b has received is known to a. */
  acknowledge(): void {
    assert(this.a.open(sealed(this.b.seal("data", NOTHING)!), 0) !== undefined);
  }

  /** Lets a change its key. @returns the first packet under the new one */
  change(): Uint8Array {
    this.acknowledge();
    const before = epochOf(this.say());
    for (;;) {
      const packet = this.say("changed");
      if (epochOf(packet) !== before) return packet;
    }
  }
}

Deno.test("a packet opens once, on the other side, with what was put in", () => {
  const { a, b } = new Pair();
  const packet = a.seal("data", Uint8Array.of(1, 2, 3))!;
  assertEquals(a.open(sealed(packet), 0), undefined, "reflected");
  assertEquals(b.open(sealed(packet), 0), Uint8Array.of(1, 2, 3));
  assertEquals(b.open(sealed(packet), 0), undefined, "repeated");
});

Deno.test("the memory of a body is free again, and that of what opened is its receiver's", () => {
  const { a, b } = new Pair();
  const body = new Uint8Array(100);
  const packets = [1, 2].map((n) => a.seal("data", body.fill(n))!);
  const wire = new Uint8Array(200);
  const opened = packets.map((packet) => {
    wire.fill(0xff).set(packet);
    return b.open(decodePacket(wire.subarray(0, packet.length)) as SealedPacket, 0);
  });
  assertEquals(opened, [new Uint8Array(100).fill(1), new Uint8Array(100).fill(2)]);
});

Deno.test("a packet with any bit changed opens nowhere and changes nothing", () => {
  const pair = new Pair();
  const packet = pair.say("genuine");
  for (let bit = 0; bit < 8 * packet.length; bit++) {
    const changed = packet.slice();
    changed[bit >> 3] ^= 1 << (bit & 7);
    const read = decodePacket(changed);
    if (read === undefined || !("counter" in read)) continue;
    assertEquals(pair.b.open(read, 0), undefined, `bit ${bit}`);
  }
  assertEquals(pair.hear(packet), "genuine");
});

Deno.test("counters begin at 0 and never come twice, and they move no window unless genuine", () => {
  const pair = new Pair();
  assertEquals([pair.say(), pair.say(), pair.say()].map(counterOf), [0, 1, 2]);
  const far = pair.say().slice();
  far.fill(0xff, 9, 15);
  assertEquals(pair.hear(far), undefined);
  assertEquals(pair.hear(pair.say("near")), "near");
});

Deno.test("packets that overtake each other all open", () => {
  const pair = new Pair();
  const packets = ["0", "1", "2", "3"].map((text) => pair.say(text));
  assertEquals(packets.toReversed().map((packet) => pair.hear(packet)), ["3", "2", "1", "0"]);
});

Deno.test("a sender changes its key after so many packets, and the counter goes on", () => {
  const pair = new Pair();
  pair.acknowledge();
  const packets = Array.from({ length: LIFE.rekeyAfter + 1 }, () => pair.say("x"));
  assertEquals(packets.map(epochOf), [0, 0, 0, 0, 1]);
  assertEquals(packets.map(counterOf), [0, 1, 2, 3, 4]);
  for (const packet of packets) assertEquals(pair.hear(packet), "x");
});

Deno.test("the next key is REKEY of the one before, as in the vector", () => {
  const pair = new Pair();
  assertEquals(nextKey(hex(fresh.key_i2r)).toHex(), fresh.key_i2r_after_rekey);
  const packet = pair.change();
  const stranger = new SecureChannel(ID, NOTHING, hex(fresh.key_i2r_after_rekey), LIFE);
  const read = { ...sealed(packet), sent: 0 };
  assertEquals(stranger.open(read, 0), new TextEncoder().encode("changed"));
  assertEquals(pair.hear(packet), "changed");
});

Deno.test("nobody changes a key before the receiver is known to have the present one", () => {
  const pair = new Pair();
  const packets = Array.from({ length: LIFE.atMost }, () => pair.say("x"));
  assertEquals(new Set(packets.map(epochOf)), new Set([0]));
  assertEquals(pair.a.seal("data", NOTHING), undefined, "used up: the link is over");
});

Deno.test("what acknowledged the last key does not acknowledge the present one", () => {
  const pair = new Pair();
  const late = pair.b.seal("data", NOTHING)!;
  assertEquals(pair.hear(pair.change()), "changed");
  assert(pair.a.open(sealed(late), 0) !== undefined);
  const packets = Array.from({ length: LIFE.rekeyAfter + 2 }, () => pair.say("x"));
  assertEquals(new Set(packets.map(epochOf)), new Set([1]));
  for (const packet of packets) pair.hear(packet);
  pair.acknowledge();
  assertEquals(epochOf(pair.say()), 0);
});

Deno.test("an old packet that comes late acknowledges nothing, whatever it carries", () => {
  const pair = new Pair();
  const old = pair.b.seal("data", NOTHING)!;
  assertEquals(pair.hear(pair.change()), "changed");
  pair.acknowledge();
  for (let i = 0; i < LIFE.rekeyAfter; i++) pair.hear(pair.say());
  assertEquals(epochOf(pair.say()), 0, "the second change");
  // Its r is 0, as in the very first epoch, but newer packets have been heard since.
  assert(pair.a.open(sealed(old), 0) !== undefined);
  const packets = Array.from({ length: LIFE.rekeyAfter + 2 }, () => pair.say());
  assertEquals(new Set(packets.map(epochOf)), new Set([0]));
});

Deno.test("a one-way outage across changes of the key leaves nobody deaf", () => {
  const pair = new Pair();
  pair.acknowledge();
  // Nothing of a arrives for longer than a key lives; b goes on.
  for (let i = 0; i < LIFE.rekeyAfter + 3; i++) {
    pair.say();
    pair.acknowledge();
  }
  assertEquals(pair.hear(pair.say("back")), "back");
  pair.acknowledge();
  for (let i = 0; i < 3 * LIFE.rekeyAfter; i++) {
    assertEquals(pair.hear(pair.say("on")), "on");
    pair.acknowledge();
  }
});

Deno.test("a packet of the last key opens for ten seconds, once, and only if it was overtaken", () => {
  for (const [nowMs, expected] of [[LAST_KEY_KEPT_MS - 1, "old"], [LAST_KEY_KEPT_MS, undefined]]) {
    const pair = new Pair();
    const old = pair.say("old");
    assertEquals(pair.hear(pair.change(), 0), "changed");
    assertEquals(pair.hear(old, nowMs as number), expected as string | undefined);
    assertEquals(pair.hear(old, nowMs as number), undefined);
  }
});

Deno.test("forged packets of another epoch take no key into use and cost one attempt each", () => {
  const pair = new Pair();
  assertEquals(pair.hear(pair.say("first")), "first");
  for (let i = 0; i < 10; i++) {
    const forged = pair.say().slice();
    forged[0] ^= 1;
    assertEquals(pair.hear(forged), undefined);
  }
  assertEquals(pair.hear(pair.say("still")), "still");
});

Deno.test("two directions have keys of their own, and each packet a nonce of its own", () => {
  const pair = new Pair();
  const ofA = pair.a.seal("data", new Uint8Array(32))!;
  const ofB = pair.b.seal("data", new Uint8Array(32))!;
  assertEquals(ofA.subarray(0, 15), ofB.subarray(0, 15));
  assertNotEquals(ofA.subarray(15), ofB.subarray(15));
  assertNotEquals(pair.a.seal("data", new Uint8Array(32))!.subarray(15), ofA.subarray(15));
});

Deno.test("packets that do not come are missing, until they do, over a change of keys as well", () => {
  const pair = new Pair();
  const packets = Array.from({ length: 3 }, () => pair.say());
  assertEquals(pair.b.missing, 0);
  pair.hear(packets[2]);
  assertEquals(pair.b.missing, 2);
  pair.hear(packets[1]);
  pair.hear(packets[1]);
  assertEquals(pair.b.missing, 1);
  const changed = pair.change();
  pair.hear(changed);
  assertEquals(pair.b.missing, counterOf(changed) + 1 - 3);
});
