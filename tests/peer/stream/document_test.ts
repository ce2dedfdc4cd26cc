/** Tests that docs/STREAM.md says in bytes what the program sends. */

import { assertEquals } from "@std/assert";
import { FRAME } from "../../../src/peer/stream/frames.ts";
import { ReceivedPackets } from "../../../src/peer/stream/received_packets.ts";
import { Streams } from "../../../src/peer/stream/streams.ts";
import { BodyWriter } from "../../../src/peer/stream/varint.ts";

const DOCUMENT = Deno.readTextFileSync(new URL("../../../docs/STREAM.md", import.meta.url));
/** The bytes at the beginning of each block of examples. */
const EXAMPLES = [...DOCUMENT.matchAll(/^```text\n((?:[0-9a-f]{2} )+)/gm)]
  .map(([, bytes]) => bytes.replaceAll(" ", ""));

Deno.test("the acknowledgement of the document is what its packets come to", () => {
  const received = new ReceivedPackets();
  for (const packet of [2, 3, 5, 6, 7]) received.add(packet, "soon", 0);
  const writer = new BodyWriter(new Uint8Array(100), 100);
  writer.byte(FRAME.ack);
  received.writeTo(writer, 1);
  assertEquals(writer.body.toHex(), EXAMPLES[0]);
});

Deno.test("the last bytes of the document are read as it says", () => {
  const options = { role: "responder", maxBodyBytes: 1_200, roundTripMs: 50, nowMs: 0 } as const;
  const streams = new Streams({ ...options, random: () => 0.5 });
  const before = new BodyWriter(new Uint8Array(400), 400);
  for (const value of [8, FRAME.data, 4, 0, 300]) before.varint(value);
  before.space(300);
  streams.receive(before.body, 0);
  streams.receive(Uint8Array.fromHex(EXAMPLES[1]), 0);
  assertEquals(streams.read(4, 300)?.length, 300);
  assertEquals(new TextDecoder().decode(streams.read(4)), "hi");
  const kinds = [];
  for (let output; (output = streams.take(0)) !== undefined;) kinds.push(output.kind);
  assertEquals(kinds, ["opened", "opened", "opened", "readable", "ended"]);
});
