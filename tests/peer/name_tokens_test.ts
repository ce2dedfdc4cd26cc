import { assert, assertEquals, assertNotEquals } from "@std/assert";
import { MAX_KEPT_TOKENS } from "../../src/peer/limits.ts";
import { underName } from "../../src/peer/name_tokens.ts";
import { setUp } from "../../src/peer/options.ts";
import { World } from "../simulated/peer_platform.ts";

const world = new World();

function scene() {
  const platform = world.publicMachine("192.0.2.1");
  const setup = setUp({ server: "server.test", platform }, "peer");
  return (name: string | undefined, own?: string) => underName(setup, name, own);
}

Deno.test("who uses a name again gets its Token, who uses it meanwhile another one", () => {
  const named = scene();
  const first = named("a name");
  const second = named("a name");
  assertEquals(first.setup.name, "a name");
  assertNotEquals(first.setup.token, second.setup.token);
  first.giveBack();
  const third = named("a name");
  assertEquals(third.setup.token, first.setup.token);
  third.giveBack();
  second.giveBack();
  const again = [named("a name"), named("a name")].map(({ setup }) => setup.token);
  assertEquals(again, [first.setup.token, second.setup.token]);
  assertNotEquals(named("another name").setup.token, first.setup.token);
});

Deno.test("who has no name or a Token of his own gets none", () => {
  const named = scene();
  const unnamed = named(undefined).setup;
  assertEquals(unnamed.name, undefined);
  const { token } = unnamed;
  assertEquals(named("a name", "mine").setup.token, token);
  named("a name", "mine").giveBack();
  assert(named("a name").setup.token !== token);
});

Deno.test("another program has other Tokens", () => {
  const [one, other] = [scene()("a name"), scene()("a name")];
  one.giveBack();
  other.giveBack();
  assertNotEquals(scene()("a name").setup.token, one.setup.token);
});

Deno.test("the Tokens of the names that were used longest ago are forgotten", () => {
  const named = scene();
  const tokens = Array.from({ length: MAX_KEPT_TOKENS + 1 }, (_, i) => {
    const { setup, giveBack } = named(`name ${i}`);
    giveBack();
    return setup.token;
  });
  assertEquals(named("name 1").setup.token, tokens[1]);
  assertNotEquals(named("name 0").setup.token, tokens[0]);
});
