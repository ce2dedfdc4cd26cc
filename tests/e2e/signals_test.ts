import { assertEquals, assertMatch } from "@std/assert";
import { ChildServer } from "../support/child_server.ts";
import { datagram, peerRequest, refusal, serverRequest } from "../support/messages.ts";
import { needs } from "../support/needs.ts";
import { RawClient, RawSocket } from "../support/raw_client.ts";

const IP = "127.0.0.1";
const SHUTTING_DOWN = refusal("shutting_down", "the server is stopping");
const POSIX = needs(Deno.build.os !== "windows", "signals between processes");
/** The protocol's bound for a stop. */
const MAX_STOP_MS = 5_000;
/** The time for a second signal is short, so a busy machine may miss it. */
const ATTEMPTS = 10;

for (const signal of ["SIGINT", "SIGTERM"] as const) {
  Deno.test({
    name: `${signal}: every connection is told, the count is printed, exit code 0`,
    ...POSIX,
    fn: async () => {
      await using server = await ChildServer.start();
      const socket = new RawSocket();
      await socket.send(server.endpoint, datagram(5));
      const requests = [serverRequest(5), peerRequest(1, IP, 2), "{", ""];
      const clients: RawClient[] = [];
      for (const request of requests) {
        const client = await RawClient.connect(server.endpoint);
        await client.send(request);
        clients.push(client);
      }
      await server.catchesUp();
      server.signal(signal);
      for (const client of clients) assertEquals(await client.readToEnd(), SHUTTING_DOWN);
      const { code, stderr } = await server.ended();
      assertEquals([code, stderr, server.lines.length], [0, "", 2]);
      assertMatch(server.lines[1], new RegExp(` info stopped after ${signal}; told 4 open `));
      await socket.close();
    },
  });
}

Deno.test({
  name: "a server without connections stops at once, and its port is free again",
  ...POSIX,
  fn: async () => {
    await using server = await ChildServer.start();
    server.signal("SIGTERM");
    assertEquals((await server.ended()).code, 0);
    assertMatch(server.lines[1], / told 0 open sessions$/);
    await using next = await ChildServer.start([], { port: server.endpoint.port });
    assertEquals(next.lines.length, 1);
  },
});

Deno.test({
  name: "clients that neither read nor close do not keep the server from stopping in 5 s",
  ...POSIX,
  fn: async () => {
    await using server = await ChildServer.start();
    const clients: RawClient[] = [];
    for (let i = 0; i < 20; i++) {
      const client = await RawClient.connect(server.endpoint);
      await client.send(peerRequest(i, IP, 99));
      clients.push(client);
    }
    const startMs = performance.now();
    server.signal("SIGTERM");
    assertEquals((await server.ended()).code, 0);
    assertEquals(performance.now() - startMs < MAX_STOP_MS, true);
    for (const client of clients) client.close();
  },
});

for (
  const [first, second, code] of [["SIGTERM", "SIGINT", 130], ["SIGINT", "SIGTERM", 143]] as const
) {
  Deno.test({
    name: `${second} after ${first} exits with ${code} at once`,
    ...POSIX,
    fn: async () => {
      let received = 0;
      for (let left = ATTEMPTS; received !== code && left > 0; left--) {
        await using server = await ChildServer.start();
        using client = await RawClient.connect(server.endpoint);
        await client.send(peerRequest(1, IP, 2));
        await server.catchesUp();
        server.signal(first);
        assertEquals(await client.readLine(), SHUTTING_DOWN);
        // The client keeps its side open, so the first stop still waits for it.
        server.signal(second);
        received = (await server.ended()).code;
        assertEquals([0, code].includes(received), true, `exit code ${received}`);
      }
      assertEquals(received, code);
    },
  });
}
