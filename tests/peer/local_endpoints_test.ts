import { assert, assertEquals, assertRejects } from "@std/assert";
import { connect, host, introduceClients, join } from "../../src/peer/mod.ts";
import { World } from "../simulated/peer_platform.ts";
import { hostScene, SERVER } from "./host_scene.ts";

/** Requests that told where the peer is inside its own network. */
function telling(world: World): string[] {
  return world.server.requests.filter((text) => text.includes("LocalEndpoints"));
}

Deno.test("a host tells strangers nothing of its own network, unless it says so", async () => {
  const silent = await hostScene();
  assertEquals(telling(silent.world), []);
  const open = await hostScene({ localEndpoints: "on" });
  assert(telling(open.world)[0].includes("10.0.0.2:"), telling(open.world)[0]);
  await silent.world.run(400_000);
  silent.world.server.restart();
  await silent.world.run(40_000);
  assertEquals(telling(silent.world), []);
});

Deno.test("hosts that only introduce tell nothing either", async () => {
  const world = new World();
  const platform = world.publicMachine("192.0.2.1");
  const clients = await world.until(
    introduceClients({ server: SERVER, localPeerPort: 1, platform }),
  );
  await world.run(1_000);
  assertEquals(telling(world), []);
  await world.until(clients.close());
});

Deno.test("a host that tells nothing finds its own name all the same, by what its mirror tells", async () => {
  const { world, hosting, events } = await hostScene({ localEndpoints: "off" });
  assertEquals(await world.until(hosting.names()), ["198.51.100.1/1"]);
  assertEquals(telling(world).length, 1);
  assertEquals(events.map(({ kind }) => kind), ["asked"]);
});

Deno.test("in one network the consent of one side is enough, and without any there is no path", async () => {
  for (const consent of ["on", "off"] as const) {
    const world = new World();
    const nat = world.nat();
    await world.until(
      host({ server: SERVER, localPeerPort: 1, platform: world.machineBehind(nat, "10.0.0.2") }),
    );
    await world.run(1_000);
    const joining = join({
      ...{ server: SERVER, localPeerPort: 2, remote: "/1", localEndpoints: consent },
      platform: world.machineBehind(nat, "10.0.0.3"),
    });
    const result = await world.until(
      joining.then(({ path }) => path.kind, ({ code }: { code: string }) => code),
    );
    assertEquals(result, consent === "on" ? "local" : "punch_failed");
  }
});

Deno.test("who names one remote peer tells that one, unless it says otherwise", async () => {
  const world = new World();
  const platform = world.publicMachine("192.0.2.1");
  const options = { server: SERVER, localPeerPort: 1, remote: "192.0.2.2/2", platform };
  const waiting = [connect(options), connect({ ...options, localPeerPort: 3 })];
  const silent = connect({ ...options, localPeerPort: 4, localEndpoints: "off" });
  for (const each of [...waiting, silent]) each.catch(() => {});
  await world.run(1_000);
  assertEquals(telling(world).length, 2);
});

Deno.test("what is no consent is a mistake, whatever it looks like", async () => {
  const platform = new World().publicMachine("192.0.2.1");
  for (const localEndpoints of [true, "yes", ""] as unknown as "on"[]) {
    await assertRejects(
      () => host({ server: SERVER, localPeerPort: 1, platform, localEndpoints }),
      TypeError,
      'localEndpoints: expected "on" or "off"',
    );
  }
});
