import { assertEquals } from "@std/assert";
import { errorLine, errorText } from "../src/error_text.ts";

Deno.test("whatever was thrown is a text", () => {
  assertEquals(errorText(new TypeError("no such thing")), "no such thing");
  assertEquals(errorText("thrown as it is"), "thrown as it is");
  assertEquals(errorText(undefined), "undefined");
});

Deno.test("a line is the first one", () => {
  assertEquals(errorLine(new Error("no such thing\n\n  hint: do it")), "no such thing");
  assertEquals(errorLine("a\nb"), "a");
});
