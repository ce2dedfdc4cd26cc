import { assert, assertEquals, assertThrows } from "@std/assert";
import { systemPlatform } from "../../../src/peer/platform/node_platform.ts";
import { until } from "../../support/deadline.ts";

const { network } = systemPlatform;

Deno.test("a machine knows which addresses it has, with the network permission alone", () => {
  assertEquals(network.hasAddress("127.0.0.1"), true);
  assertEquals(network.hasAddress("::1"), true);
  // Of a documentation network (RFC 5737, RFC 3849): nobody's.
  assertEquals(network.hasAddress("203.0.113.213"), false);
  assertEquals(network.hasAddress("2001:db8::213"), false);
});

Deno.test("only an address that is gone is one that a machine does not have", () => {
  const listen = Deno.listenDatagram;
  const fail = (error: Error) => {
    Deno.listenDatagram = () => {
      throw error;
    };
  };
  try {
    // All descriptors are taken: the address is none the worse.
    fail(Object.assign(new Error("Too many open files"), { code: "EMFILE" }));
    assertEquals(network.hasAddress("127.0.0.1"), true);
    const error = new Deno.errors.AddrNotAvailable("Cannot assign requested address");
    fail(Object.assign(error, { code: "EADDRNOTAVAIL" }));
    assertEquals(network.hasAddress("127.0.0.1"), false);
    assertThrows(() => network.openUdp("IPv4"), Deno.errors.AddrNotAvailable);
  } finally {
    Deno.listenDatagram = listen;
  }
});

Deno.test("no connection stays open whose signal is aborted, whenever that is", async () => {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  let [accepted, ended] = [0, 0];
  const serve = async (conn: Deno.TcpConn) => {
    accepted++;
    while (await conn.read(new Uint8Array(1)).catch(() => null) !== null);
    conn.close();
    ended++;
  };
  const accepting = (async () => {
    for await (const conn of listener) serve(conn);
  })();
  const to = { address: "127.0.0.1", port: listener.addr.port };
  const connect = async (afterMs: number) => {
    const controller = new AbortController();
    const timer = setTimeout(() => controller.abort(), afterMs);
    const stream = await network.connectTcp(to, controller.signal).catch(() => undefined);
    clearTimeout(timer);
    stream?.close();
  };
  // So many at once that aborts meet connections that are just there.
  for (let i = 0; i < 3; i++) {
    await Promise.all(Array.from({ length: 100 }, (_, j) => connect(j / 8)));
  }
  await connect(1_000);
  await until(() => ended === accepted, "the ends of all that came about");
  assert(accepted > 0);
  listener.close();
  await accepting;
});

Deno.test("a datagram is taken, or it is said why not", async () => {
  const socket = network.openUdp({ address: "127.0.0.1", port: 0 });
  const to = socket.local;
  assertEquals(await socket.send(new Uint8Array(1_200), to), "taken");
  assertEquals(await socket.send(new Uint8Array(65_508), to), "too_long");
  assertEquals(await socket.send(new Uint8Array(1), { address: "::1", port: to.port }), "refused");
  socket.close();
  assertEquals(await socket.send(new Uint8Array(1), to), "refused");
});
