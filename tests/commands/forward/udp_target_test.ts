import { assertEquals } from "@std/assert";
import { UdpTarget } from "../../../src/commands/forward/udp_target.ts";
import { SERVICE_SILENT_MS } from "../../../src/commands/limits.ts";
import { parseHostPort } from "../../../src/peer/names.ts";
import { type Machine, World } from "../../simulated/peer_platform.ts";

const HERE = "192.0.2.1";

interface Scene {
  readonly world: World;
  readonly machine: Machine;
  readonly target: UdpTarget;
  readonly said: string[];
}

async function scene(name: string, prepare: (scene: Omit<Scene, "target">) => void = () => {}) {
  const world = new World();
  const machine = world.publicMachine(HERE);
  const said: string[] = [];
  prepare({ world, machine, said });
  const target = new UdpTarget(machine, parseHostPort(name)!, ({ kind }) => said.push(kind));
  await target.find();
  return { world, machine, target, said };
}

/** Datagrams go out for a while, one a second. */
async function send({ world, target }: Scene, seconds: number): Promise<void> {
  for (let i = 0; i < seconds; i++) {
    target.sending();
    await world.run(1_000);
  }
}

Deno.test("a free port of this machine shows that nobody listens, which is said once", async () => {
  const all = await scene(`${HERE}:9000`);
  assertEquals(all.said, ["target_dead"]);
  await send(all, 30);
  assertEquals(all.said, ["target_dead"]);
  assertEquals(all.machine.sockets.size, 0);
});

Deno.test("a service that is there and silent is no cause for words before its time", async () => {
  const all = await scene(
    `${HERE}:9000`,
    ({ machine }) => machine.openUdp({ address: HERE, port: 9000 }),
  );
  await send(all, SERVICE_SILENT_MS / 1000);
  assertEquals(all.said, []);
  await send(all, 30);
  assertEquals(all.said, ["target_dead"]);
  all.target.answered();
  assertEquals(all.said, ["target_dead", "target_answers"]);
});

Deno.test("of several addresses the one is taken at which somebody listens", async () => {
  const all = await scene("service.test:9000", ({ world, machine }) => {
    machine.moveTo("2001:db8::1");
    world.names.set("service.test", ["2001:db8::1", HERE]);
    machine.openUdp({ address: HERE, port: 9000 });
  });
  assertEquals([all.target.endpoint, all.said], [{ address: HERE, port: 9000 }, []]);
});

Deno.test("of several addresses elsewhere the next is tried when one gives no answer", async () => {
  const all = await scene("service.test:9000", ({ world }) => {
    world.names.set("service.test", ["203.0.113.5", "203.0.113.6"]);
  });
  assertEquals(all.target.endpoint?.address, "203.0.113.5");
  await send(all, 6);
  assertEquals(all.target.endpoint?.address, "203.0.113.6");
  all.target.answered();
  await send(all, 30);
  assertEquals(all.target.endpoint?.address, "203.0.113.6");
});

Deno.test("a name is looked up anew when what it gave falls silent", async () => {
  const all = await scene("service.test:9000", ({ world }) => {
    world.names.set("service.test", ["203.0.113.5"]);
  });
  all.target.answered();
  all.world.names.set("service.test", ["203.0.113.7"]);
  await send(all, SERVICE_SILENT_MS / 1000);
  assertEquals(all.target.endpoint?.address, "203.0.113.5");
  await send(all, 2);
  assertEquals(all.target.endpoint?.address, "203.0.113.7");
  assertEquals(all.said, ["target_dead", "target_moved"]);
});

Deno.test("one that answered once and has nothing to say stays, while the name has it", async () => {
  const all = await scene("service.test:9000", ({ world }) => {
    world.names.set("service.test", ["203.0.113.5", "203.0.113.6"]);
  });
  all.target.answered();
  await send(all, 60);
  assertEquals(all.target.endpoint?.address, "203.0.113.5");
});

Deno.test("a name without an address is looked up again while there is something to carry", async () => {
  const all = await scene("service.test:9000");
  assertEquals([all.target.endpoint, all.said], [undefined, ["target_missing"]]);
  all.world.names.set("service.test", ["203.0.113.5"]);
  await send(all, 2);
  assertEquals(all.target.endpoint?.address, "203.0.113.5");
  assertEquals(all.said, ["target_missing"]);
});

Deno.test("a service that comes later at another address of its name is found", async () => {
  const all = await scene("service.test:9000", ({ world, machine }) => {
    machine.moveTo("2001:db8::1");
    world.names.set("service.test", ["2001:db8::1", HERE]);
  });
  assertEquals(all.target.endpoint?.address, "2001:db8::1");
  all.machine.openUdp({ address: HERE, port: 9000 });
  await send(all, 2);
  assertEquals(all.target.endpoint?.address, HERE);
});

Deno.test("answers come from the service's machine: its addresses, and all of loopback", async () => {
  const { target } = await scene("service.test:9000", ({ world }) => {
    world.names.set("service.test", ["203.0.113.5", "203.0.113.6"]);
  });
  assertEquals(
    ["203.0.113.5", "203.0.113.6", "203.0.113.7", "127.0.0.1"].map((address) =>
      target.isService(address)
    ),
    [true, true, false, false],
  );
  const local = await scene("127.0.0.1:9000");
  assertEquals(
    ["127.0.0.1", "127.0.0.2", "::1", HERE].map((address) => local.target.isService(address)),
    [true, true, true, false],
  );
});
