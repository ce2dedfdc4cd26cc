import { assert, assertEquals } from "@std/assert";
import { systemPlatform, type UdpSocket } from "../../../src/peer/mod.ts";
import { ChildProcess, freePort, PROGRAM } from "../../support/child_process.ts";
import { until } from "../../support/deadline.ts";
import { needs } from "../../support/needs.ts";
import { TestServer } from "../../support/test_server.ts";

/** What a process may open; the runtime itself takes a few dozen. */
const DESCRIPTORS = 96;
const CLIENTS = 120;

function localSocket(): UdpSocket {
  return systemPlatform.network.openUdp({ address: "127.0.0.1", port: 0 });
}

Deno.test({
  name: "a host that runs out of descriptors drops flows, says so once, and goes on",
  ...needs(Deno.build.os === "linux", "a limit of descriptors that the runtime does not raise"),
  fn: async () => {
    await using test = new TestServer();
    const server = `-server=127.0.0.1:${test.at().port}`;
    const service = localSocket();
    const heard = new Set<string>();
    (async () => {
      for await (const { bytes, source } of service) {
        heard.add(new TextDecoder().decode(bytes));
        await service.send(bytes.slice(), source);
      }
    })();
    await using hosting = ChildProcess.start([
      ...["sh", "-c", `ulimit -n ${DESCRIPTORS}; exec "$0" "$@"`, ...PROGRAM, "host", server],
      ...["-local=41", `-forward=127.0.0.1:${service.local.port}`],
    ]);
    await hosting.errors.find((line) => line.startsWith("reachable as"), "a name");
    const port = freePort();
    await using joined = ChildProcess.start([
      ...[...PROGRAM, "join", server, "-remote=127.0.0.1/41", `-listen=${port}`],
    ]);
    await joined.errors.find((line) => line.startsWith("connected"), "a connection");
    const clients = Array.from({ length: CLIENTS }, localSocket);
    for (const [i, client] of clients.entries()) {
      await client.send(new TextEncoder().encode(`client ${i}`), { address: "127.0.0.1", port });
    }
    await hosting.errors.find((line) => line.includes("-max_flows"), "a dropped flow");
    const known = () => heard.has("again");
    await until(async () => {
      await clients[0].send(new TextEncoder().encode("again"), { address: "127.0.0.1", port });
      return known();
    }, "a flow that goes on");
    assert(hosting.isRunning);
    hosting.signal("SIGTERM");
    const { code, stderr } = await hosting.ended();
    assertEquals(code, 0);
    assertEquals(stderr.match(/-max_flows/g)?.length, 1, stderr);
    for (const socket of [service, ...clients]) socket.close();
  },
});

/** Asks an echo through a port. @returns whether there was an answer */
async function isEchoed(connecting: Promise<Deno.TcpConn>): Promise<boolean> {
  try {
    const connection = await connecting;
    await connection.write(Uint8Array.of(7));
    return await connection.read(new Uint8Array(1)) === 1;
  } catch {
    return false;
  }
}

for (const poor of ["host", "joiner"] as const) {
  Deno.test({
    name: `a ${poor} that runs out of descriptors resets TCP clients, says so once, and goes on`,
    ...needs(Deno.build.os === "linux", "a limit of descriptors that the runtime does not raise"),
    fn: async () => {
      await using test = new TestServer();
      const server = `-server=127.0.0.1:${test.at().port}`;
      const service = Deno.listen({ hostname: "127.0.0.1", port: 0 });
      (async () => {
        for await (const { readable, writable } of service) {
          readable.pipeTo(writable).catch(() => {});
        }
      })();
      const start = (name: typeof poor, ...args: string[]) =>
        ChildProcess.start([
          "sh",
          "-c",
          name === poor ? `ulimit -n ${DESCRIPTORS}; exec "$0" "$@"` : 'exec "$0" "$@"',
          ...[...PROGRAM, ...args, server],
        ]);
      const { port } = service.addr;
      await using hosting = start("host", "host", "-local=41", `-forward=tcp:127.0.0.1:${port}`);
      await hosting.errors.find((line) => line.startsWith("reachable as"), "a name");
      const at = { hostname: "127.0.0.1", port: freePort() };
      await using joined = start(
        "joiner",
        "join",
        "-remote=127.0.0.1/41",
        `-listen=tcp:${at.port}`,
      );
      await joined.errors.find((line) => line.startsWith("connected"), "a connection");
      const clients = Array.from({ length: CLIENTS }, () => Deno.connect(at));
      const answered = (await Promise.all(clients.map(isEchoed))).filter((isIt) => isIt).length;
      assert(answered > 20 && answered < CLIENTS, `${answered}`);
      for (const client of clients) client.then((connection) => connection.close(), () => {});
      await until(async () => {
        const connecting = Deno.connect(at);
        const isIt = await isEchoed(connecting);
        connecting.then((connection) => connection.close(), () => {});
        return isIt;
      }, "a client that is served again");
      const limited = poor === "host" ? hosting : joined;
      limited.signal("SIGTERM");
      const { code, stderr } = await limited.ended();
      assertEquals([code, stderr.match(/-max_flows|ulimit/g)?.length], [0, 1], stderr);
      service.close();
    },
  });
}
