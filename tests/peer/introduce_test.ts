import { assert, assertEquals } from "@std/assert";
import { connect, introduce, introduceClients } from "../../src/peer/mod.ts";
import { failureOf } from "./failures.ts";
import { World } from "../simulated/peer_platform.ts";

const SERVER = "server.test";
const HOST = "192.0.2.1/1";

function scene(options?: ConstructorParameters<typeof World>[0]) {
  const world = new World(options);
  return { world, a: world.publicMachine("192.0.2.1"), b: world.publicMachine("192.0.2.2") };
}

Deno.test("a server that knows only part 1 still introduces", async () => {
  const { world, a, b } = scene({ knowledge: "part 1" });
  const options = { server: SERVER, mode: "connect" } as const;
  const [toB, toA] = await world.until(Promise.all([
    introduce({ ...options, localPeerPort: 1, remote: "192.0.2.2/2", platform: a }),
    introduce({
      ...options,
      localPeerPort: 2,
      remote: HOST,
      platform: b,
      extensions: "none",
    }),
  ]));
  assertEquals([toB.source, toB.dest], [toA.dest, toA.source]);
  assertEquals([toB.pairKey, toB.destLocal], [undefined, []]);
  const requests = world.server.requests.filter((text) => !text.includes("KeepAlive"));
  assertEquals(requests.map((text) => text.includes("Token")), [true, false]);
  toB.socket.send(new TextEncoder().encode("mine"), toB.dest);
  const { value } = await world.until(toA.socket[Symbol.asyncIterator]().next());
  assertEquals(new TextDecoder().decode(value.bytes), "mine");
  for (const { socket } of [toA, toB]) socket.close();
});

Deno.test("a host of part 1 is told of every client, and shares its socket with them", async () => {
  for (const extensions of ["none", "offered"] as const) {
    const { world, a } = scene({ knowledge: extensions === "none" ? "part 1" : "extensions" });
    await using clients = await world.until(
      introduceClients({ server: SERVER, localPeerPort: 1, platform: a, extensions }),
    );
    await world.run(1_000);
    for (const address of ["192.0.2.2", "192.0.2.3"]) {
      const platform = world.publicMachine(address);
      const asked = introduce({
        ...{ server: SERVER, localPeerPort: 2, remote: HOST, mode: "join", extensions, platform },
      });
      const toHost = await world.until(asked);
      const { value: toClient } = await world.until(clients[Symbol.asyncIterator]().next());
      assertEquals([toClient!.dest, toClient!.source], [toHost.source, toHost.dest]);
      assertEquals(toClient!.pairKey, toHost.pairKey);
      assertEquals(toClient!.pairKey !== undefined, extensions === "offered");
      toClient!.socket.send(new TextEncoder().encode(address), toClient!.dest);
      const { value } = await world.until(toHost.socket[Symbol.asyncIterator]().next());
      assertEquals(new TextDecoder().decode(value.bytes), address);
      toHost.socket.close();
    }
    assertEquals(a.sockets.size, 1);
  }
});

Deno.test("without extensions a connection fails, and the error names the way out", async () => {
  for (const [knowledge, who] of [["part 1", "the server"], ["extensions", "the remote peer"]]) {
    const { world, a, b } = scene({ knowledge: knowledge as "part 1" | "extensions" });
    const plain = introduce({
      server: SERVER,
      mode: "connect",
      extensions: "none",
      localPeerPort: 1,
      remote: "192.0.2.2/2",
      platform: a,
    });
    const extended = connect({ server: SERVER, localPeerPort: 2, remote: HOST, platform: b });
    const { code, message } = await world.until(failureOf(extended));
    assertEquals(code, "punch_failed");
    assert(message.includes(`${who} knows no extensions`), message);
    assert(message.includes("introduce()"), message);
    (await world.until(plain)).socket.close();
  }
});

Deno.test("an introduction with extensions hands over the PairKey and local endpoints", async () => {
  const { world, a, b } = scene();
  const options = { server: SERVER, mode: "connect" } as const;
  const [toB, toA] = await world.until(Promise.all([
    introduce({ ...options, localPeerPort: 1, remote: "192.0.2.2/2", platform: a }),
    introduce({ ...options, localPeerPort: 2, remote: HOST, platform: b }),
  ]));
  assertEquals(toB.pairKey, toA.pairKey);
  assertEquals(toB.pairKey?.length, 32);
  assertEquals(toB.destLocal, [{ address: "192.0.2.2", port: toA.socket.local.port }]);
});

Deno.test("an introduction that is printed does not show its PairKey", async () => {
  const { world, a, b } = scene();
  const options = { server: SERVER, mode: "connect" } as const;
  const [toB, toA] = await world.until(Promise.all([
    introduce({ ...options, localPeerPort: 1, remote: "192.0.2.2/2", platform: a }),
    introduce({ ...options, localPeerPort: 2, remote: HOST, platform: b }),
  ]));
  const pairKey = toB.pairKey!;
  const printed = Deno.inspect(toB, { depth: 10 }) + JSON.stringify({ ...toB, socket: undefined });
  assert(!printed.includes(pairKey), printed);
  toA.socket.close();
  toB.socket.close();
});
