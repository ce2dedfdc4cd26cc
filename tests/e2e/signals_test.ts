import { assertEquals, assertMatch } from "@std/assert";
import { freePort, PROGRAM } from "../support/child_process.ts";
import { ChildServer } from "../support/child_server.ts";
import { until } from "../support/deadline.ts";
import { datagram, peerRequest, refusal, serverRequest } from "../support/messages.ts";
import { needs } from "../support/needs.ts";
import { RawClient, RawSocket } from "../support/raw_client.ts";
import { HAS_TERMINALS, TerminalProcess } from "../support/terminal.ts";

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

for (const way of ["SIGHUP", "the closing of its terminal"] as const) {
  Deno.test({
    name: `${way} stops a server that has a terminal: its sessions are told`,
    ...needs(HAS_TERMINALS, "script of util-linux"),
    fn: async () => {
      const port = freePort();
      const flags = [`-host=${IP}`, `-port=${port}`];
      await using server = new TerminalProcess([...PROGRAM, ...flags]);
      await server.shows(/ listens on /);
      using client = await RawClient.connect({ address: IP, port });
      await client.send(peerRequest(1, IP, 2));
      // The server takes connections in their order.
      using later = await RawClient.connect({ address: IP, port });
      await later.send("}");
      await later.readToEnd();
      if (way === "SIGHUP") server.signal(way);
      else await server.close();
      assertEquals(await client.readToEnd(), SHUTTING_DOWN);
      await server.ends();
      if (way !== "SIGHUP") return;
      assertEquals(await server.exitCode(), 0);
      await server.shows(/ info stopped after SIGHUP; told 1 open sessions$/);
    },
  });
}

Deno.test({
  name: "without a terminal, as under nohup, a hangup is ignored and said",
  ...POSIX,
  fn: async () => {
    await using server = await ChildServer.start();
    server.signal("SIGHUP");
    await until(() => server.lines.length === 2, "a line");
    assertMatch(server.lines[1], / info SIGHUP is ignored: no stream .* is a terminal/);
    await server.catchesUp();
    server.signal("SIGTERM");
    assertEquals((await server.ended()).code, 0);
  },
});

Deno.test({
  name: "with -drain it serves on after the first signal, until a second one",
  ...POSIX,
  fn: async () => {
    await using server = await ChildServer.start(["-drain=3600"]);
    using before = await RawClient.connect(server.endpoint);
    await before.send(peerRequest(1, IP, 2));
    await server.catchesUp();
    server.signal("SIGTERM");
    await until(() => server.lines.length === 2, "a line");
    assertMatch(server.lines[1], / info SIGTERM: serves for 3600 s more, then stops; /);
    await server.catchesUp();
    server.signal("SIGTERM");
    assertEquals(await before.readToEnd(), SHUTTING_DOWN);
    assertEquals((await server.ended()).code, 0);
    assertMatch(server.lines[2], / info stopped after SIGTERM; told 1 open sessions$/);
  },
});

Deno.test({
  name: "-drain=1 ends after a second by itself",
  ...POSIX,
  fn: async () => {
    await using server = await ChildServer.start(["-drain=1"]);
    server.signal("SIGINT");
    assertEquals((await server.ended()).code, 0);
    assertMatch(server.lines[2], / info stopped after SIGINT; told 0 open sessions$/);
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
