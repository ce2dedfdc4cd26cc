import { assertEquals, assertMatch } from "@std/assert";
import config from "../../deno.json" with { type: "json" };
import { type Ended } from "../support/child_process.ts";
import { ChildServer } from "../support/child_server.ts";
import { clientRequest, datagram, serverRequest } from "../support/messages.ts";
import { RawClient, RawSocket } from "../support/raw_client.ts";
import { until } from "../support/deadline.ts";
import { TestServer } from "../support/test_server.ts";

const IP = "127.0.0.1";

/** Two leases, so that a third is over the limit. */
const FLAGS = ["-leases_per_address=2"];

/** An introduction, refusals, garbage and a limit that is reached, then a stop. */
async function busyLife(server: ChildServer): Promise<Ended> {
  const socket = new RawSocket();
  for (const data of [datagram(3), datagram(2), datagram(1), "garbage"]) {
    await socket.send(server.endpoint, data);
  }
  using hosting = await RawClient.connect(server.endpoint);
  await hosting.send(serverRequest(1));
  for (const request of [clientRequest(9, IP, 99), "GET / HTTP/1.1\r\n\r\n"]) {
    using client = await RawClient.connect(server.endpoint);
    await client.send(request);
    assertMatch(await client.readToEnd(), /"Error":"[a-z]/);
  }
  using joining = await RawClient.connect(server.endpoint);
  await joining.send(clientRequest(2, IP, 1));
  assertMatch(await joining.readToEnd(), /"Error":""/);
  server.signal("SIGTERM");
  assertMatch(await hosting.readToEnd(), /"Error":""}\n.*"Error":"shutting_down: /);
  await socket.close();
  return await server.ended();
}

Deno.test("at info a whole life is three lines, and no peer's address in them", async () => {
  await using server = await ChildServer.start(FLAGS);
  const { code, stderr } = await busyLife(server);
  const [first, limits, last, ...more] = server.lines;
  assertEquals([code, stderr, more], [0, "", []]);
  assertMatch(first, / info containment_breach \S+ listens on /);
  assertMatch(limits, / info limits reached: leases_per_address once$/);
  assertMatch(last, / info stopped after SIGTERM; told 1 open sessions$/);
});

Deno.test("-log_format=json prints one object a line, with the values apart", async () => {
  await using server = await ChildServer.start([...FLAGS, "-log_format=json"]);
  const { stderr } = await busyLife(server);
  const records = server.lines.map((line) => JSON.parse(line));
  assertEquals([stderr, records.map(({ level }) => level)], ["", ["INFO", "INFO", "INFO"]]);
  const endpoints = [`127.0.0.1:${server.endpoint.port}`];
  assertEquals(records.map(({ properties }) => properties), [
    { version: config.version, endpoints },
    { leases_per_address: 1 },
    { signal: "SIGTERM", sessions: 1 },
  ]);
});

Deno.test("-log_level=debug names peers and what became of them", async () => {
  await using server = await ChildServer.start([...FLAGS, "-log_level", "debug"]);
  const { stdout } = await busyLife(server);
  for (
    const event of [
      / debug 127\.0\.0\.1\/2 asks as Client$/m,
      / debug introducing 127\.0\.0\.1\/1 and 127\.0\.0\.1\/2$/m,
      / debug datagram from 127\.0\.0\.1:\d+: not_json$/m,
      / debug 127\.0\.0\.1\/9 is told host_not_found: /m,
    ]
  ) assertMatch(stdout, event);
});

for (const format of ["text", "json"]) {
  Deno.test(`a lease timeout below 30 s is a warning at the start, in ${format}`, async () => {
    const flags = ["-lease_timeout=29", "-log_level=warn", `-log_format=${format}`];
    await using server = await ChildServer.start(flags, { readyAt: "answer" });
    const { code, stdout, stderr } = await busyLife(server);
    assertEquals([code, stdout], [0, ""]);
    if (format === "text") {
      assertMatch(stderr, /^\S+Z warn -lease_timeout=29 is short: [^\n]+$/);
    } else {
      const { level, properties } = JSON.parse(stderr);
      assertEquals([level, properties], ["WARN", { lease_timeout: 29 }]);
    }
  });
}

for (const level of ["warn", "error"]) {
  Deno.test(`-log_level=${level} prints nothing while all is well`, async () => {
    await using server = await ChildServer.start([...FLAGS, `-log_level=${level}`], {
      readyAt: "answer",
    });
    assertEquals(await busyLife(server), { code: 0, stdout: "", stderr: "" });
  });
}

Deno.test("a private peer that met a public one is warned of as soon as something else happens", async () => {
  await using test = new TestServer();
  // On loopback all are private, so this is said for them.
  test.server.counters.privateToPublic = 1;
  await test.deliver(test.socket(), datagram(1));
  await until(() => test.log.warnings.length > 0, "the warning");
  assertMatch(test.log.warnings[0], /^an introduction of a peer with a private address /);
});
