import { assert, assertEquals, assertNotEquals } from "@std/assert";
import { denoPlatform } from "../../../src/peer/platform/deno_platform.ts";
import { PairKeys } from "../../../src/peer/channel/link_keys.ts";
import {
  answerBody,
  decodePacket,
  encodePacket,
  isAuthentic,
  nonceOf,
  type Packet,
  PACKET_OVERHEAD_BYTES,
  probeBody,
  readAnswer,
} from "../../../src/peer/channel/packet.ts";

const { secrets } = denoPlatform;
const KEY = Uint8Array.from({ length: 32 }, (_, i) => i);
const NONCE = Uint8Array.of(1, 2, 3, 4, 5, 6, 7, 8);
const SEEN = { address: "203.0.113.7", port: 50_123 };
const PAIR_KEY = "00112233445566778899aabbccddeeff";

const PACKETS: readonly Packet[] = [
  { kind: "probe", connectionId: 1, sequence: 1, body: probeBody(NONCE) },
  {
    kind: "answer",
    connectionId: 2 ** 48 - 1,
    sequence: 2 ** 47,
    body: answerBody(NONCE, { echo: 2 ** 40 + 1, seen: SEEN }),
  },
  { kind: "data", connectionId: 0xabc_def0_1234, sequence: 7, body: Uint8Array.of(9, 8, 7) },
  { kind: "data", connectionId: 3, sequence: 8, body: new Uint8Array(0) },
  { kind: "close", connectionId: 4, sequence: 9, body: new Uint8Array(0) },
];

Deno.test("decoding a packet is the inverse of encoding it", () => {
  for (const packet of PACKETS) {
    const bytes = encodePacket(packet, KEY, secrets);
    assertEquals(decodePacket(bytes), packet);
    assertEquals(bytes.length, packet.body.length + PACKET_OVERHEAD_BYTES);
    assert(isAuthentic(bytes, KEY, secrets));
  }
});

Deno.test("a packet with any bit changed is not authentic", () => {
  for (const packet of PACKETS) {
    const bytes = encodePacket(packet, KEY, secrets);
    for (let bit = 0; bit < 8 * bytes.length; bit++) {
      bytes[bit >> 3] ^= 1 << (bit & 7);
      assert(!isAuthentic(bytes, KEY, secrets), `${packet.kind}, bit ${bit}`);
      bytes[bit >> 3] ^= 1 << (bit & 7);
    }
  }
});

Deno.test("no beginning of a packet but itself is taken for one of its kind", () => {
  for (const packet of PACKETS.filter(({ kind }) => kind !== "data")) {
    const bytes = encodePacket(packet, KEY, secrets);
    for (let length = 0; length < bytes.length; length++) {
      assertEquals(decodePacket(bytes.subarray(0, length)), undefined);
    }
  }
});

Deno.test("a packet is neither text nor JSON, and text is no packet", () => {
  const bytes = encodePacket(PACKETS[2], KEY, secrets);
  assertEquals(new TextDecoder().decode(bytes)[0], "\ufffd");
  const registration = new TextEncoder().encode(`{"PeerPort":1,"Token":"${"x".repeat(32)}"}`);
  assertEquals(decodePacket(registration), undefined);
});

Deno.test("an answer carries endpoints of both IP versions, but not in plain sight", () => {
  for (
    const seen of [SEEN, { address: "2001:db8::7", port: 1 }, { address: "::1", port: 65_535 }]
  ) {
    const body = answerBody(NONCE, { echo: 5, seen });
    assertEquals(readAnswer(body), { echo: 5, seen });
    assertEquals(nonceOf(body), NONCE);
  }
  const body = answerBody(NONCE, { echo: 5, seen: SEEN });
  assert(!body.join().includes([203, 0, 113, 7].join()));
});

Deno.test("an answer is no longer than the probe that asks for it", () => {
  const seen = { address: "2001:db8::7", port: 1 };
  assertEquals(answerBody(NONCE, { echo: 5, seen }).length, probeBody(NONCE).length);
});

Deno.test("both sides make the same keys, each direction its own, and none is the PairKey", () => {
  const a = new PairKeys(PAIR_KEY, secrets);
  const b = new PairKeys(PAIR_KEY.toUpperCase(), secrets);
  const other = NONCE.toReversed();
  assertEquals(a.connectionId, b.connectionId);
  assertEquals(a.probeKey, b.probeKey);
  assertEquals(a.direction(NONCE, other), b.direction(NONCE, other));
  assertNotEquals(a.direction(NONCE, other), a.direction(other, NONCE));
  assertNotEquals(a.direction(NONCE, other), a.direction(NONCE, NONCE));
  assertNotEquals(a.connectionId, new PairKeys(PAIR_KEY.replace("0", "1"), secrets).connectionId);
});
