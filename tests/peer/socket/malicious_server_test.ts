/**
 * A server that puts itself between two peers: it introduces each of them to a socket of its own, with
 * a PairKey of its own. What it does not have is their secret.
 */

import { assertEquals, assertMatch } from "@std/assert";
import { deriveCodeKeys, readCode } from "../../../src/peer/channel/codes.ts";
import type { Connection } from "../../../src/peer/socket/connection.ts";
import type { PeerError } from "../../../src/peer/errors.ts";
import { CODE } from "../code_scene.ts";
import { World } from "../../simulated/peer_platform.ts";
import { introduce, publicPeer } from "./introductions.ts";

const { name, secret: CODE_SECRET } = await deriveCodeKeys(readCode(CODE));
const NOTHING = new Uint8Array(0);

/** What a server may take for the secret: it knows the name of the code. */
const GUESSES = { "no secret": NOTHING, "the name": new TextEncoder().encode(name) };

/** Has a server between a joiner and a host; returns how the four attempts of a link ended. */
async function between(world: World, secret: Uint8Array, guess: Uint8Array) {
  const [joiner, host, forJoiner, forHost] = [
    "192.0.2.1",
    "192.0.2.2",
    "203.0.113.2",
    "203.0.113.3",
  ]
    .map((address) => publicPeer(world, address));
  const [toJoiner, fromJoiner] = introduce(joiner.observed, forJoiner.observed);
  const [toHost, fromHost] = introduce(host.observed, forHost.observed);
  return await world.until(Promise.allSettled([
    joiner.socket.connect(toJoiner, "host", { mode: "Client", secret }),
    host.socket.accept(toHost, "joiner", { mode: "Server", secret }),
    forJoiner.socket.accept(fromJoiner, "joiner", { mode: "Server", secret: guess }),
    forHost.socket.connect(fromHost, "host", { mode: "Client", secret: guess }),
  ]));
}

for (const [what, guess] of Object.entries(GUESSES)) {
  Deno.test(`a server between two with a code opens no link with ${what}, and both are told`, async () => {
    const ended = await between(new World(), CODE_SECRET, guess);
    assertEquals(ended.map(({ status }) => status), Array(4).fill("rejected"));
    for (const attempt of ended.slice(0, 2)) {
      const { code, message } = (attempt as PromiseRejectedResult).reason as PeerError;
      assertEquals(code, "punch_failed");
      assertMatch(message, /secret/);
    }
  });
}

Deno.test("between two without a secret it does, as README says", async () => {
  const ended = await between(new World(), NOTHING, NOTHING);
  const [one, other] = ended.map((attempt) =>
    (attempt as PromiseFulfilledResult<Connection>).value.fingerprint
  );
  assertEquals(one === other, false);
});
