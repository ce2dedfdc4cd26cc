import { assertEquals } from "@std/assert";
import { printable } from "../../src/cli/printable.ts";

Deno.test("what ends a line or changes how it looks is escaped as in JSON", () => {
  const escaped: readonly (readonly [text: string, expected: string])[] = [
    ["a\nb\r\tc", "a\\u000ab\\u000d\\u0009c"],
    ["\x1b[31m\x7f\x9b", "\\u001b[31m\\u007f\\u009b"],
    ["\u202egnp.exe\u2066", "\\u202egnp.exe\\u2066"],
    ["\u2028\u2029\u0085", "\\u2028\\u2029\\u0085"],
    ["\u200b\ufeff\u00ad", "\\u200b\\ufeff\\u00ad"],
    ["\ud800x\udfff", "\\ud800x\\udfff"],
    ["\u{e0041}", "\\udb40\\udc41"],
  ];
  for (const [text, expected] of escaped) assertEquals(printable(text), expected);
});

Deno.test("other text is left as it is", () => {
  for (const text of ["", "plain {text} 'with' \"marks\"", "Grüße, 世界, עולם", "\u{1f600}"]) {
    assertEquals(printable(text), text);
  }
});

Deno.test("an escaped JSON text means the same", () => {
  const value = { text: "\u202e\u2028\u{e0041}\ud800\n" };
  assertEquals(JSON.parse(printable(JSON.stringify(value))), value);
});
