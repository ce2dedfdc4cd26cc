import { assertEquals } from "@std/assert";
import { type LineEnd, lines, toLine } from "../../../src/commands/meet/lines.ts";
import { MAX_DATAGRAM_BYTES } from "../../../src/peer/mod.ts";

async function cut(lineEnd: LineEnd, ...chunks: string[]): Promise<(string | undefined)[]> {
  const encoder = new TextEncoder();
  const stream = ReadableStream.from(chunks.map((chunk) => encoder.encode(chunk)));
  return (await Array.fromAsync(lines(stream, lineEnd))).map(({ bytes }) =>
    bytes && new TextDecoder().decode(bytes)
  );
}

Deno.test("input is cut into lines, however it arrives", async () => {
  const text = "one\ntwo\r\n\nthree";
  const expected = ["one", "two", "", "three"];
  assertEquals(await cut("LF or CR LF", text), expected);
  assertEquals(await cut("LF or CR LF", ...text), expected);
  assertEquals(await cut("LF or CR LF", text, "\n"), expected);
  assertEquals(await cut("LF or CR LF"), []);
  assertEquals(await cut("LF or CR LF", "\n"), [""]);
});

Deno.test("what no console has typed keeps its carriage returns", async () => {
  assertEquals(await cut("LF", "one\r\n\rtwo\r"), ["one\r", "\rtwo\r"]);
});

Deno.test("a line that fits no datagram is counted, not kept, and the next one is whole", async () => {
  const longest = "x".repeat(MAX_DATAGRAM_BYTES);
  assertEquals(await cut("LF", `${longest}\n`), [longest]);
  assertEquals(await cut("LF or CR LF", `${longest}\r\n`), [longest]);
  assertEquals(await cut("LF", `${longest}\r\nnext\n`), [undefined, "next"]);
  const half = longest.slice(MAX_DATAGRAM_BYTES / 2);
  const found = await Array.fromAsync(
    lines(ReadableStream.from(Array(1_000).fill(new TextEncoder().encode(half))), "LF"),
  );
  assertEquals(found, [{ bytes: undefined, length: 1_000 * half.length }]);
});

Deno.test("bytes that are no text stay as they are", async () => {
  const stream = ReadableStream.from([Uint8Array.of(0xff, 0x00), Uint8Array.of(0xfe, 0x0a)]);
  assertEquals(await Array.fromAsync(lines(stream, "LF")), [
    { bytes: Uint8Array.of(0xff, 0x00, 0xfe), length: 3 },
  ]);
  assertEquals(toLine(Uint8Array.of(0xff)), Uint8Array.of(0xff, 0x0a));
  assertEquals(toLine(Uint8Array.of(0xff), "a"), Uint8Array.of(0x61, 0x3a, 0x20, 0xff, 0x0a));
});
