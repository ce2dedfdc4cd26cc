import { assertEquals } from "@std/assert";
import { escapeHidden } from "../src/visible_text.ts";

Deno.test("characters that hide, reorder or break text are escaped, whatever their kind", () => {
  const hidden = [
    ...["\u0000", "\u001b", "\u007f", "\u0085", "\u009b", "\u00ad", "\u034f", "\u061c"],
    ...["\u115f", "\u180e", "\u200b", "\u200d", "\u200e", "\u200f", "\u2028", "\u2029"],
    ...["\u202a", "\u202e", "\u2060", "\u2066", "\u2069", "\u3164", "\ufe0f", "\ufeff"],
    ...["\ufff9", "\ue000", "\uffff", "\ud800", "\udfff"],
  ];
  for (const character of hidden) {
    const code = character.charCodeAt(0).toString(16).padStart(4, "0");
    assertEquals(escapeHidden(`a${character}b`), `a\\u${code}b`);
  }
  // Beyond 16 bits: a tag character, of which text can be made that nobody sees.
  assertEquals(escapeHidden("a\u{e0041}b"), "a\\udb40\\udc41b");
});

Deno.test("a blank that passes for a space is escaped, the space is not", () => {
  const blanks = ["\u00a0", "\u1680", "\u2000", "\u2003", "\u2007", "\u202f", "\u205f", "\u3000"];
  for (const blank of blanks) {
    const code = blank.charCodeAt(0).toString(16).padStart(4, "0");
    assertEquals(escapeHidden(`a${blank}b c`), `a\\u${code}b c`);
  }
});

Deno.test("characters that can be seen stay", () => {
  const text = 'user@example.org: "Grüße", 你好, שלום, 😀 \\ ~';
  assertEquals(escapeHidden(text), text);
});

Deno.test("what was escaped once stays as it is", () => {
  const once = escapeHidden("a\u202e\n\u{e0041}");
  assertEquals(escapeHidden(once), once);
});
