import { assert, assertEquals, assertRejects } from "@std/assert";
import { agreementOf } from "../../src/peer/agreement.ts";
import { connect, join } from "../../src/peer/mod.ts";
import { World } from "../simulated/peer_platform.ts";
import vectors from "../vectors/link.json" with { type: "json" };

const { code, text } = vectors;

Deno.test("a code gives name and secret, a text its own secret, and both one after the other", async () => {
  const ofCode = await agreementOf({ code: code.code });
  assertEquals([ofCode.name, ofCode.secret.toHex()], [code.name, code.secret]);
  const both = await agreementOf({ code: code.code.toLowerCase(), secret: text.text });
  assertEquals([both.name, both.secret.toHex()], [code.name, code.secret + text.S]);
  const ofText = await agreementOf({ secret: text.text });
  assertEquals([ofText.name, ofText.secret.toHex()], [undefined, text.S]);
  assertEquals((await agreementOf({})).secret.length, 0);
});

for (const [name, way] of Object.entries({ join, connect })) {
  Deno.test(`${name} refuses what it cannot use before any network`, async () => {
    const platform = new World().publicMachine("192.0.2.1");
    platform.resolve = () => Promise.reject(new Error("the network was used"));
    const options = { server: "server.test", platform };
    const remote = "192.0.2.2/1";
    const refused = [
      [{ ...options, code: "008J-4CT4-ANK7-F24S-95" }, "this code has a typing error"],
      [{ ...options, code: "008J-4CT4-ANK7-F24S" }, "expected 18 characters"],
      [{ ...options, code: "008U-4CT4-ANK7-F24S-94" }, 'received "U"'],
      [{ ...options, code: "" }, "received 0"],
      [{ ...options, code: code.code, remote }, "either remote or code, received both"],
      [options, "either remote or code, received neither"],
    ] as const;
    for (const [mistake, says] of refused) {
      const { message } = await assertRejects(() => way(mistake), TypeError, says);
      if ("code" in mistake && mistake.code !== "") {
        assert(!message.includes(mistake.code), message);
      }
    }
  });
}
