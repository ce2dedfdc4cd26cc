import { assertEquals, assertMatch, assertThrows } from "@std/assert";
import { newCode, parseCode } from "../../src/peer/mod.ts";
import { World } from "../simulated/peer_platform.ts";

Deno.test("a new code is made of the platform's randomness and reads as it was written", () => {
  const platform = new World().publicMachine("192.0.2.1");
  const first = newCode(platform);
  assertMatch(first, /^(?:[0-9A-HJKMNP-TV-Z]{4}-){4}[0-9A-Z]{2}$/);
  assertEquals(parseCode(first), first);
  assertEquals(newCode(new World().publicMachine("192.0.2.1")), first);
  assertEquals(new Set(Array.from({ length: 100 }, () => newCode())).size, 100);
});

Deno.test("a code that was typed comes back as it is written, or with what is wrong", () => {
  assertEquals(parseCode("oo8j4ct4ank7f24s94"), "008J-4CT4-ANK7-F24S-94");
  assertThrows(() => parseCode("008J-4CT4-ANK7-F24S-49"), TypeError, "typing error");
});
