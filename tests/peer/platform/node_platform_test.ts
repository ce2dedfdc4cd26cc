import { assert, assertEquals, assertThrows } from "@std/assert";
import { systemPlatform } from "../../../src/peer/platform/node_platform.ts";
import { BEHAVIOURS } from "./conformance.ts";
import { until } from "../../support/deadline.ts";

const { network } = systemPlatform;

for (const { name, check } of BEHAVIOURS) Deno.test(name, () => check(network));

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
