import { KEEP_ALIVE } from "./rig.ts";
import { client, peer, Rig, type ScriptedPeer, server } from "./rig.ts";

const HOST = "198.51.100.1";
const ELSEWHERE = "198.51.100.9";
const A = "192.0.2.1";
const B = "192.0.2.2";
const DEN = { name: "den" };
const T = { token: "T", ...DEN };
const U = { token: "U", ...DEN };
const C = { token: "C" };
const D = { token: "D" };
const NOT_FOUND = 'host_not_found: no host "den" is connected and registered by IPv4';
const TO_DEN = client(5, DEN, C);

/** The host "den" at {@linkcode HOST} with PeerPort 1, and client leases at A and B. */
function rigWithDen(): [Rig, ScriptedPeer] {
  const rig = new Rig();
  rig.datagram(`${HOST}:9000`, 1, "T");
  rig.datagram(`${A}:1000`, 5, "C");
  rig.datagram(`${B}:2000`, 6, "D");
  return [rig, rig.ask(HOST, server(1, T))];
}

Deno.test("a host is found by its name and by its address", () => {
  const [rig, host] = rigWithDen();
  rig.ask(A, TO_DEN).told(
    `0 you ${A}:1000, remote ${HOST}:9000, PairKey key1, DestAgeMs 0`,
    "0 end",
  );
  host.told(`0 you ${HOST}:9000, remote ${A}:1000, PairKey key1, DestAgeMs 0`);
  rig.ask(B, client(6, `${HOST}/1`, D)).told(
    `0 you ${B}:2000, remote ${HOST}:9000, PairKey key2, DestAgeMs 0`,
    "0 end",
  );
  host.told(`0 you ${HOST}:9000, remote ${B}:2000, PairKey key2, DestAgeMs 0`);
});

Deno.test("names are compared exactly", () => {
  const [rig] = rigWithDen();
  for (const name of ["Den", "den ", "de", `${HOST}/1`]) {
    rig.ask(A, client(5, { name }, C)).told(
      `0 host_not_found: no host ${JSON.stringify(name)} is connected and registered by IPv4`,
      "0 end",
    );
  }
});

Deno.test("a name is no address, and an address is no name", () => {
  const rig = new Rig();
  rig.datagram(`${HOST}:9000`, 1, "T");
  rig.ask(HOST, server(1, { token: "T", name: `${ELSEWHERE}/1` }));
  rig.ask(A, client(5, `${ELSEWHERE}/1`)).told(
    `0 host_not_found: no host ${ELSEWHERE}/1 is connected and registered`,
    "0 end",
  );
});

Deno.test("each IP version has names of its own", () => {
  const rig = new Rig();
  rig.datagram(`${HOST}:9000`, 1, "T");
  rig.datagram("[2001:db8::1]:9000", 1, "U");
  const host4 = rig.ask(HOST, server(1, T));
  rig.ask("2001:db8::2", client(5, DEN, C)).told(
    '0 host_not_found: no host "den" is connected and registered by IPv6',
    "0 end",
  );
  const host6 = rig.ask("2001:db8::1", server(1, U));
  rig.datagram("[2001:db8::2]:1000", 5, "C");
  rig.ask("2001:db8::2", client(5, DEN, C)).told(
    "0 you [2001:db8::2]:1000, remote [2001:db8::1]:9000, PairKey key1, DestAgeMs 0",
    "0 end",
  );
  host4.told();
  host6.told("0 you [2001:db8::1]:9000, remote [2001:db8::2]:1000, PairKey key1, DestAgeMs 0");
});

Deno.test("host_not_found comes at once, with a lease or without", () => {
  const rig = new Rig();
  rig.ask(A, TO_DEN).told(`0 ${NOT_FOUND}`, "0 end");
  rig.datagram(`${A}:1000`, 5, "C");
  rig.ask(A, TO_DEN).told(`0 ${NOT_FOUND}`, "0 end");
  rig.at(90_000);
  rig.assertEmpty();
});

Deno.test("a host without a lease is not found by its name", () => {
  const rig = new Rig();
  rig.ask(HOST, server(1, T));
  rig.ask(A, TO_DEN).told(
    '0 host_not_found: the host "den" is connected, but no datagram from it has arrived',
    "0 end",
  );
  rig.datagram(`${HOST}:9000`, 1, "T");
  rig.datagram(`${A}:1000`, 5, "C");
  rig.ask(A, TO_DEN).told(
    `0 you ${A}:1000, remote ${HOST}:9000, PairKey key1, DestAgeMs 0`,
    "0 end",
  );
});

Deno.test("a client waits for its own lease, and is told when the host goes meanwhile", () => {
  for (const leave of ["disconnects", "halfCloses"] as const) {
    const rig = new Rig();
    rig.datagram(`${HOST}:9000`, 1, "T");
    const host = rig.ask(HOST, server(1, T));
    const waiting = rig.ask(A, TO_DEN);
    waiting.told();
    rig.at(10);
    host[leave]();
    waiting.told(`10 ${NOT_FOUND}`, "10 end");
  }
});

Deno.test("a name is free as soon as its host has gone", () => {
  const [rig, host] = rigWithDen();
  host.disconnects();
  rig.ask(A, TO_DEN).told(`0 ${NOT_FOUND}`, "0 end");
  rig.datagram(`${ELSEWHERE}:7000`, 3, "U");
  rig.ask(ELSEWHERE, server(3, U)).told();
  rig.ask(A, TO_DEN).told(
    `0 you ${A}:1000, remote ${ELSEWHERE}:7000, PairKey key1, DestAgeMs 0`,
    "0 end",
  );
});

Deno.test("a host takes its name along to another address by its Token", () => {
  const [rig, host] = rigWithDen();
  rig.datagram(`${ELSEWHERE}:7000`, 3, "T");
  const moved = rig.ask(ELSEWHERE, server(3, T));
  host.told('0 replaced: a newer session of "den" took over', "0 end");
  rig.ask(A, TO_DEN).told(
    `0 you ${A}:1000, remote ${ELSEWHERE}:7000, PairKey key1, DestAgeMs 0`,
    "0 end",
  );
  moved.told(`0 you ${ELSEWHERE}:7000, remote ${A}:1000, PairKey key1, DestAgeMs 0`);
  rig.ask(A, client(5, `${HOST}/1`, C)).told(
    `0 host_not_found: no host ${HOST}/1 is connected and registered`,
    "0 end",
  );
});

Deno.test("clients who wait for the name stay for the host that took it over live", () => {
  const rig = new Rig();
  rig.datagram(`${HOST}:9000`, 1, "T");
  rig.ask(HOST, server(1, T));
  const byName = rig.ask(A, TO_DEN);
  const byAddress = rig.ask(B, client(6, `${HOST}/1`, D));
  rig.datagram(`${ELSEWHERE}:7000`, 3, "T");
  rig.ask(ELSEWHERE, server(3, T));
  byName.told();
  byAddress.told(`0 host_not_found: no host ${HOST}/1 is connected and registered`, "0 end");
  rig.at(5);
  rig.datagram(`${A}:1000`, 5, "C");
  byName.told(`5 you ${A}:1000, remote ${ELSEWHERE}:7000, PairKey key1, DestAgeMs 5`, "5 end");
});

Deno.test("clients are told when the host that took the name over has no lease", () => {
  const rig = new Rig();
  rig.datagram(`${HOST}:9000`, 1, "T");
  rig.ask(HOST, server(1, T));
  const waiting = rig.ask(A, TO_DEN);
  rig.ask(ELSEWHERE, server(3, T));
  waiting.told(
    '0 host_not_found: the host "den" is connected, but no datagram from it has arrived',
    "0 end",
  );
});

Deno.test("a live name is guarded by its Token: another gets busy and nothing changes", () => {
  const [rig, host] = rigWithDen();
  rig.datagram(`${ELSEWHERE}:7000`, 3, "U");
  rig.ask(ELSEWHERE, server(3, U)).told(
    '0 busy: a session with another Token already stands for "den"',
    "0 end",
  );
  host.told();
  rig.ask(A, TO_DEN).told(
    `0 you ${A}:1000, remote ${HOST}:9000, PairKey key1, DestAgeMs 0`,
    "0 end",
  );
  rig.ask(A, client(5, `${ELSEWHERE}/3`, C)).told(
    `0 host_not_found: no host ${ELSEWHERE}/3 is connected and registered`,
    "0 end",
  );
});

for (const [waitedMs, outcome] of [[2_000, "busy"], [2_001, "replaced"]] as const) {
  Deno.test(`a name without a lease for ${waitedMs} ms: whoever has another Token is ${outcome}`, () => {
    const rig = new Rig();
    const host = rig.ask(HOST, server(1, T));
    rig.at(waitedMs);
    const other = rig.ask(ELSEWHERE, server(3, U));
    if (outcome === "busy") {
      other.told(
        `${waitedMs} busy: a session with another Token already stands for "den"`,
        `${waitedMs} end`,
      );
      host.told();
    } else {
      other.told();
      host.told(`${waitedMs} replaced: a newer session of "den" took over`, `${waitedMs} end`);
    }
  });
}

Deno.test("a host is judged on its name and its address before anything changes", () => {
  const rig = new Rig();
  rig.datagram(`${HOST}:9000`, 1, "T");
  rig.datagram(`${ELSEWHERE}:7000`, 3, "U");
  const den = rig.ask(HOST, server(1, T));
  const other = rig.ask(ELSEWHERE, server(3, { token: "U", name: "attic" }));
  // Its own place, but another's name; another's place, but its own name.
  rig.ask(ELSEWHERE, server(3, U)).told(
    '0 busy: a session with another Token already stands for "den"',
    "0 end",
  );
  rig.ask(ELSEWHERE, server(3, T)).told(
    `0 busy: a session with another Token already stands for ${ELSEWHERE}/3`,
    "0 end",
  );
  den.told();
  other.told();
  rig.datagram(`${A}:1000`, 5, "C");
  rig.ask(A, client(5, { name: "attic" }, C)).told(
    `0 you ${A}:1000, remote ${ELSEWHERE}:7000, PairKey key1, DestAgeMs 0`,
    "0 end",
  );
  rig.ask(A, TO_DEN).told(
    `0 you ${A}:1000, remote ${HOST}:9000, PairKey key2, DestAgeMs 0`,
    "0 end",
  );
});

Deno.test("a host may take over two sessions, that of its name and that of its address", () => {
  const [rig, byName] = rigWithDen();
  rig.datagram(`${ELSEWHERE}:7000`, 3, "T");
  const byAddress = rig.ask(ELSEWHERE, server(3));
  const host = rig.ask(ELSEWHERE, server(3, T));
  byName.told('0 replaced: a newer session of "den" took over', "0 end");
  byAddress.told(`0 replaced: a newer session of ${ELSEWHERE}/3 took over`, "0 end");
  rig.ask(A, client(5, `${ELSEWHERE}/3`, C)).told(
    `0 you ${A}:1000, remote ${ELSEWHERE}:7000, PairKey key1, DestAgeMs 0`,
    "0 end",
  );
  rig.ask(B, client(6, DEN, D)).told(
    `0 you ${B}:2000, remote ${ELSEWHERE}:7000, PairKey key2, DestAgeMs 0`,
    "0 end",
  );
  host.takeLines();
  host.disconnects();
  rig.at(90_000);
  rig.assertEmpty();
});

Deno.test("a host that comes back without its name gives the name up", () => {
  const [rig, host] = rigWithDen();
  const waiting = rig.ask("192.0.2.3", client(5, DEN, C));
  const again = rig.ask(HOST, server(1, { token: "T" }));
  host.told(`0 replaced: a newer session of ${HOST}/1 took over`, "0 end");
  waiting.told(`0 ${NOT_FOUND}`, "0 end");
  rig.ask(A, client(5, `${HOST}/1`, C));
  again.told(`0 you ${HOST}:9000, remote ${A}:1000, PairKey key1, DestAgeMs 0`);
});

Deno.test("the clients of a full host go on in the order of their requests, however they ask", () => {
  const [rig, host] = rigWithDen();
  host.hasRoom = false;
  const ask = [
    () => rig.ask(A, TO_DEN),
    () => rig.ask(B, client(6, `${HOST}/1`, D)),
    () => rig.ask(A, client(5, `${HOST}/1`, C)),
    () => rig.ask(B, client(6, DEN, D)),
  ];
  const clients = ask.map((asks, i) => {
    rig.at(i);
    return asks();
  });
  for (const each of clients) each.told();
  rig.at(10);
  host.drains();
  for (const [i, each] of clients.entries()) {
    const [own, age] = i % 3 === 0 ? [i === 0 ? `${A}:1000` : `${B}:2000`, 10] : [
      i === 1 ? `${B}:2000` : `${A}:1000`,
      10,
    ];
    each.told(
      `10 you ${own}, remote ${HOST}:9000, PairKey key${i + 1}, DestAgeMs ${age}`,
      "10 end",
    );
  }
});

Deno.test("the same client asking again for the same name takes over", () => {
  const rig = new Rig();
  rig.datagram(`${HOST}:9000`, 1, "T");
  rig.ask(HOST, server(1, T));
  const older = rig.ask(A, TO_DEN);
  const byAddress = rig.ask(A, client(5, `${HOST}/1`, C));
  rig.ask(A, client(5, DEN, D)).told(
    `0 busy: a session with another Token already stands for ${A}/5`,
    "0 end",
  );
  const newer = rig.ask(A, TO_DEN);
  older.told(`0 replaced: a newer session of ${A}/5 took over`, "0 end");
  newer.told();
  byAddress.told();
});

Deno.test("the name of the host with one's own Token is bad_request, live or not", () => {
  const rig = new Rig();
  const explanation = 'RemoteName: expected the name of another host, received "den", whose host ' +
    "has the requester's own Token";
  const host = rig.ask(HOST, server(1, T));
  rig.ask(A, client(5, DEN, { token: "T" })).told(`0 bad_request: ${explanation}`, "0 end");
  rig.datagram(`${HOST}:9000`, 1, "T");
  rig.ask(HOST, client(1, DEN, { token: "T" })).told(`0 bad_request: ${explanation}`, "0 end");
  host.told();
});

Deno.test("repeating the request renews the host, and brings another Note and other endpoints", () => {
  const [rig, host] = rigWithDen();
  rig.at(60_000);
  rig.datagram(`${A}:1000`, 5, "C");
  host.requests(server(1, { ...T, note: "two", local: ["10.0.0.1:1"] }));
  host.told();
  const extended = (keyNumber: number, more: string) =>
    `you ${A}:1000, remote ${HOST}:9000, PairKey key${keyNumber}, DestAgeMs 60000${more}`;
  rig.ask(A, TO_DEN).told(
    `60000 ${extended(1, ", DestLocal 10.0.0.1:1, DestNote two")}`,
    "60000 end",
  );
  host.requests(server(1, T));
  rig.ask(A, TO_DEN).told(`60000 ${extended(2, "")}`, "60000 end");
  host.takeLines();
  rig.at(149_999);
  host.told();
  rig.at(150_000);
  host.told(
    `150000 lease_timeout: nothing renewed the lease of ${HOST}/1 with this Token for 90 s`,
    "150000 end",
  );
});

for (
  const [what, request, received] of [
    ["another name", server(1, { token: "T", name: "Den" }), 'a Server request of "Den"'],
    ["no name", server(1, { token: "T" }), "a Server request without a name"],
    ["another PeerPort", server(2, T), "another Server request"],
    ["another Token", server(1, U), "another Server request"],
    ["a Peer request", peer(1, DEN, T), "another Peer request"],
  ] as const
) {
  Deno.test(`repeating the request with ${what} is bad_request, and the name is free`, () => {
    const [rig, host] = rigWithDen();
    host.requests(request);
    host.told(
      `0 bad_request: expected KeepAlive on the session of the host "den", received ${received}`,
      "0 end",
    );
    rig.ask(A, TO_DEN).told(`0 ${NOT_FOUND}`, "0 end");
  });
}

Deno.test("a host without a name repeats its request as it was", () => {
  for (const more of [{ name: "den" }, { note: "n" }, { local: ["10.0.0.1:1"] }]) {
    const rig = new Rig();
    const host = rig.ask(HOST, server(1, { token: "T" }));
    host.requests(server(1, { token: "T" }));
    host.told();
    host.requests(server(1, { token: "T", ...more }));
    const received = "name" in more ? 'a Server request of "den"' : "another Server request";
    host.told(
      `0 bad_request: expected KeepAlive on the session of the host ${HOST}/1, received ${received}`,
      "0 end",
    );
  }
});

Deno.test("KeepAlives and datagrams renew a host with a name", () => {
  const [rig, host] = rigWithDen();
  rig.at(80_000);
  host.requests(KEEP_ALIVE);
  rig.at(160_000);
  rig.datagram(`${HOST}:9000`, 1, "T");
  rig.at(249_999);
  host.told();
  rig.at(250_000);
  host.takeLines();
  rig.assertEmpty();
});

Deno.test("names are told to whoever gave them, and stand in no event about others", () => {
  const [rig, host] = rigWithDen();
  rig.ask(A, TO_DEN);
  host.disconnects();
  for (const event of rig.trace) {
    if (event.includes("den")) throw new Error(`expected no name, received: ${event}`);
  }
});
