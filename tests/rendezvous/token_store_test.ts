import { assertEquals } from "@std/assert";
import { MAX_TOKEN_CHARS } from "../../src/protocol/limits.ts";
import { TokenStore } from "../../src/rendezvous/token_store.ts";

Deno.test("a slot has the Token that was set, and no other", () => {
  const tokens = new TokenStore(3);
  const longest = "~".repeat(MAX_TOKEN_CHARS);
  tokens.set(1, "a secret");
  tokens.set(2, longest);
  assertEquals([tokens.get(1), tokens.get(2), tokens.get(3)], ["a secret", longest, undefined]);
  assertEquals(tokens.has(1, "a secret"), true);
  assertEquals(tokens.has(1, "a secreT"), false);
  assertEquals(tokens.has(1, "a secret "), false);
  assertEquals(tokens.has(1, undefined), false);
  assertEquals(tokens.has(3, undefined), true);
  assertEquals(tokens.has(3, "a secret"), false);
});

Deno.test("a slot that is used again has nothing of its last Token", () => {
  const tokens = new TokenStore(1);
  tokens.set(1, "a long secret");
  tokens.set(1, "short");
  assertEquals(tokens.get(1), "short");
  tokens.set(1, undefined);
  assertEquals([tokens.get(1), tokens.has(1, undefined)], [undefined, true]);
});
