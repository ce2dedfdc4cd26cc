import { assertEquals } from "@std/assert";
import { RATE_BURST_S } from "../../src/limits.ts";
import type { LimitName } from "../../src/rendezvous/counters.ts";
import type { RendezvousSettings } from "../../src/rendezvous/lease_manager.ts";
import { client, KEEP_ALIVE, peer, Rig, server } from "./rig.ts";

const A = "192.0.2.1";
const NEIGHBOUR = "192.0.2.2";
const STRANGER = "198.51.100.1";

function busy(limit: number, what: string, name: LimitName): [string, string] {
  const explanation = `expected at most ${limit} ${what} (${name}), this is one more`;
  return [`0 busy: ${explanation}`, "0 end"];
}

function timesReached(rig: Rig): Partial<Record<LimitName, number>> {
  return Object.fromEntries(rig.manager.counters.limits);
}

Deno.test("above max_sessions a connection is answered busy and closed at once", () => {
  const rig = new Rig({ maxSessions: 2 });
  const first = rig.connect(A);
  rig.connect(STRANGER);
  const refused = rig.connect(A);
  refused.told(...busy(2, "sessions", "max_sessions"));
  assertEquals(refused.session, undefined);
  assertEquals(rig.manager.sessionCount, 2);
  assertEquals(timesReached(rig), { max_sessions: 1 });
  first.disconnects();
  rig.connect(A).told();
});

Deno.test("a finished session holds no place, however long its connection lingers", () => {
  const rig = new Rig({ maxSessions: 1 });
  const finished = rig.ask(A, KEEP_ALIVE);
  const open = rig.connect(A);
  open.told();
  finished.disconnects();
  assertEquals(rig.connect(A).session, undefined);
  open.disconnects();
  rig.connect(A).told();
});

Deno.test("a connection that is reported gone twice gives back one place", () => {
  const rig = new Rig({ maxSessions: 1 });
  const first = rig.connect(A);
  first.disconnects();
  first.disconnects();
  rig.connect(A).told();
  assertEquals(rig.connect(A).session, undefined);
});

Deno.test("above sessions_per_address a connection is answered busy", () => {
  const rig = new Rig({ sessionsPerPrefix: { address: 2, network: 0 } });
  const first = rig.connect(A);
  rig.connect(A);
  rig.connect(A).told(...busy(2, "sessions of one address", "sessions_per_address"));
  rig.connect(NEIGHBOUR).told();
  first.disconnects();
  rig.connect(A).told();
  assertEquals(timesReached(rig), { sessions_per_address: 1 });
});

Deno.test("above sessions_per_network a connection is answered busy", () => {
  const rig = new Rig({ sessionsPerPrefix: { address: 0, network: 2 } });
  rig.connect(A);
  rig.connect(NEIGHBOUR);
  rig.connect(A).told(...busy(2, "sessions of one network", "sessions_per_network"));
  rig.connect(STRANGER).told();
  assertEquals(timesReached(rig), { sessions_per_network: 1 });
});

Deno.test("above connections_per_address a connection is answered busy", () => {
  const rig = new Rig({ connectionsPerSecond: { address: 1, network: 0 } });
  for (let i = 0; i < RATE_BURST_S; i++) rig.connect(A).told();
  const what = "new connections per s of one address";
  rig.connect(A).told(...busy(1, what, "connections_per_address"));
  rig.connect(NEIGHBOUR).told();
  rig.at(1_000);
  rig.connect(A).told();
  assertEquals(timesReached(rig), { connections_per_address: 1 });
});

Deno.test("above connections_per_network a connection is answered busy", () => {
  const rig = new Rig({ connectionsPerSecond: { address: 0, network: 1 } });
  for (let i = 0; i < RATE_BURST_S; i++) rig.connect(A).told();
  const what = "new connections per s of one network";
  rig.connect(NEIGHBOUR).told(...busy(1, what, "connections_per_network"));
  rig.connect(STRANGER).told();
  assertEquals(timesReached(rig), { connections_per_network: 1 });
});

Deno.test("above a datagram rate a datagram is dropped and counted over_limit", () => {
  for (const level of ["address", "network"] as const) {
    const rate = { address: 0, network: 0, [level]: 1 };
    const rig = new Rig({ datagramsPerSecond: rate });
    for (let i = 0; i < RATE_BURST_S; i++) assertEquals(rig.datagram(`${A}:1000`, i), "created");
    assertEquals(rig.datagram(`${A}:1000`, 99), "over_limit");
    assertEquals(rig.datagram(`${STRANGER}:1000`, 99), "created");
    assertEquals(rig.manager.leaseCount, RATE_BURST_S + 1);
    rig.at(1_000);
    assertEquals(rig.datagram(`${A}:1000`, 99), "created");
    assertEquals(rig.manager.counters.datagrams.over_limit, 1);
    assertEquals(timesReached(rig), { [`datagrams_per_${level}`]: 1 });
  }
});

Deno.test("above a lease limit a new peer's datagram is dropped, a known one's renews", () => {
  for (const level of ["address", "network"] as const) {
    const rig = new Rig({ leasesPerPrefix: { address: 0, network: 0, [level]: 2 } });
    rig.datagram(`${A}:1000`, 1);
    rig.datagram(`${A}:1000`, 2);
    assertEquals(rig.datagram(`${A}:1000`, 3), "over_limit");
    assertEquals(rig.datagram(`${A}:1001`, 2), "renewed");
    assertEquals(rig.datagram(`${STRANGER}:1000`, 3), "created");
    assertEquals(timesReached(rig), { [`leases_per_${level}`]: 1 });
  }
});

Deno.test("above max_leases the oldest goes first, and that is counted", () => {
  const rig = new Rig({ maxLeases: 2 });
  rig.datagram(`${A}:1000`, 1);
  rig.datagram(`${A}:1000`, 2);
  rig.datagram(`${A}:1000`, 3);
  assertEquals(rig.manager.leaseCount, 2);
  assertEquals(timesReached(rig), { max_leases: 1 });
  assertEquals(rig.datagram(`${A}:1000`, 2), "renewed");
  assertEquals(rig.datagram(`${A}:1000`, 1), "created");
});

Deno.test("a host whose lease gave way is not live until its next datagram", () => {
  const rig = new Rig({ maxLeases: 1 });
  rig.datagram(`${A}:1000`, 1);
  const host = rig.ask(A, server(1));
  rig.datagram(`${STRANGER}:1000`, 2);
  rig.ask(STRANGER, client(2, `${A}/1`)).told(
    `0 host_not_found: no host ${A}/1 is connected and registered`,
    "0 end",
  );
  rig.at(50_000);
  rig.datagram(`${A}:1000`, 1);
  rig.at(139_999);
  host.told();
  rig.at(140_000);
  host.told(`140000 lease_timeout: nothing renewed the lease of ${A}/1 for 90 s`, "140000 end");
});

Deno.test("a session whose lease gave way ends when that lease would have", () => {
  const rig = new Rig({ maxLeases: 1 });
  rig.datagram(`${A}:1000`, 1);
  const waiting = rig.ask(A, peer(1, `${STRANGER}/2`));
  rig.at(10);
  rig.datagram(`${STRANGER}:1000`, 2);
  rig.at(89_999);
  waiting.told();
  rig.at(90_000);
  waiting.told(`90000 lease_timeout: nothing renewed the lease of ${A}/1 for 90 s`, "90000 end");
});

Deno.test("a repetition counts when the lease gives way after it", () => {
  const rig = new Rig({ maxLeases: 1 });
  rig.datagram(`${A}:1000`, 1);
  const waiting = rig.ask(A, peer(1, `${STRANGER}/2`));
  rig.at(500);
  rig.datagram(`${A}:1000`, 1);
  rig.datagram(`${STRANGER}:1000`, 2);
  rig.at(90_499);
  waiting.told();
  rig.at(90_500);
  waiting.told(`90500 lease_timeout: nothing renewed the lease of ${A}/1 for 90 s`, "90500 end");
});

Deno.test("a lease that gives way leaves the times of other Tokens alone", () => {
  const rig = new Rig({ maxLeases: 2 });
  rig.datagram(`${A}:1000`, 1, "T");
  const waiting = rig.ask(A, peer(1, `${STRANGER}/2`, { token: "T" }));
  rig.at(10_000);
  rig.datagram(`${A}:1000`, 1);
  rig.at(20_000);
  rig.datagram(`${A}:1000`, 3);
  rig.datagram(`${A}:1000`, 4);
  assertEquals(timesReached(rig), { max_leases: 2 });
  rig.at(89_999);
  waiting.told();
  rig.at(90_000);
  const why = `nothing renewed the lease of ${A}/1 with this Token for 90 s`;
  waiting.told(`90000 lease_timeout: ${why}`, "90000 end");
});

Deno.test("a host whose lease gave way ends at its time, and KeepAlives no longer count", () => {
  const rig = new Rig({ maxLeases: 1 });
  rig.datagram(`${A}:1000`, 1);
  const host = rig.ask(A, server(1));
  rig.at(60_000);
  host.requests(KEEP_ALIVE);
  rig.at(70_000);
  rig.datagram(`${STRANGER}:1000`, 2);
  rig.at(80_000);
  host.requests(KEEP_ALIVE);
  rig.at(149_999);
  host.told();
  rig.at(150_000);
  host.told(`150000 lease_timeout: nothing renewed the lease of ${A}/1 for 90 s`, "150000 end");
});

Deno.test("a lease that gives way within the 100 ms leaves the session waiting for a datagram", () => {
  const rig = new Rig({ maxLeases: 3 });
  rig.datagram(`${A}:1000`, 1);
  rig.datagram(`${A}:1000`, 50);
  rig.at(2_000);
  rig.datagram(`${STRANGER}:2000`, 2);
  rig.ask(STRANGER, peer(2, `${A}/1`));
  const a = rig.ask(A, peer(1, `${STRANGER}/2`));
  rig.datagram(`${A}:1000`, 99);
  rig.at(2_500);
  a.told();
  rig.datagram(`${A}:1001`, 1);
  a.told(`2500 you ${A}:1001, remote ${STRANGER}:2000`, "2500 end");
});

Deno.test("every limit is named like the flag that sets it, and counted under that name", () => {
  const one = { address: 1, network: 1 };
  const cases: [Partial<RendezvousSettings>, LimitName[]][] = [
    [{ maxSessions: 1 }, ["max_sessions"]],
    [{ sessionsPerPrefix: one }, ["sessions_per_address"]],
    [{ connectionsPerSecond: one }, ["connections_per_address"]],
    [{ datagramsPerSecond: one }, ["datagrams_per_address"]],
    [{ leasesPerPrefix: one }, ["leases_per_address"]],
    [{ maxLeases: 1 }, ["max_leases"]],
  ];
  for (const [settings, names] of cases) {
    const rig = new Rig(settings);
    for (let i = 0; i < 10; i++) {
      rig.connect(A);
      rig.datagram(`${A}:1000`, i);
    }
    assertEquals(Object.keys(timesReached(rig)), names);
  }
});
