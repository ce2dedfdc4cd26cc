import { assert, assertEquals } from "@std/assert";
import type { Connection } from "../../src/peer/socket/connection.ts";
import { systemPlatform } from "../../src/peer/platform/node_platform.ts";
import { connect, type Host, host, introduce, join, newCode } from "../../src/peer/mod.ts";
import { until, within } from "../support/deadline.ts";
import { TestServer } from "../support/test_server.ts";
import { failureOf } from "./failures.ts";

async function next(connection: Connection): Promise<string> {
  const { value } = await within(connection[Symbol.asyncIterator]().next(), "a datagram");
  return new TextDecoder().decode(value);
}

async function assertCarries(a: Connection, b: Connection): Promise<void> {
  await a.send(new TextEncoder().encode("a to b"));
  assertEquals(await next(b), "a to b");
  await b.send(new TextEncoder().encode("b to a"));
  assertEquals(await next(a), "b to a");
}

/** Waits until the server knows the host: its registration may come after its request. */
async function assertLive(hosting: Host, names: string[]): Promise<void> {
  const isLive = async () => (await hosting.names()).toSorted().join() === names.join();
  await until(isLive, `the names ${names}`);
}

async function assertMeets(server: string, address: string): Promise<void> {
  const hosting = await host({ server, localPeerPort: 1 });
  await assertLive(hosting, [`${address}/1`]);
  const toHost = await within(join({ server, localPeerPort: 2, remote: "/1" }), "a connection");
  const { value: toClient } = await within(hosting[Symbol.asyncIterator]().next(), "a client");
  assertEquals(toHost.path.endpoint.address, address);
  await assertCarries(toHost, toClient!);
  assert(toHost.roundTripMs >= 0 && toHost.roundTripMs < 10_000);
  await hosting.close();
  assertEquals(await within(toHost.ended, "the end"), "closed_by_remote");

  const [a, b] = await within(
    Promise.all([
      connect({ server, localPeerPort: 5, remote: `${address}/6` }),
      connect({ server, localPeerPort: 6, remote: `${address}/5` }),
    ]),
    "both connections",
  );
  await assertCarries(a, b);
  await within(a.close(), "the close");
  assertEquals(await within(b.ended, "the end"), "closed_by_remote");
}

Deno.test("peers meet over IPv4", async () => {
  await using test = new TestServer();
  await assertMeets(`127.0.0.1:${test.at().port}`, "127.0.0.1");
});

Deno.test("peers meet by a code as soon as the host is there, and two that connect do", async () => {
  await using test = new TestServer();
  const options = { server: `127.0.0.1:${test.at().port}`, code: newCode() };
  const hosting = await within(host(options), "a host");
  const toHost = await within(join(options), "a connection");
  const { value: toClient } = await within(hosting[Symbol.asyncIterator]().next(), "a client");
  await assertCarries(toHost, toClient!);
  const pair = [connect(options), connect(options)] as const;
  const [one, other] = await within(Promise.all(pair), "both connections");
  await assertCarries(one, other);
  await Promise.all([one.close(), hosting.close()]);
});

Deno.test("peers meet over IPv6", async () => {
  await using test = new TestServer({ host: "::1" });
  await assertMeets(`[::1]:${test.at().port}`, "::1");
});

Deno.test("a host of a server with both IP versions is reachable under both", async () => {
  await using test = new TestServer({ host: "all" });
  const { port } = test.at();
  const network = {
    ...systemPlatform.network,
    resolve: () => Promise.resolve(["::1", "127.0.0.1"]),
  };
  const platform = { ...systemPlatform, network };
  const server = `both.test:${port}`;
  await using hosting = await host({ server, localPeerPort: 1, platform });
  await assertLive(hosting, ["127.0.0.1/1", "::1/1"]);
  for (const address of ["127.0.0.1", "::1"]) {
    const joining = join({ server, localPeerPort: 2, remote: `${address}/1`, platform });
    const connection = await within(joining, `a connection to ${address}`);
    assertEquals(connection.path.endpoint.address, address);
    const { value } = await within(hosting[Symbol.asyncIterator]().next(), "a client");
    await assertCarries(connection, value!);
    await connection.close();
  }
  assertEquals(hosting.observedEndpoints.map(({ address }) => address).toSorted(), [
    "127.0.0.1",
    "::1",
  ]);
});

Deno.test("a name of the hosts file finds the server", async () => {
  await using test = new TestServer({ host: "all" });
  const server = `localhost:${test.at().port}`;
  await using hosting = await host({ server, localPeerPort: 1 });
  await until(async () => (await hosting.names()).length > 0, "a live host");
  const joining = join({ server, localPeerPort: 2, remote: "localhost/1" });
  const connection = await within(joining, "a connection");
  assertEquals(hosting.localPeerPort, 1n);
  await connection.close();
});

Deno.test("nobody listens there: the error says so at once", async () => {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  listener.close();
  const server = `127.0.0.1:${listener.addr.port}`;
  const { code } = await within(
    failureOf(join({ server, localPeerPort: 1, remote: "/2" })),
    "the failure",
  );
  assertEquals(code, "server_unreachable");
});

Deno.test("whoever answers in another protocol is no rendezvous server", async () => {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const serving = (async () => {
    for await (const conn of listener) {
      await conn.read(new Uint8Array(4_096));
      await conn.write(new TextEncoder().encode("HTTP/1.1 400 Bad Request\r\n\r\n"));
      conn.close();
    }
  })();
  const server = `127.0.0.1:${listener.addr.port}`;
  const { code, message } = await within(
    failureOf(join({ server, localPeerPort: 1, remote: "/2" })),
    "the failure",
  );
  assertEquals(code, "server_unreachable");
  assert(message.includes("no rendezvous server"), message);
  listener.close();
  await serving;
});

Deno.test("an aborted wait leaves no session at the server", async () => {
  await using test = new TestServer();
  const server = `127.0.0.1:${test.at().port}`;
  const controller = new AbortController();
  const waiting = connect({
    server,
    localPeerPort: 1,
    remote: "127.0.0.1/2",
    signal: controller.signal,
    onEvent: ({ kind }) => kind === "asked" && controller.abort(new RangeError("enough")),
  });
  await within(waiting.then(() => "connected", (error) => error.message), "the abort");
  await until(() => test.server.sessionCount === 0, "the server to forget the session");
});

Deno.test("an introduction hands over a socket that the application uses as it likes", async () => {
  await using test = new TestServer();
  const options = { server: `127.0.0.1:${test.at().port}`, mode: "connect" } as const;
  const [a, b] = await within(
    Promise.all([
      introduce({ ...options, localPeerPort: 1, remote: "/2" }),
      introduce({ ...options, localPeerPort: 2, remote: "/1", extensions: "offered" }),
    ]),
    "both introductions",
  );
  assertEquals(a.dest, b.source);
  assertEquals(a.socket.local.port, a.source.port);
  await a.socket.send(new TextEncoder().encode("my own protocol"), a.dest);
  const { value } = await within(b.socket[Symbol.asyncIterator]().next(), "the datagram");
  assertEquals(new TextDecoder().decode(value.bytes), "my own protocol");
  assertEquals(value.source, a.source);
  a.socket.close();
  b.socket.close();
});

Deno.test("peers with the same secret meet, in whatever form Unicode has it", async () => {
  await using test = new TestServer();
  const server = `127.0.0.1:${test.at().port}`;
  const [a, b] = await within(
    Promise.all([
      connect({ server, localPeerPort: 5, remote: "/6", secret: "grüße an alle".normalize("NFC") }),
      connect({ server, localPeerPort: 6, remote: "/5", secret: "grüße an alle".normalize("NFD") }),
    ]),
    "both connections",
  );
  await assertCarries(a, b);
  assertEquals(a.fingerprint, b.fingerprint);
  assert(/^\d{5} \d{5} \d{5} \d{5}$/.test(a.fingerprint));
  await within(a.close(), "the close");
});
