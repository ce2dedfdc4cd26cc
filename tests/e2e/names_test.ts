import { assert, assertEquals, assertMatch } from "@std/assert";
import { freePort } from "../support/child_process.ts";
import { ChildServer } from "../support/child_server.ts";
import { datagram, extended, serverRequest } from "../support/messages.ts";
import { RawClient, RawSocket } from "../support/raw_client.ts";
import { TestServer } from "../support/test_server.ts";

const NAME = "den of 7PT2KDR";

function host(localPeerPort: number, token: string, more = ""): string {
  return serverRequest(localPeerPort, `${extended(token)},"LocalName":"${NAME}"${more}`);
}

function joiner(localPeerPort: number, token: string, more = ""): string {
  return `{"LocalPeerPort":${localPeerPort},"ConnectionType":"Client"${extended(token)},` +
    `"RemoteName":"${NAME}"${more}}`;
}

function comer(localPeerPort: number, token: string): string {
  return `{"LocalPeerPort":${localPeerPort},"ConnectionType":"Peer"${extended(token)},` +
    `"LocalName":"${NAME}","RemoteName":"${NAME}"}`;
}

Deno.test("a client finds a host by its name, and both get the other's Note", async () => {
  await using test = new TestServer();
  const at = await test.register(5, { token: "h" });
  const from = await test.register(6, { token: "c" });
  const hosting = await test.ask(host(5, "h", ',"Note":"of the host"'));
  const joining = await test.ask(joiner(6, "c", ',"Note":"\\u0000"'));
  const joined = JSON.parse(await joining.readToEnd());
  assertEquals([joined.DestPort, joined.DestNote], [at.endpoint.port, "of the host"]);
  assertEquals(Object.keys(joined).at(-1), "DestNote");
  const told = JSON.parse(await hosting.readLine());
  assertEquals([told.DestPort, told.DestNote], [from.endpoint.port, "\0"]);
});

Deno.test("two that come to one meeting point meet, and a third waits", async () => {
  await using test = new TestServer();
  const sockets = [];
  for (const token of ["a", "b", "c"]) sockets.push(await test.register(5, { token }));
  const first = await test.ask(comer(5, "a"));
  const second = await test.ask(comer(5, "b"));
  assertEquals(JSON.parse(await first.readToEnd()).DestPort, sockets[1].endpoint.port);
  assertEquals(JSON.parse(await second.readToEnd()).DestPort, sockets[0].endpoint.port);
  await test.ask(comer(5, "c"));
  assertEquals(test.server.sessionCount, 1);
});

Deno.test("names stand in no line above debug, in no metric and on no page", async () => {
  const port = freePort();
  await using server = await ChildServer.start([`-http_port=${port}`]);
  const socket = new RawSocket();
  await socket.send(server.endpoint, datagram(5, "h"));
  await socket.close();
  using hosting = await RawClient.connect(server.endpoint);
  await hosting.send(host(5, "h"));
  using thief = await RawClient.connect(server.endpoint);
  await thief.send(host(7, "thief"));
  assertMatch(await thief.readToEnd(), /"Error":"busy: .*den of 7PT2KDR/);
  for (const path of ["", "metrics", "status.json", "readyz"]) {
    const response = await fetch(`http://127.0.0.1:${port}/${path}`);
    const text = await response.text();
    assert(response.ok && text.length > 0 && !text.includes("7PT2KDR"), path);
  }
  server.signal("SIGTERM");
  const { stdout, stderr } = await server.ended();
  assert(stdout.length > 0 && !stdout.includes("7PT2KDR"), stdout);
  assertEquals(stderr, "");
});
