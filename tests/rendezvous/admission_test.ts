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

Deno.test("at a lease limit the prefix's own oldest lease gives way, and that is counted", () => {
  for (const level of ["address", "network"] as const) {
    const rig = new Rig({ leasesPerPrefix: { address: 0, network: 0, [level]: 2 } });
    for (const source of [`${STRANGER}:1000`, `${A}:1000`]) {
      for (const peerPort of [1, 2]) assertEquals(rig.datagram(source, peerPort), "created");
    }
    assertEquals(rig.datagram(`${A}:1000`, 3), "created");
    assertEquals(rig.datagram(`${A}:1001`, 2), "renewed");
    assertEquals(timesReached(rig), { [`leases_per_${level}`]: 1 });
    for (const peerPort of [1, 2]) {
      assertEquals(rig.datagram(`${STRANGER}:1000`, peerPort), "renewed");
    }
  }
});

Deno.test("at a lease limit with all in use a new peer's datagram is dropped", () => {
  for (const level of ["address", "network"] as const) {
    const rig = new Rig({ leasesPerPrefix: { address: 0, network: 0, [level]: 2 } });
    const sessions = [1, 2].map((peerPort) => {
      rig.datagram(`${A}:1000`, peerPort);
      return rig.ask(A, server(peerPort));
    });
    assertEquals(rig.datagram(`${A}:1000`, 3), "over_limit");
    assertEquals(rig.datagram(`${A}:1001`, 2), "renewed");
    assertEquals(rig.datagram(`${STRANGER}:1000`, 3), "created");
    assertEquals(timesReached(rig), { [`leases_per_${level}`]: 1 });
    sessions[1].disconnects();
    assertEquals(rig.datagram(`${A}:1000`, 3), "created");
    assertEquals(rig.datagram(`${A}:1000`, 1), "renewed");
    assertEquals(rig.datagram(`${A}:1000`, 2), "created");
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

/** Fills the table with leases that nobody uses, over and over. */
function floodLeases(rig: Rig): void {
  for (let i = 0; i < 100; i++) rig.datagram(`${STRANGER}:1000`, 1_000 + i);
}

Deno.test("the lease of a host never gives way, whoever fills the table", () => {
  const rig = new Rig({ maxLeases: 3 });
  rig.datagram(`${A}:1000`, 1);
  const host = rig.ask(A, server(1));
  for (let ms = 10_000; ms < 90_000; ms += 10_000) {
    rig.at(ms);
    floodLeases(rig);
  }
  rig.at(89_999);
  rig.datagram(`${STRANGER}:1000`, 2);
  rig.ask(STRANGER, client(2, `${A}/1`)).told(
    `89999 you ${STRANGER}:1000, remote ${A}:1000`,
    "89999 end",
  );
  host.told(`89999 you ${A}:1000, remote ${STRANGER}:1000`);
  rig.at(90_000);
  host.told(`90000 lease_timeout: nothing renewed the lease of ${A}/1 for 90 s`, "90000 end");
});

Deno.test("a lease is in use from the request of its session until the last one is over", () => {
  const rig = new Rig({ maxLeases: 2 });
  const first = rig.ask(A, peer(1, `${STRANGER}/2`));
  rig.datagram(`${A}:1000`, 1);
  const second = rig.ask(A, peer(1, `${STRANGER}/3`));
  const silent = rig.connect(A);
  for (const over of [() => first.halfCloses(), () => silent.disconnects(), () => {}]) {
    floodLeases(rig);
    assertEquals(rig.datagram(`${A}:1000`, 1), "renewed");
    over();
  }
  second.disconnects();
  floodLeases(rig);
  assertEquals(rig.datagram(`${A}:1000`, 1), "created");
});

Deno.test("a lease that comes while its sessions wait is in use at once, that of its Token alone", () => {
  const rig = new Rig({ maxLeases: 3 });
  rig.ask(A, peer(1, `${STRANGER}/2`, { token: "T" }));
  for (const token of [undefined, "U", "T"]) rig.datagram(`${A}:1000`, 1, token);
  floodLeases(rig);
  assertEquals(rig.datagram(`${A}:1000`, 1, "T"), "renewed");
  for (const token of [undefined, "U"]) {
    assertEquals(rig.datagram(`${A}:1000`, 1, token), "created");
  }
});

Deno.test("a session that takes over uses the lease of the one that it replaces", () => {
  const rig = new Rig({ maxLeases: 2 });
  rig.datagram(`${A}:1000`, 1);
  rig.ask(A, server(1));
  const successor = rig.ask(A, server(1));
  floodLeases(rig);
  assertEquals(rig.datagram(`${A}:1000`, 1), "renewed");
  successor.disconnects();
  floodLeases(rig);
  assertEquals(rig.datagram(`${A}:1000`, 1), "created");
});

Deno.test("a lease that expires in use is gone for all its sessions, and they are told so", () => {
  const rig = new Rig({ maxLeases: 2 });
  rig.datagram(`${A}:1000`, 1);
  const sessions = [2, 3].map((peerPort) => rig.ask(A, peer(1, `${STRANGER}/${peerPort}`)));
  rig.at(90_000);
  const why = `90000 lease_timeout: nothing renewed the lease of ${A}/1 for 90 s`;
  for (const session of sessions) session.told(why, "90000 end");
  assertEquals(rig.manager.leaseCount, 0);
  for (let i = 0; i < 4; i++) assertEquals(rig.datagram(`${STRANGER}:1000`, i), "created");
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

Deno.test("a full server takes from the network that holds two more than the newcomer's", () => {
  const rig = new Rig({ maxSessions: 2 });
  const first = rig.connect(A);
  const second = rig.connect(A);
  const newcomer = rig.connect(STRANGER);
  second.told(
    "0 busy: all 2 sessions are taken (max_sessions), and this one gave way to a newcomer",
    "0 end",
  );
  first.told();
  newcomer.told();
  assertEquals(rig.manager.sessionCount, 2);
  assertEquals(timesReached(rig), { max_sessions: 1 });
  rig.connect(STRANGER).told(...busy(2, "sessions", "max_sessions"));
});

Deno.test("the clients of a host that gave way hear of it, and its lease may go", () => {
  const rig = new Rig({ maxSessions: 3 });
  rig.datagram(`${A}:1000`, 1);
  const waiting = rig.ask(NEIGHBOUR, peer(5, `${A}/1`));
  const hosts = [rig.ask(A, server(1)), rig.connect(A)];
  rig.at(1);
  const newcomer = rig.connect(STRANGER);
  newcomer.told();
  assertEquals([waiting, ...hosts].filter(({ state }) => state === "ended").length, 1);
});
