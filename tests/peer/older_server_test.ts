/** Codes at servers that know no names. */

import { assert, assertEquals, assertRejects } from "@std/assert";
import { connect, host, join, type PeerEvent } from "../../src/peer/mod.ts";
import { type Machine, World } from "../simulated/peer_platform.ts";
import { begun, CODE, CODE_NAME, SERVER, untilMet } from "./code_scene.ts";
import { failureOf } from "./failures.ts";

const WAYS = { join, connect };

function isOutdated(error: { readonly code: string; readonly message: string }): void {
  assertEquals(error.code, "bad_request");
  assert(error.message.includes("203.0.113.1:6969"), error.message);
  assert(error.message.includes("expected a server that knows codes"), error.message);
  assert(!error.message.includes(CODE_NAME), error.message);
}

for (const knowledge of ["no names", "part 1", "part 1 only"] as const) {
  for (const wait of ["on", "off"] as const) {
    for (const [name, way] of Object.entries(WAYS)) {
      Deno.test(`a server with ${knowledge} is too old to ${name} with a code, wait ${wait}`, async () => {
        const world = new World({ knowledge });
        const platform = world.publicMachine("192.0.2.1");
        const asked = way({ server: SERVER, code: CODE, platform, wait });
        isOutdated(await untilMet(world, failureOf(asked)));
        assert(world.clock.nowMs() < 1_000);
        assertEquals(platform.sockets.size, 0);
      });
    }

    Deno.test(`a server with ${knowledge} is too old to host with a code, wait ${wait}`, async () => {
      const world = new World({ knowledge });
      const platform = world.publicMachine("192.0.2.1");
      const asked = host({ server: SERVER, code: CODE, platform, wait });
      isOutdated(await untilMet(world, failureOf(asked)));
      assert(world.clock.nowMs() < 1_000);
      await world.run(60_000);
      assertEquals(platform.sockets.size, 0);
    });
  }
}

/** A machine of which the server hears nothing. */
function unheardIn(world: World): Machine {
  const platform = world.publicMachine("192.0.2.1");
  const connectTcp = platform.connectTcp.bind(platform);
  platform.connectTcp = async (to) => {
    const stream = await connectTcp(to);
    stream.write = () => Promise.resolve();
    return stream;
  };
  return platform;
}

Deno.test("a server that gives no answer ends a host that does not wait", async () => {
  const world = new World();
  const platform = unheardIn(world);
  const asked = host({ server: SERVER, code: CODE, platform, wait: "off" });
  const { code, message } = await untilMet(world, failureOf(asked));
  assertEquals(code, "server_unreachable");
  assert(message.includes("it may be an older server"), message);
});

Deno.test("a host that waits is told what may be the reason that a server gives no answer", async () => {
  const world = new World();
  const platform = unheardIn(world);
  const events: PeerEvent[] = [];
  const onEvent = (event: PeerEvent) => void events.push(event);
  const ended = new AbortController();
  const { signal } = ended;
  const hosting = host({ server: SERVER, code: CODE, platform, onEvent, signal });
  await begun(hosting);
  await world.run(8_000);
  const [retry] = events.filter((event) => event.kind === "retry");
  assertEquals(retry?.error.code, "server_unreachable");
  assert(retry.error.message.includes("it may be an older server"), retry.error.message);
  ended.abort(new Error("enough"));
  await assertRejects(() => hosting, Error, "enough");
});
