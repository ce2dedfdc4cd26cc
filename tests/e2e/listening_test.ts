import { assertEquals, assertMatch } from "@std/assert";
import config from "../../deno.json" with { type: "json" };
import { type Ended, freePort, programWith, runProgram } from "../support/child_process.ts";
import { ChildServer, endpointsIn } from "../support/child_server.ts";
import { datagram, introduction, peerRequest } from "../support/messages.ts";
import { HAS_PRIVILEGED_PORTS, HAS_WHOLE_LOOPBACK, needs } from "../support/needs.ts";
import { RawClient, RawSocket } from "../support/raw_client.ts";

const IP = "127.0.0.1";

Deno.test("the first line says the version and where it listens", async () => {
  await using server = await ChildServer.start();
  const { address, port } = server.endpoint;
  const time = "\\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\d\\.\\d{3}Z";
  assertMatch(
    server.lines[0],
    new RegExp(
      `^${time} info containment_breach ${config.version} listens on ${address}:${port}, ` +
        "UDP and TCP$",
    ),
  );
});

Deno.test("without -host it listens on all addresses of both families", async () => {
  await using server = await ChildServer.start([], { host: "all" });
  const endpoints = endpointsIn(server.lines[0]).map(({ address }) => address);
  const isIpv6Here = endpoints.includes("::");
  assertEquals(endpoints.every((address) => ["::", "0.0.0.0"].includes(address)), true);
  for (const address of isIpv6Here ? [IP, "::1"] : [IP]) {
    using client = await RawClient.connect({ ...server.endpoint, address });
    await client.send("}");
    assertMatch(await client.readToEnd(), /bad_request/);
  }
});

Deno.test("network permission is all that it needs to introduce two peers", async () => {
  await using server = await ChildServer.start();
  const sockets = [new RawSocket(), new RawSocket()];
  using first = await RawClient.connect(server.endpoint);
  using second = await RawClient.connect(server.endpoint);
  await first.send(peerRequest(1, IP, 2));
  await second.send(peerRequest(2, IP, 1));
  for (const [i, socket] of sockets.entries()) await socket.send(server.endpoint, datagram(i + 1));
  const [a, b] = sockets.map(({ endpoint }) => endpoint);
  assertEquals(await first.readToEnd(), introduction(a, b));
  assertEquals(await second.readToEnd(), introduction(b, a));
  for (const socket of sockets) await socket.close();
});

Deno.test("a port in use is one line that says TCP or UDP and what to do, exit code 1", async () => {
  const port = freePort();
  const assertSays = ({ code, stdout, stderr }: Ended, protocol: string) => {
    const start = `Cannot listen on 127.0.0.1 port ${port}: expected a free ${protocol} port, ` +
      "it is in use; stop the other program (";
    assertEquals([code, stdout, stderr.slice(0, start.length)], [1, "", start]);
    assertMatch(stderr, /\) or choose another -port\n$/);
    assertEquals(stderr.split("\n").length, 2);
  };
  const flags = ["-host=127.0.0.1", `-port=${port}`];
  {
    using _taken = Deno.listen({ hostname: IP, port });
    assertSays(await runProgram(flags), "TCP");
  }
  const taken = Deno.listenDatagram({ transport: "udp", hostname: IP, port });
  assertSays(await runProgram(flags), "UDP");
  taken.close();
});

Deno.test("with -log_format=json a failure to listen is one JSON line on standard error", async () => {
  using taken = Deno.listen({ hostname: IP, port: 0 });
  const flags = ["-host=127.0.0.1", `-port=${taken.addr.port}`, "-log_format=json"];
  const { code, stdout, stderr } = await runProgram(flags);
  const { level, message } = JSON.parse(stderr);
  assertEquals([code, stdout, level], [1, "", "ERROR"]);
  assertMatch(message, /^Cannot listen on 127\.0\.0\.1 port \d+: expected a free TCP port/);
});

Deno.test({
  name: "-host may be given several times: it listens on each",
  ...needs(HAS_WHOLE_LOOPBACK, "127.0.0.2"),
  fn: async () => {
    const flags = ["-host=127.0.0.2"];
    await using server = await ChildServer.start(flags);
    const { port } = server.endpoint;
    const addresses = ["127.0.0.1", "127.0.0.2"];
    const expected = addresses.map((address) => ({ address, port }));
    assertEquals(endpointsIn(server.lines[0]), expected);
    for (const address of addresses) {
      using client = await RawClient.connect({ address, port });
      await client.send("}");
      assertMatch(await client.readToEnd(), /bad_request/);
    }
  },
});

Deno.test("an address of another machine is one line on standard error, exit code 1", async () => {
  const { code, stdout, stderr } = await runProgram(["-host=203.0.113.7"]);
  assertEquals([code, stdout], [1, ""]);
  const line = "Cannot listen on 203.0.113.7 port 6969: expected an address of this machine, it " +
    "has no such address; choose another -host\n";
  assertEquals(stderr, line);
});

Deno.test({
  name: "a privileged port without privileges is one line on standard error, exit code 1",
  ...needs(HAS_PRIVILEGED_PORTS && Deno.uid() !== 0, "a user who may not take port 1"),
  fn: async () => {
    const { code, stdout, stderr } = await runProgram(["-host=127.0.0.1", "-port=1"]);
    assertEquals([code, stdout], [1, ""]);
    assertMatch(stderr, /^Cannot listen on 127\.0\.0\.1 port 1: expected permission[^\n]+\n$/);
  },
});

Deno.test("without network permission it says so in one line, exit code 1", async () => {
  const { code, stdout, stderr } = await runProgram(["-host=127.0.0.1"], programWith());
  assertEquals([code, stdout], [1, ""]);
  assertMatch(stderr, /^Cannot listen on 127\.0\.0\.1 port 6969: [^\n]*--allow-net[^\n]*\n$/);
});

Deno.test("without the unstable net API it says so in one line, exit code 1", async () => {
  // The configuration with everything but "unstable".
  const { unstable: _, lock: __, ...stable } = config;
  const file = await Deno.makeTempFile({ suffix: ".json" });
  await Deno.writeTextFile(file, JSON.stringify(stable));
  const program = programWith("--allow-net", "--no-lock", `--config=${file}`);
  const ended = await runProgram(["-host=127.0.0.1"], program);
  await Deno.remove(file);
  assertEquals(ended, {
    code: 1,
    stdout: "",
    stderr:
      'Cannot open UDP: expected "unstable": ["net"] in deno.json beside main.ts, or --unstable-net\n',
  });
});
