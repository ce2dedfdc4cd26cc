import { assertEquals } from "@std/assert";
import { encodeHint, type OpenPacket } from "../../../src/peer/channel/packet.ts";
import { decodePacket } from "../../../src/peer/channel/packet.ts";
import { EARLY_PACKET_KEPT_MS, MAX_EARLY_PACKETS } from "../../../src/peer/limits.ts";
import { EarlyPackets } from "../../../src/peer/socket/early_packets.ts";

const SOURCE = { address: "192.0.2.1", port: 5 };

/** A knock of a link, with something to tell it from others. */
function knock(id: bigint, mark = 0): OpenPacket {
  const bytes = new Uint8Array(97).fill(mark);
  bytes[0] = 3;
  new DataView(bytes.buffer).setBigUint64(1, id);
  return decodePacket(bytes) as OpenPacket;
}

Deno.test("the last packet of a link that is not known yet is kept, once and for two seconds", () => {
  const early = new EarlyPackets();
  early.keep(knock(7n, 1), SOURCE, 0);
  early.keep(knock(7n, 2), SOURCE, 1);
  assertEquals(early.take(7n, EARLY_PACKET_KEPT_MS)?.packet, knock(7n, 2));
  assertEquals(early.take(7n, EARLY_PACKET_KEPT_MS), undefined);
  early.keep(knock(7n), SOURCE, 0);
  assertEquals(early.take(7n, EARLY_PACKET_KEPT_MS), undefined);
});

Deno.test("what is kept is a copy: the next datagram overwrites the buffer", () => {
  const early = new EarlyPackets();
  const packet = knock(7n, 1);
  early.keep(packet, SOURCE, 0);
  packet.bytes.fill(0);
  assertEquals(early.take(7n, 0)?.packet, knock(7n, 1));
});

Deno.test("a flood of strangers' packets takes no more room, and hints and sealed packets none", () => {
  const early = new EarlyPackets();
  for (let id = 0n; id <= BigInt(MAX_EARLY_PACKETS); id++) early.keep(knock(id), SOURCE, 0);
  assertEquals([early.take(0n, 0), early.take(1n, 0)?.source], [undefined, SOURCE]);
  early.keep(decodePacket(encodeHint(7n))!, SOURCE, 0);
  early.keep(decodePacket(new Uint8Array(31).fill(20))!, SOURCE, 0);
  assertEquals(early.take(0x1414141414141414n, 0), undefined);
});
