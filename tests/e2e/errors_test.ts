import { assertEquals } from "@std/assert";
import {
  clientRequest,
  datagram,
  extended,
  KEEP_ALIVE,
  peerRequest,
  refusal,
  serverRequest,
} from "../support/messages.ts";
import { HAS_WHOLE_LOOPBACK, needs } from "../support/needs.ts";
import { TestServer } from "../support/test_server.ts";

const IP = "127.0.0.1";

/** What is wrong with a first request, and what the server says of it. */
const BAD_REQUESTS: readonly (readonly [sent: string, explanation: string])[] = [
  [
    '{"LocalPeerPort":1,"ConnectionType":"Host"}',
    'ConnectionType: expected \\"Server\\", \\"Client\\", \\"Peer\\" or \\"KeepAlive\\", ' +
    'received \\"Host\\"',
  ],
  [
    peerRequest(1, "example.org", 2),
    'RemoteIP: expected an IP address, received \\"example.org\\"',
  ],
  [peerRequest(1, "", 2), 'RemoteIP: expected an IP address, received \\"\\"'],
  [
    peerRequest(1, "fe80::1%eth0", 2),
    'RemoteIP: expected an IP address, received \\"fe80::1%eth0\\"',
  ],
  [
    '{"ConnectionType":"Server"}',
    "LocalPeerPort: expected a 64-bit integer, received nothing",
  ],
  [
    '{"LocalPeerPort":1.5,"ConnectionType":"Server"}',
    "LocalPeerPort: expected a 64-bit integer, received 1.5",
  ],
  [
    '{"RemoteIP":"203.0.113.7","LocalPeerPort":1,"ConnectionType":"Client"}',
    "RemotePeerPort: expected a 64-bit integer, received nothing",
  ],
  [
    serverRequest(1, ',"Token":null'),
    "Token: expected 1 to 64 printable ASCII characters, received null",
  ],
  [
    serverRequest(1, extended("t", ["example.org:5"])),
    'LocalEndpoints: expected IP:port texts, received \\"example.org:5\\"',
  ],
  [
    KEEP_ALIVE,
    "KeepAlive: expected a Server session, received it as the first request",
  ],
  [
    clientRequest(1, IP, 1),
    "expected another peer, received 127.0.0.1/1, which is the requester",
  ],
];

for (const [sent, explanation] of BAD_REQUESTS) {
  Deno.test(`bad_request: ${sent}`, async () => {
    await using test = new TestServer();
    const client = await test.connect();
    await client.send(sent);
    assertEquals(await client.readToEnd(), refusal("bad_request", explanation));
    assertEquals(test.server.counters.refusals.bad_request, 1);
  });
}

Deno.test("bad_request: no request within 10 s", async () => {
  await using test = new TestServer({ clock: "virtual" });
  const client = await test.connect();
  await client.send("  ");
  await test.connected(1);
  test.advance(9_999);
  assertEquals(test.server.counters.refusals.bad_request, 0);
  test.advance(1);
  assertEquals(
    await client.readToEnd(),
    refusal("bad_request", "expected a request within 10 s, received none"),
  );
});

Deno.test("bad_request: another request than KeepAlive on a host's session ends the host", async () => {
  await using test = new TestServer();
  await test.register(5);
  const hosting = await test.ask(serverRequest(5));
  await hosting.send(serverRequest(5) + serverRequest(6));
  assertEquals(
    await hosting.readToEnd(),
    refusal(
      "bad_request",
      "expected KeepAlive on the session of the host 127.0.0.1/5, received another Server request",
    ),
  );
  await test.register(6);
  const joining = await test.ask(clientRequest(6, IP, 5));
  assertEquals(JSON.parse(await joining.readToEnd()).Error.split(":")[0], "host_not_found");
});

Deno.test("no_lease: no datagram came", async () => {
  await using test = new TestServer({ clock: "virtual" });
  const client = await test.ask(peerRequest(1, IP, 2));
  test.advance(89_999);
  assertEquals(test.server.counters.refusals.no_lease, 0);
  test.advance(1);
  assertEquals(
    await client.readToEnd(),
    refusal("no_lease", "no datagram for 127.0.0.1/1 arrived within 90 s"),
  );
});

Deno.test("lease_timeout: a waiting peer stopped sending", async () => {
  await using test = new TestServer({ clock: "virtual" });
  const socket = await test.register(1);
  const client = await test.ask(peerRequest(1, IP, 2));
  test.advance(60_000);
  await test.deliver(socket, datagram(1));
  test.advance(89_999);
  assertEquals(test.server.counters.refusals.lease_timeout, 0);
  test.advance(1);
  assertEquals(
    await client.readToEnd(),
    refusal("lease_timeout", "nothing renewed the lease of 127.0.0.1/1 for 90 s"),
  );
});

Deno.test("lease_timeout: nothing renewed a host", async () => {
  await using test = new TestServer({ clock: "virtual", settings: { leaseTimeoutMs: 7_000 } });
  await test.register(5);
  const hosting = await test.ask(serverRequest(5));
  test.advance(7_000);
  assertEquals(
    await hosting.readToEnd(),
    refusal("lease_timeout", "nothing renewed the lease of 127.0.0.1/5 for 7 s"),
  );
});

Deno.test("host_not_found: at once, with or without the client's own datagram", async () => {
  await using test = new TestServer({ clock: "virtual" });
  const expected = refusal("host_not_found", "no host 127.0.0.1/5 is connected and registered");
  assertEquals(await (await test.ask(clientRequest(6, IP, 5))).readToEnd(), expected);
  await test.register(6);
  assertEquals(await (await test.ask(clientRequest(6, IP, 5))).readToEnd(), expected);
});

Deno.test("host_not_found: the host goes while a client waits for its own datagram", async () => {
  await using test = new TestServer();
  await test.register(5);
  const hosting = await test.ask(serverRequest(5));
  const joining = await test.ask(clientRequest(6, IP, 5));
  hosting.close();
  assertEquals(
    await joining.readToEnd(),
    refusal("host_not_found", "no host 127.0.0.1/5 is connected and registered"),
  );
});

Deno.test("family_mismatch: an IPv4 peer asks for an IPv6 peer", async () => {
  await using test = new TestServer();
  const client = await test.ask(clientRequest(1, "2001:DB8:0::1", 5));
  assertEquals(
    await client.readToEnd(),
    refusal("family_mismatch", "127.0.0.1 is IPv4 and 2001:db8::1 is IPv6"),
  );
});

Deno.test("replaced: a newer request of the same peer for the same remote", async () => {
  await using test = new TestServer();
  const older = await test.ask(peerRequest(1, IP, 2));
  await test.ask(peerRequest(1, IP, 2));
  assertEquals(
    await older.readToEnd(),
    refusal("replaced", "a newer session of 127.0.0.1/1 took over"),
  );
});

Deno.test("replaced: a second host of the same peer", async () => {
  await using test = new TestServer();
  const older = await test.ask(serverRequest(5));
  await test.ask(serverRequest(5));
  assertEquals(
    await older.readToEnd(),
    refusal("replaced", "a newer session of 127.0.0.1/5 took over"),
  );
});

Deno.test("busy: a session with another Token holds the place", async () => {
  await using test = new TestServer();
  await test.ask(peerRequest(1, IP, 2, extended("mine")));
  for (const more of ["", extended("other")]) {
    const client = await test.ask(peerRequest(1, IP, 2, more));
    assertEquals(
      await client.readToEnd(),
      refusal("busy", "a session with another Token already stands for 127.0.0.1/1"),
    );
  }
});

Deno.test({
  name: "address_mismatch: datagrams with the Token come from another address",
  ...needs(HAS_WHOLE_LOOPBACK, "addresses of its own in 127.0.0.0/8"),
  fn: async () => {
    await using test = new TestServer({ clock: "virtual" });
    await test.register(1, { token: "t", address: "127.0.0.2" });
    const client = await test.ask(peerRequest(1, IP, 2, extended("t")));
    test.advance(1_999);
    assertEquals(test.server.counters.refusals.address_mismatch, 0);
    test.advance(1);
    assertEquals(
      await client.readToEnd(),
      refusal(
        "address_mismatch",
        "datagrams with this Token arrive from 127.0.0.2, this connection from 127.0.0.1",
      ),
    );
  },
});

Deno.test("cancelled: the peer closed its sending side while it waited", async () => {
  await using test = new TestServer();
  await test.register(1);
  const waiting = await test.ask(peerRequest(1, IP, 2));
  await waiting.closeWrite();
  assertEquals(
    await waiting.readToEnd(),
    refusal("cancelled", "the peer closed its side while it waited for 127.0.0.1/2"),
  );
  const hosting = await test.ask(serverRequest(1));
  await hosting.closeWrite();
  assertEquals(
    await hosting.readToEnd(),
    refusal("cancelled", "the peer closed its side while it was the host 127.0.0.1/1"),
  );
});

Deno.test("shutting_down: everyone is told, also who asked nothing yet", async () => {
  await using test = new TestServer();
  await test.register(5);
  const clients = [
    await test.ask(serverRequest(5)),
    await test.ask(peerRequest(1, IP, 2)),
    await test.connect(),
  ];
  await test.connected(3);
  const [told, ...lines] = await Promise.all([
    test.server.stop(),
    ...clients.map((client) => client.readToEnd()),
  ]);
  assertEquals(told, 3);
  assertEquals(lines, clients.map(() => refusal("shutting_down", "the server is stopping")));
});
