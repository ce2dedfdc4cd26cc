import { assertEquals } from "@std/assert";
import { lines, toLine } from "../../../src/commands/meet/lines.ts";

async function cut(...chunks: string[]): Promise<string[]> {
  const encoder = new TextEncoder();
  const stream = ReadableStream.from(chunks.map((chunk) => encoder.encode(chunk)));
  return (await Array.fromAsync(lines(stream))).map((line) => new TextDecoder().decode(line));
}

Deno.test("input is cut into lines, however it arrives", async () => {
  const text = "one\ntwo\r\n\nthree";
  const expected = ["one", "two", "", "three"];
  assertEquals(await cut(text), expected);
  assertEquals(await cut(...text), expected);
  assertEquals(await cut(text, "\n"), expected);
  assertEquals(await cut(), []);
  assertEquals(await cut("\n"), [""]);
});

Deno.test("bytes that are no text stay as they are", async () => {
  const stream = ReadableStream.from([Uint8Array.of(0xff, 0x00), Uint8Array.of(0xfe, 0x0a)]);
  assertEquals(await Array.fromAsync(lines(stream)), [Uint8Array.of(0xff, 0x00, 0xfe)]);
  assertEquals(toLine(Uint8Array.of(0xff)), Uint8Array.of(0xff, 0x0a));
});
