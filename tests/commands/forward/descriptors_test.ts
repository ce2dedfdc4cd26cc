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
