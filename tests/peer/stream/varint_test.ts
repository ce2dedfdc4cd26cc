import { assertEquals } from "@std/assert";
import {
  BodyReader,
  BodyWriter,
  MAX_VARINT,
  varintBytes,
} from "../../../src/peer/stream/varint.ts";

/** Examples of RFC 9000, appendix A.1, and the numbers at each edge. */
const EXAMPLES: readonly (readonly [number, string])[] = [
  [0, "00"],
  [37, "25"],
  [63, "3f"],
  [64, "4040"],
  [15_293, "7bbd"],
  [16_383, "7fff"],
  [16_384, "80004000"],
  [494_878_333, "9d7f3e7d"],
  [2 ** 30 - 1, "bfffffff"],
  [2 ** 30, "c000000040000000"],
  [MAX_VARINT, "c01fffffffffffff"],
];

Deno.test("numbers are written as RFC 9000 has them, and read again", () => {
  for (const [value, hex] of EXAMPLES) {
    const writer = new BodyWriter(new Uint8Array(8), 8);
    writer.varint(value);
    assertEquals(writer.body.toHex(), hex);
    assertEquals(writer.length, varintBytes(value));
    assertEquals(new BodyReader(writer.body).varint(), value);
  }
});

Deno.test("a number that is cut off, or too large, is none, and nothing follows it", () => {
  for (const [, hex] of EXAMPLES) {
    const bytes = Uint8Array.fromHex(hex);
    for (let length = 0; length < bytes.length; length++) {
      const reader = new BodyReader(bytes.subarray(0, length));
      assertEquals([reader.varint(), reader.varint(), reader.byte()], [-1, -1, -1]);
      assertEquals(reader.bytes(0), undefined);
    }
  }
  const reader = new BodyReader(Uint8Array.fromHex("c02000000000000001"));
  assertEquals([reader.varint(), reader.varint()], [-1, -1]);
});
