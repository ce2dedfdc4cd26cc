import { assert, assertEquals } from "@std/assert";
import {
  decodePacket,
  encodeHint,
  PACKET_OVERHEAD_BYTES,
  sealedPacketHead,
} from "../../../src/peer/channel/packet.ts";
import vectors from "../../vectors/link.json" with { type: "json" };
import { hex } from "./meeting.ts";

const { fresh } = vectors;
const ID = BigInt(`0x${fresh.id}`);

Deno.test("each packet is told by its first byte, and names its link", () => {
  const packets = [
    { text: fresh.message1, kind: "message 1" },
    { text: fresh.message2, kind: "message 2" },
    { text: fresh.first_probe, kind: "probe" },
    { text: fresh.first_answer, kind: "answer" },
  ];
  for (const { text, kind } of packets) {
    const packet = decodePacket(hex(text));
    assertEquals([packet?.kind, packet?.id], [kind as "probe", ID]);
  }
  assertEquals(decodePacket(encodeHint(ID)), { kind: "hint", id: ID });
  assertEquals(encodeHint(ID).length, 9);
});

Deno.test("first byte 20 to 39 is type x 4 + r x 2 + s", () => {
  const kinds = ["probe", "answer", "data", "close", "stream"] as const;
  for (const [i, kind] of kinds.entries()) {
    for (const [received, sent] of [[0, 0], [0, 1], [1, 0], [1, 1]]) {
      const counter = 2 ** 48 - 2;
      const bytes = sealedPacketHead(kind, { received, sent }, hex(fresh.id), counter, 7);
      assertEquals(bytes[0], 4 * (5 + i) + 2 * received + sent);
      assertEquals(bytes.length, PACKET_OVERHEAD_BYTES + 7);
      assertEquals(decodePacket(bytes), { kind, id: ID, received, sent, counter, bytes });
    }
  }
});

Deno.test("what is too short for its kind, or too long, is no packet", () => {
  for (const text of [fresh.message1, fresh.message2, `04${fresh.id}`]) {
    const bytes = hex(text);
    for (let length = 0; length < bytes.length; length++) {
      assertEquals(decodePacket(bytes.subarray(0, length)), undefined, `${length} bytes`);
    }
    assertEquals(decodePacket(Uint8Array.of(...bytes, 0)), undefined);
  }
  const probe = hex(fresh.first_probe);
  assertEquals(probe.length, PACKET_OVERHEAD_BYTES);
  for (let length = 0; length < probe.length; length++) {
    assertEquals(decodePacket(probe.subarray(0, length)), undefined);
  }
});

Deno.test("any other first byte is no packet: no text, no JSON, nothing of an older version", () => {
  const bytes = new Uint8Array(97);
  for (let first = 0; first < 256; first++) {
    bytes[0] = first;
    const isPacket = first === 1 || first === 3 || first >= 20 && first < 40;
    assertEquals(decodePacket(bytes) !== undefined, isPacket, `${first}`);
  }
  const registration = new TextEncoder().encode(`{"PeerPort":1,"Token":"${"x".repeat(32)}"}`);
  assert(decodePacket(registration) === undefined);
});
