import { assert, assertEquals, assertRejects } from "@std/assert";
import { secretFromText, secretOf } from "../../../src/peer/channel/secrets.ts";
import vectors from "../../vectors/link.json" with { type: "json" };

const { text, S } = vectors.text;

Deno.test("the secret of a text is that of the vector, in whatever form Unicode has it", async () => {
  assert(text.normalize("NFD") !== text.normalize("NFC"));
  assertEquals((await secretFromText(text.normalize("NFC"))).toHex(), S);
  assertEquals((await secretFromText(text.normalize("NFD"))).toHex(), S);
});

Deno.test("a text of fewer than eight code points is refused, and told why", async () => {
  await assertRejects(() => secretFromText("seven77"), RangeError, "expected at least 8");
  await assertRejects(() => secretFromText("🎉".repeat(7)), RangeError, "received 7");
  assertEquals((await secretFromText("🎉".repeat(8))).length, 32);
});

Deno.test("texts are stretched one at a time, and one that is refused holds up none", async () => {
  const finished: string[] = [];
  const all = ["first text", "short", "third text"].map((text) =>
    secretFromText(text).then(() => finished.push(text), () => {})
  );
  await Promise.all(all);
  assertEquals(finished, ["first text", "third text"]);
});

Deno.test("who has no secret has none; an empty one is a mistake", async () => {
  assertEquals(await secretOf({}), new Uint8Array(0));
  assertEquals((await secretOf({ secret: text })).toHex(), S);
  await assertRejects(() => secretOf({ secret: "" }), RangeError);
});
