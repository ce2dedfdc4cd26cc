/** What programs without types can get wrong. */

import { assert, assertEquals, assertRejects, assertThrows } from "@std/assert";
import { connect, host, join, parseCode } from "../../src/peer/mod.ts";
import { World } from "../simulated/peer_platform.ts";
import { CODE, SERVER } from "./code_scene.ts";

/** Values that are no text, and how a message names them. */
const NO_TEXTS: readonly (readonly [value: unknown, name: string])[] = [
  [5, "5"],
  [5n, "5"],
  [null, "null"],
  [{}, "[object Object]"],
  [["008J"], "008J"],
];

/** Options, and with what a message about them begins. */
const MISTAKES: readonly (readonly [options: Record<string, unknown>, beginning: string])[] = [
  ...NO_TEXTS.map(([code]) => [{ code }, "Cannot use this code: expected a text"] as const),
  ...NO_TEXTS.map(([secret]) => [{ secret }, "Cannot use this secret: expected a text"] as const),
  ...NO_TEXTS.map(([token]) => [{ token }, "Cannot use token: expected 1 to 64"] as const),
  ...NO_TEXTS.map(([server, name]) =>
    [{ server }, `Cannot use server: expected HOST or HOST:PORT, received ${name}`] as const
  ),
  ...[null, "5", "", true, {}, 1.5].map((localPeerPort) =>
    [{ localPeerPort }, "Cannot use localPeerPort: expected a whole number"] as const
  ),
  [{ onEvent: 5 }, "Cannot use onEvent: expected a function, received 5"],
  [{ accept: null }, "Cannot use accept: expected a function, received null"],
  [{ signal: {} }, "Cannot use signal: expected an AbortSignal, received [object Object]"],
];

Deno.test("what is not understood is a mistake that is named, before any network", async () => {
  for (const [options, beginning] of MISTAKES) {
    for (const reach of [host, join, connect]) {
      const world = new World();
      const platform = world.publicMachine("192.0.2.1");
      const given = { server: SERVER, code: CODE, platform, ...options };
      const error = await assertRejects(() => reach(given as never), TypeError);
      assert(error.message.startsWith(beginning), `${error.message}, not ${beginning}`);
      assertEquals(world.server.requests, []);
    }
  }
});

Deno.test("a remote peer that is no text is a mistake", async () => {
  const platform = new World().publicMachine("192.0.2.1");
  for (const [remote, name] of NO_TEXTS) {
    const given = { server: SERVER, remote, platform };
    await assertRejects(() => join(given as never), TypeError, `IP/PEERPORT, received ${name}`);
  }
});

Deno.test("a code that is no text is not read", () => {
  for (const [code] of NO_TEXTS) {
    assertThrows(
      () => parseCode(code as never),
      TypeError,
      "Cannot use this code: expected a text",
    );
  }
});
