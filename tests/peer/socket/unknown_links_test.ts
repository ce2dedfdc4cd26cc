import { assertEquals } from "@std/assert";
import { decodePacket, encodeHint, type Packet } from "../../../src/peer/channel/packet.ts";
import { ENDED_ID_KEPT_MS, MAX_ENDED_IDS, MAX_HINTS_PER_SECOND } from "../../../src/peer/limits.ts";
import { UnknownLinks } from "../../../src/peer/socket/unknown_links.ts";

function packet(id: bigint): Packet {
  return { kind: "data", id, received: 0, sent: 0, counter: 0, bytes: new Uint8Array(31) };
}

Deno.test("a packet of an unknown link is answered with a hint, ten a second at the most", () => {
  const unknown = new UnknownLinks();
  const hints = (nowMs: number, count: number) =>
    Array.from({ length: count }, () => unknown.hintFor(packet(7n), nowMs))
      .filter((hint) => hint !== undefined);
  assertEquals(decodePacket(hints(0, 1)[0]), { kind: "hint", id: 7n });
  assertEquals(hints(0, 100).length, MAX_HINTS_PER_SECOND - 1);
  assertEquals(hints(999, 100).length, 0);
  assertEquals(hints(1_000, 100).length, MAX_HINTS_PER_SECOND);
});

Deno.test("a hint is never answered by a hint", () => {
  const hint = decodePacket(encodeHint(7n))!;
  assertEquals(new UnknownLinks().hintFor(hint, 0), undefined);
});

Deno.test("the id of a link that ended answers nothing for a minute", () => {
  const unknown = new UnknownLinks();
  unknown.end(7n, 100);
  assertEquals(unknown.hintFor(packet(7n), 100 + ENDED_ID_KEPT_MS - 1), undefined);
  assertEquals(unknown.hintFor(packet(7n), 100 + ENDED_ID_KEPT_MS), encodeHint(7n));
});

Deno.test("so many ended links are remembered, then the oldest is forgotten", () => {
  const unknown = new UnknownLinks();
  for (let id = 0n; id <= BigInt(MAX_ENDED_IDS); id++) unknown.end(id, 0);
  assertEquals(unknown.hintFor(packet(0n), 1), encodeHint(0n));
  assertEquals(unknown.hintFor(packet(1n), 1), undefined);
});
