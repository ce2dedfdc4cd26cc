import { assertEquals } from "@std/assert";
import { JsonDocument } from "../../src/protocol/json.ts";
import { NOWHERE } from "../../src/protocol/json_text.ts";
import { MemberNames } from "../../src/protocol/member_names.ts";
import { quoteValue } from "../../src/protocol/quote.ts";

const NAMES = new MemberNames(["a"]);

function quote(written: string): string {
  const json = new JsonDocument(new TextEncoder().encode(`{"a":${written}}`), NAMES);
  assertEquals(json.fault, undefined, written);
  return quoteValue(json, json.offsetOf("a"));
}

Deno.test("a value is quoted as it is, or named by its kind", () => {
  const json = new JsonDocument(new TextEncoder().encode("{}"), NAMES);
  assertEquals(quoteValue(json, NOWHERE), "nothing");
  assertEquals(quoteValue(json, json.start), "an object");
  assertEquals(quote("null"), "null");
  assertEquals(quote("true"), "true");
  assertEquals(quote("-1.50e3"), "-1.50e3");
  assertEquals(quote('{"b":[1]}'), "an object");
  assertEquals(quote("[]"), "a list");
  assertEquals(quote('[1,[2,3],"]"]'), "a list");
  assertEquals(quote('"text"'), '"text"');
  assertEquals(quote('"\\"\\\\\\n"'), '"\\"\\\\\\n"');
});

Deno.test("what is quoted is 64 characters at most, and no half of one", () => {
  assertEquals(quote(`"${"x".repeat(64)}"`), `"${"x".repeat(64)}"`);
  assertEquals(quote(`"${"x".repeat(65)}"`), `"${"x".repeat(64)}..."`);
  assertEquals(quote("1".repeat(64)), "1".repeat(64));
  assertEquals(quote("1".repeat(65)), `${"1".repeat(64)}...`);
  assertEquals(quote(`"${"x".repeat(62)}😀"`), `"${"x".repeat(62)}😀"`);
  assertEquals(quote(`"${"x".repeat(62)}😀y"`), `"${"x".repeat(62)}😀..."`);
  assertEquals(quote(`"${"x".repeat(63)}😀"`), `"${"x".repeat(63)}..."`);
  assertEquals(quote(`"${"x".repeat(63)}\\ud83d\\ude00"`), `"${"x".repeat(63)}..."`);
  assertEquals(quote(`"${"x".repeat(63)}\\ud83dy"`), `"${"x".repeat(63)}\\ud83d..."`);
});

Deno.test("nothing hides in what is quoted", () => {
  assertEquals(quote('"a\u202eb"'), '"a\\u202eb"');
  assertEquals(quote('"a\\u2028b\\u0085c\u{e0041}"'), '"a\\u2028b\\u0085c\\udb40\\udc41"');
  assertEquals(quote('"\\ud800"'), '"\\ud800"');
  assertEquals(quote('"living\\u00a0room"'), '"living\\u00a0room"');
});
