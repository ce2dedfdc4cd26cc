import { assertEquals } from "@std/assert";
import type { LimitName } from "../../src/rendezvous/counters.ts";
import { until } from "../support/deadline.ts";
import {
  clientRequest,
  datagram,
  introduction,
  peerRequest,
  refusal,
  serverRequest,
} from "../support/messages.ts";
import { HAS_WHOLE_LOOPBACK, needs } from "../support/needs.ts";
import { connectMany } from "../support/raw_client.ts";
import { TestServer } from "../support/test_server.ts";
import { OFF } from "../support/settings.ts";

const IP = "127.0.0.1";
const MANY_ADDRESSES = needs(HAS_WHOLE_LOOPBACK, "addresses of its own in 127.0.0.0/8");

Deno.test("above -max_sessions a connection is told busy and closed; room is used again", async () => {
  await using test = new TestServer({ settings: { maxSessions: 2 } });
  const first = await test.ask(peerRequest(1, IP, 2));
  await test.ask(peerRequest(3, IP, 4));
  const refused = await test.connect();
  assertEquals(
    await refused.readToEnd(),
    refusal("busy", "expected at most 2 sessions (max_sessions), this is one more"),
  );
  assertLimit(test, "max_sessions", 1);
  first.close();
  await until(() => test.server.sessionCount === 1, "room for one");
  await test.ask(peerRequest(5, IP, 6));
  assertEquals(test.server.sessionCount, 2);
});

Deno.test({
  name: "many refused at once all read why, and who is served stays served",
  ...MANY_ADDRESSES,
  fn: async () => {
    await using test = new TestServer({ settings: { maxSessions: 1 } });
    await test.register(5);
    const hosting = await test.ask(serverRequest(5));
    const refused = await connectMany(test.at(), 1_100, "127.0.1.1");
    const told = await Promise.all(refused.map((client) => client.readToEnd()));
    const expected = busy(1, "sessions", "max_sessions");
    assertEquals(new Set(told), new Set([expected]));
    await hosting.send("}");
    assertEquals(JSON.parse(await hosting.readToEnd()).Error.split(":")[0], "bad_request");
  },
});

Deno.test("a newcomer of the only network takes the place of that network's newest host", async () => {
  await using test = new TestServer({ settings: { maxSessions: 1 } });
  await test.register(5);
  const hosting = await test.ask(serverRequest(5));
  await test.ask(peerRequest(6, IP, 7));
  assertEquals(
    await hosting.readToEnd(),
    refusal("busy", "all 1 sessions are taken (max_sessions), and this one gave way to a newcomer"),
  );
});

Deno.test("above -max_leases the oldest lease gives way", async () => {
  await using test = new TestServer({ settings: { maxLeases: 3 } });
  const sockets = [];
  for (const peerPort of [1, 2, 3, 4]) sockets.push(await test.register(peerPort));
  assertEquals(test.server.leaseCount, 3);
  assertLimit(test, "max_leases", 1);
  await test.ask(serverRequest(4));
  const joining = await test.ask(clientRequest(1, IP, 4));
  assertEquals(test.server.counters.introductions, 0);
  await test.deliver(sockets[0], datagram(1));
  assertEquals(
    await joining.readToEnd(),
    introduction(sockets[0].endpoint, sockets[3].endpoint),
  );
});

Deno.test("datagrams per second: the rest is dropped and counted", async () => {
  for (const level of ["address", "network"] as const) {
    await using test = new TestServer({
      clock: "virtual",
      settings: { datagramsPerSecond: { ...OFF, [level]: 2 } },
    });
    const socket = test.socket();
    for (let i = 0; i < 15; i++) await test.deliver(socket, datagram(i));
    const { over_limit, created } = test.server.counters.datagrams;
    // A silent prefix may spend five seconds of its rate at once.
    assertEquals([created, over_limit], [10, 5], level);
    assertLimit(test, `datagrams_per_${level}`, 5);
    test.advance(1_000);
    for (let i = 0; i < 3; i++) await test.deliver(socket, datagram(i));
    assertEquals(test.server.counters.datagrams.over_limit, 6, level);
  }
});

Deno.test("leases: one prefix's oldest gives way and is counted, renewals go on", async () => {
  for (const level of ["address", "network"] as const) {
    await using test = new TestServer({ settings: { leasesPerPrefix: { ...OFF, [level]: 2 } } });
    const socket = test.socket();
    for (const peerPort of [1, 2, 3, 2, 1]) await test.deliver(socket, datagram(peerPort));
    const { created, renewed, over_limit } = test.server.counters.datagrams;
    // 3 takes the place of 1, and 1 then that of 3.
    assertEquals([created, renewed, over_limit], [4, 1, 0], level);
    assertLimit(test, `leases_per_${level}`, 2);
  }
});

Deno.test("new connections per second: the rest is told busy", async () => {
  for (const level of ["address", "network"] as const) {
    await using test = new TestServer({
      clock: "virtual",
      settings: { connectionsPerSecond: { ...OFF, [level]: 1 } },
    });
    for (let i = 0; i < 5; i++) await test.connect();
    await test.connected(5);
    const refused = await test.connect();
    assertEquals(
      await refused.readToEnd(),
      busy(1, `new connections per s of one ${level}`, `connections_per_${level}`),
    );
    assertLimit(test, `connections_per_${level}`, 1);
    test.advance(1_000);
    await test.connect();
    await test.connected(6);
  }
});

Deno.test("open sessions: one prefix's further ones are told busy", async () => {
  for (const level of ["address", "network"] as const) {
    await using test = new TestServer({ settings: { sessionsPerPrefix: { ...OFF, [level]: 1 } } });
    const first = await test.connect();
    await test.connected(1);
    const refused = await test.connect();
    assertEquals(
      await refused.readToEnd(),
      busy(1, `sessions of one ${level}`, `sessions_per_${level}`),
    );
    assertLimit(test, `sessions_per_${level}`, 1);
    first.close();
    await until(() => test.server.sessionCount === 0, "room for one");
    await test.connect();
    await test.connected(2);
  }
});

Deno.test({
  name: "limits of an address leave its neighbours alone, limits of a network do not",
  ...MANY_ADDRESSES,
  fn: async () => {
    await using test = new TestServer({
      settings: {
        leasesPerPrefix: { address: 1, network: 2 },
        sessionsPerPrefix: { address: 1, network: 2 },
      },
    });
    for (const address of ["127.0.7.1", "127.0.7.2", "127.0.7.3", "127.0.8.1"]) {
      await test.register(1, { address });
    }
    assertLimit(test, "leases_per_network", 1);
    const from = (address: string) => test.connect(IP, address);
    await from("127.0.7.1");
    await from("127.0.7.2");
    await test.connected(2);
    const third = await from("127.0.7.3");
    assertEquals(
      await third.readToEnd(),
      busy(2, "sessions of one network", "sessions_per_network"),
    );
    const again = await from("127.0.7.1");
    assertEquals(
      await again.readToEnd(),
      busy(1, "sessions of one address", "sessions_per_address"),
    );
    await from("127.0.8.1");
    await test.connected(3);
  },
});

Deno.test("a limit that is reached is logged once, at info, without addresses", async () => {
  await using test = new TestServer({ clock: "virtual", settings: { maxSessions: 1 } });
  await test.connect();
  await test.connected(1);
  for (let i = 0; i < 5; i++) await (await test.connect()).readToEnd();
  assertEquals(test.log.infos.map(({ message }) => message), [
    "limits reached: max_sessions once",
  ]);
  test.advance(60_000);
  assertEquals(test.log.infos[1].message, "limits reached: max_sessions 4 times");
  assertEquals(JSON.stringify(test.log.infos).includes("127.0.0.1"), false);
});

function assertLimit(test: TestServer, name: LimitName, times: number): void {
  assertEquals([...test.server.counters.limits], [[name, times]]);
}

function busy(limit: number, what: string, name: LimitName): string {
  return refusal("busy", `expected at most ${limit} ${what} (${name}), this is one more`);
}
