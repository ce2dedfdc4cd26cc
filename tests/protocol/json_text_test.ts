import { assertEquals } from "@std/assert";
import { NOWHERE, readBoolean, readText } from "../../src/protocol/json_text.ts";

/** The text as it stands in a message: inside other bytes. */
function text(written: string, maxChars = 1_000): string | undefined {
  return readText(new TextEncoder().encode(`[${written}]`), 1, maxChars);
}

Deno.test("readText reads what JSON.parse reads", () => {
  const written = [
    '""',
    '"a"',
    '"exactly8"',
    '"nine char"',
    '"some more than sixteen characters"',
    '"\\"\\\\\\/\\b\\f\\n\\r\\t"',
    '"plain text and \\u0041\\u00e9\\uABcd, then more"',
    '"\\ud83d\\ude00\\ud800"',
    '"Aé☃😀\u007f\uFEFF"',
    '"\\u0000"',
  ];
  for (const json of written) assertEquals(text(json), JSON.parse(json), json);
});

Deno.test("readText reads no more than is wanted", () => {
  for (let maxChars = 0; maxChars < 20; maxChars++) {
    assertEquals(text('"0123456789abcdef"', maxChars), "0123456789abcdef".slice(0, maxChars));
    assertEquals(text('"0123\\u003456789"', maxChars), "0123456789".slice(0, maxChars));
  }
  // Both halves of a pair come together.
  assertEquals(text('"a😀"', 2), "a😀");
});

Deno.test("readText reads no text where there is none", () => {
  for (const json of ["null", "1", '["a"]', '{"a":"b"}']) assertEquals(text(json), undefined, json);
  assertEquals(readText(new TextEncoder().encode('"a"'), NOWHERE, 5), undefined);
});

Deno.test("readBoolean reads true and false and nothing else", () => {
  const boolean = (json: string) => readBoolean(new TextEncoder().encode(`[${json}]`), 1);
  assertEquals(boolean("true"), true);
  assertEquals(boolean("false"), false);
  for (const json of ["null", "1", '"true"', "[true]"]) assertEquals(boolean(json), undefined);
  assertEquals(readBoolean(new TextEncoder().encode("true"), NOWHERE), undefined);
});
