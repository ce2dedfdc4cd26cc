import { assertEquals, assertMatch } from "@std/assert";
import { until } from "../support/deadline.ts";
import {
  clientRequest,
  extended,
  introduction,
  KEEP_ALIVE,
  peerRequest,
  serverRequest,
} from "../support/messages.ts";
import { TestServer } from "../support/test_server.ts";

const IP = "127.0.0.1";

Deno.test("two peers that ask for each other are told each other's endpoints and closed", async () => {
  await using test = new TestServer();
  const a = await test.register(1);
  const b = await test.register(2);
  const first = await test.ask(peerRequest(1, IP, 2));
  const second = await test.ask(peerRequest(2, IP, 1));
  assertEquals(await first.readToEnd(), introduction(a.endpoint, b.endpoint));
  assertEquals(await second.readToEnd(), introduction(b.endpoint, a.endpoint));
  assertEquals(test.server.counters.introductions, 1);
});

Deno.test("one peer waits for several others at once, one session each", async () => {
  await using test = new TestServer();
  const [a, b, c] = [await test.register(1), await test.register(2), await test.register(3)];
  const forB = await test.ask(peerRequest(1, IP, 2));
  const forC = await test.ask(peerRequest(1, IP, 3));
  const ofC = await test.ask(peerRequest(3, IP, 1));
  assertEquals(await forC.readToEnd(), introduction(a.endpoint, c.endpoint));
  assertEquals(await ofC.readToEnd(), introduction(c.endpoint, a.endpoint));
  const ofB = await test.ask(peerRequest(2, IP, 1));
  assertEquals(await forB.readToEnd(), introduction(a.endpoint, b.endpoint));
  assertEquals(await ofB.readToEnd(), introduction(b.endpoint, a.endpoint));
});

Deno.test("a host is told of each client in order and stays; clients are closed", async () => {
  await using test = new TestServer();
  const host = await test.register(5);
  const hosting = await test.ask(serverRequest(5));
  for (const peerPort of [11, 12, 13]) {
    const client = await test.register(peerPort);
    const joining = await test.ask(clientRequest(peerPort, IP, 5));
    assertEquals(await joining.readToEnd(), introduction(client.endpoint, host.endpoint));
    assertEquals(await hosting.readLine(), introduction(host.endpoint, client.endpoint));
  }
  await until(() => test.server.sessionCount === 1, "only the host to be left");
});

Deno.test("a client that asks before its datagram waits for it", async () => {
  await using test = new TestServer();
  const host = await test.register(5);
  const hosting = await test.ask(serverRequest(5));
  const joining = await test.ask(clientRequest(6, IP, 5));
  assertEquals(test.server.counters.introductions, 0);
  const client = await test.register(6);
  assertEquals(await joining.readToEnd(), introduction(client.endpoint, host.endpoint));
  assertEquals(await hosting.readLine(), introduction(host.endpoint, client.endpoint));
});

Deno.test("KeepAlive renews a host and its lease and is not answered", async () => {
  await using test = new TestServer({ clock: "virtual" });
  const host = await test.register(5);
  const hosting = await test.ask(serverRequest(5));
  for (let i = 0; i < 3; i++) {
    test.advance(60_000);
    await hosting.send(KEEP_ALIVE);
    const client = await test.register(6);
    const joining = await test.ask(clientRequest(6, IP, 5));
    assertEquals(await joining.readToEnd(), introduction(client.endpoint, host.endpoint));
    // The next line is of the next client: the KeepAlive before has none.
    assertEquals(await hosting.readLine(), introduction(host.endpoint, client.endpoint));
  }
});

Deno.test("datagrams renew a host as well", async () => {
  await using test = new TestServer({ clock: "virtual" });
  const host = await test.register(5);
  const hosting = await test.ask(serverRequest(5));
  for (let i = 0; i < 3; i++) {
    test.advance(60_000);
    await test.deliver(host, '{"PeerPort":5}');
  }
  const client = await test.register(6);
  await test.ask(clientRequest(6, IP, 5));
  assertEquals(await hosting.readLine(), introduction(host.endpoint, client.endpoint));
});

Deno.test("a lease of a previous socket is used only when no newer datagram comes in 100 ms", async () => {
  await using test = new TestServer({ clock: "virtual" });
  const host = await test.register(5);
  await test.ask(serverRequest(5));
  const old = await test.register(6);
  test.advance(1_001);
  await test.deliver(host, '{"PeerPort":5}');
  const joining = await test.ask(clientRequest(6, IP, 5));
  test.advance(99);
  assertEquals(test.server.counters.introductions, 0);
  const renewed = await test.register(6);
  assertEquals(await joining.readToEnd(), introduction(renewed.endpoint, host.endpoint));

  test.advance(1_001);
  await test.deliver(host, '{"PeerPort":5}');
  await test.deliver(old, '{"PeerPort":6}');
  test.advance(1_001);
  await test.deliver(host, '{"PeerPort":5}');
  const again = await test.ask(clientRequest(6, IP, 5));
  assertEquals(test.server.counters.introductions, 1);
  test.advance(100);
  assertEquals(await again.readToEnd(), introduction(old.endpoint, host.endpoint));
});

Deno.test("two extended peers get one key, ages and each other's local endpoints", async () => {
  await using test = new TestServer();
  const a = await test.register(1, { token: "red" });
  const b = await test.register(2, { token: "blue" });
  const first = await test.ask(peerRequest(1, "", 2, extended("red", ["10.0.0.1:40000"])));
  const second = await test.ask(peerRequest(2, "", 1, extended("blue")));
  const toFirst = await first.readToEnd();
  const toSecond = await second.readToEnd();
  const [, key, age] = /"PairKey":"([0-9a-f]{32})","DestAgeMs":(\d+)/.exec(toFirst) ?? [];
  assertMatch(key, /^[0-9a-f]{32}$/);
  assertEquals(
    toFirst,
    introduction(a.endpoint, b.endpoint, `,"PairKey":"${key}","DestAgeMs":${age}`),
  );
  const [, otherAge] = /"DestAgeMs":(\d+)/.exec(toSecond) ?? [];
  assertEquals(
    toSecond,
    introduction(
      b.endpoint,
      a.endpoint,
      `,"PairKey":"${key}","DestAgeMs":${otherAge},"DestLocal":["10.0.0.1:40000"]`,
    ),
  );
});

Deno.test("a client without extensions of an extended host sees exactly five members", async () => {
  await using test = new TestServer();
  const host = await test.register(5, { token: "t" });
  const hosting = await test.ask(serverRequest(5, extended("t", ["[fd00::1]:9"])));
  const client = await test.register(6);
  const joining = await test.ask(clientRequest(6, IP, 5));
  assertEquals(await joining.readToEnd(), introduction(client.endpoint, host.endpoint));
  const [, age] = /"DestAgeMs":(\d+)/.exec(await hosting.readLine()) ?? [];
  assertMatch(age, /^\d+$/);
});

Deno.test("a peer with two sockets is introduced to itself and learns its own address", async () => {
  await using test = new TestServer();
  const a = await test.register(1, { token: "one" });
  const b = await test.register(2, { token: "two" });
  const first = await test.ask(peerRequest(1, "", 2, extended("one")));
  const second = await test.ask(peerRequest(2, "", 1, extended("two")));
  const line = JSON.parse(await first.readToEnd());
  assertEquals([line.SourceIP, line.SourcePort], [a.endpoint.address, a.endpoint.port]);
  assertEquals([line.DestIP, line.DestPort], [b.endpoint.address, b.endpoint.port]);
  await second.readToEnd();
});

Deno.test("a host that crashed and returns with its Token is found at once", async () => {
  await using test = new TestServer();
  await test.register(5, { token: "t" });
  const crashed = await test.ask(serverRequest(5, extended("t")));
  crashed.close();
  await until(() => test.server.sessionCount === 0, "the crashed host to be gone");
  const host = await test.register(5, { token: "t" });
  const hosting = await test.ask(serverRequest(5, extended("t")));
  const client = await test.register(6);
  const joining = await test.ask(clientRequest(6, IP, 5));
  assertEquals(await joining.readToEnd(), introduction(client.endpoint, host.endpoint));
  assertMatch(await hosting.readLine(), new RegExp(`"DestPort":${client.endpoint.port},`));
});
