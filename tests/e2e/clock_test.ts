import { assertEquals, assertMatch } from "@std/assert";
import { programWith } from "../support/child_process.ts";
import { ChildServer } from "../support/child_server.ts";
import { delay, until } from "../support/deadline.ts";
import {
  clientRequest,
  datagram,
  introduction,
  peerRequest,
  serverRequest,
} from "../support/messages.ts";
import { needs } from "../support/needs.ts";
import { RawClient, RawSocket } from "../support/raw_client.ts";

const IP = "127.0.0.1";
const LEASE_TIMEOUT_MS = 3_000;
const HOSTED_MS = 1_000;
const WITH_JUMPING_DATE = programWith("--allow-net", "--preload=tests/support/jumping_date.ts");

Deno.test("a wall clock that jumps by decades neither ends a lease nor keeps one", async () => {
  const flags = [`-lease_timeout=${LEASE_TIMEOUT_MS / 1_000}`];
  await using server = await ChildServer.start(flags, { program: WITH_JUMPING_DATE });
  const saidYear = Number(server.lines[0].slice(0, 4));
  assertEquals(Math.abs(saidYear - new Date().getFullYear()) > 5, true, server.lines[0]);

  const socket = new RawSocket();
  const startMs = performance.now();
  for (const peerPort of [1, 5, 6]) await socket.send(server.endpoint, datagram(peerPort));
  using waiting = await RawClient.connect(server.endpoint);
  await waiting.send(peerRequest(1, IP, 2));
  using hosting = await RawClient.connect(server.endpoint);
  await hosting.send(serverRequest(5));
  await server.catchesUp();
  const { endpoint } = socket;
  while (performance.now() - startMs < HOSTED_MS) {
    await socket.send(server.endpoint, datagram(6));
    using joining = await RawClient.connect(server.endpoint);
    await joining.send(clientRequest(6, IP, 5));
    assertEquals(await joining.readToEnd(), introduction(endpoint, endpoint));
    assertEquals(await hosting.readLine(), introduction(endpoint, endpoint));
    await delay(50);
  }
  for (const session of [waiting, hosting]) {
    assertMatch(await session.readToEnd(), /"lease_timeout: /);
  }
  const lastedMs = performance.now() - startMs;
  assertEquals(lastedMs >= LEASE_TIMEOUT_MS, true, `the lease lasted ${lastedMs} ms`);
  await socket.close();
});

Deno.test({
  name: "a server that slept longer than its leases tells those who waited and goes on",
  ...needs(Deno.build.os !== "windows", "SIGSTOP"),
  fn: async () => {
    await using server = await ChildServer.start(["-lease_timeout=1"]);
    const socket = new RawSocket();
    await socket.send(server.endpoint, datagram(1));
    using waiting = await RawClient.connect(server.endpoint);
    await waiting.send(peerRequest(1, IP, 2));
    server.signal("SIGSTOP");
    await delay(1_500);
    server.signal("SIGCONT");
    assertMatch(await waiting.readToEnd(), /"(lease_timeout|no_lease): /);
    // On a busy machine a lease of a second can run out before it is used.
    await until(async () => {
      for (const peerPort of [5, 6]) await socket.send(server.endpoint, datagram(peerPort));
      using hosting = await RawClient.connect(server.endpoint);
      await hosting.send(serverRequest(5));
      await server.catchesUp();
      using joining = await RawClient.connect(server.endpoint);
      await joining.send(clientRequest(6, IP, 5));
      return await joining.readToEnd() === introduction(socket.endpoint, socket.endpoint);
    }, "an introduction");
    await socket.close();
  },
});
