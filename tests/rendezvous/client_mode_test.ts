import { assertEquals } from "@std/assert";
import { A, B, HOST, NOT_FOUND, NOT_HEARD_FROM, rigWithHost, TO_HOST } from "./host_rig.ts";
import { client, KEEP_ALIVE, peer, Rig, type ScriptedPeer, server } from "./rig.ts";

Deno.test("Server gets no response on success, then one per client, in order", () => {
  const [rig, host] = rigWithHost();
  rig.datagram(`${A}:1000`, 5);
  rig.datagram(`${B}:2000`, 5);
  const first = rig.ask(A, TO_HOST);
  const second = rig.ask(B, TO_HOST);
  const third = rig.ask(A, TO_HOST);
  first.told(`0 you ${A}:1000, remote ${HOST}:9000`, "0 end");
  second.told(`0 you ${B}:2000, remote ${HOST}:9000`, "0 end");
  third.told(`0 you ${A}:1000, remote ${HOST}:9000`, "0 end");
  host.told(
    `0 you ${HOST}:9000, remote ${A}:1000`,
    `0 you ${HOST}:9000, remote ${B}:2000`,
    `0 you ${HOST}:9000, remote ${A}:1000`,
  );
  assertEquals(rig.manager.counters.introductions, 3);
});

Deno.test("a client is told the host's newest port", () => {
  const [rig] = rigWithHost();
  rig.datagram(`${A}:1000`, 5);
  rig.datagram(`${HOST}:9001`, 1);
  rig.ask(A, TO_HOST).told(`0 you ${A}:1000, remote ${HOST}:9001`, "0 end");
});

Deno.test("Client for a peer that has no Server session: host_not_found at once", () => {
  const rig = new Rig();
  rig.ask(A, TO_HOST).told(`0 ${NOT_FOUND}`, "0 end");
  rig.datagram(`${A}:1000`, 5);
  rig.datagram(`${HOST}:9000`, 1);
  rig.ask(A, TO_HOST).told(`0 ${NOT_FOUND}`, "0 end");
  rig.ask(HOST, peer(1, `${A}/5`));
  rig.ask(A, TO_HOST).told(`0 ${NOT_FOUND}`, "0 end");
});

Deno.test("a Server session that still waits for its datagram is not live", () => {
  const rig = new Rig();
  const host = rig.ask(HOST, server(1));
  rig.datagram(`${A}:1000`, 5);
  rig.ask(A, TO_HOST).told(`0 ${NOT_HEARD_FROM}`, "0 end");
  host.told();
  host.disconnects();
  rig.ask(A, TO_HOST).told(`0 ${NOT_FOUND}`, "0 end");
});

Deno.test("a Client waits for its own lease, then both get a response", () => {
  const [rig, host] = rigWithHost();
  const a = rig.ask(A, TO_HOST);
  rig.at(5_000);
  a.told();
  host.told();
  rig.datagram(`${A}:1000`, 5);
  a.told(`5000 you ${A}:1000, remote ${HOST}:9000`, "5000 end");
  host.told(`5000 you ${HOST}:9000, remote ${A}:1000`);
});

Deno.test("a Client whose datagram never comes gets no_lease", () => {
  const [rig, host] = rigWithHost();
  const a = rig.ask(A, TO_HOST);
  rig.at(50_000);
  rig.datagram(`${HOST}:9000`, 1);
  rig.at(89_999);
  a.told();
  rig.at(90_000);
  a.told(`90000 no_lease: no datagram for ${A}/5 arrived within 90 s`, "90000 end");
  host.told();
});

Deno.test("a Client with a lease of an earlier socket waits 100 ms", () => {
  const rig = new Rig();
  rig.datagram(`${A}:1000`, 5);
  rig.at(2_000);
  rig.datagram(`${HOST}:9000`, 1);
  const host = rig.ask(HOST, server(1));
  const a = rig.ask(A, TO_HOST);
  rig.at(2_099);
  a.told();
  rig.at(2_100);
  a.told(`2100 you ${A}:1000, remote ${HOST}:9000`, "2100 end");
  host.told(`2100 you ${HOST}:9000, remote ${A}:1000`);
});

Deno.test("a Server with a lease of an earlier socket is live, and serves after 100 ms", () => {
  const rig = new Rig();
  rig.datagram(`${HOST}:9000`, 1);
  rig.at(2_000);
  rig.datagram(`${A}:1000`, 5);
  rig.datagram(`${B}:2000`, 5);
  const host = rig.ask(HOST, server(1));
  const a = rig.ask(A, TO_HOST);
  const b = rig.ask(B, TO_HOST);
  rig.at(2_099);
  a.told();
  b.told();
  rig.at(2_100);
  a.told(`2100 you ${A}:1000, remote ${HOST}:9000`, "2100 end");
  b.told(`2100 you ${B}:2000, remote ${HOST}:9000`, "2100 end");
  host.told(`2100 you ${HOST}:9000, remote ${A}:1000`, `2100 you ${HOST}:9000, remote ${B}:2000`);
});

Deno.test("a Server's newer datagram ends the 100 ms for its clients", () => {
  const rig = new Rig();
  rig.datagram(`${HOST}:9000`, 1);
  rig.at(2_000);
  rig.datagram(`${A}:1000`, 5);
  rig.ask(HOST, server(1));
  const a = rig.ask(A, TO_HOST);
  rig.at(2_050);
  rig.datagram(`${HOST}:9001`, 1);
  a.told(`2050 you ${A}:1000, remote ${HOST}:9001`, "2050 end");
});

Deno.test("a Client that waits for its own lease gets host_not_found when the host goes", () => {
  const farewells: Record<string, (rig: Rig, host: ScriptedPeer) => void> = {
    disconnects: (_, host) => host.disconnects(),
    halfCloses: (_, host) => host.halfCloses(),
    sendsGarbage: (_, host) => host.sendsGarbage("expected JSON"),
    "requests another": (_, host) => host.requests(server(2)),
    "runs out": (rig) => rig.at(90_000),
  };
  for (const [name, leave] of Object.entries(farewells)) {
    const [rig, host] = rigWithHost();
    rig.at(10);
    const a = rig.ask(A, TO_HOST);
    const b = rig.ask(B, client(7, `${HOST}/1`));
    leave(rig, host);
    a.told(`${rig.nowMs} ${NOT_FOUND}`, `${rig.nowMs} end`);
    b.told(`${rig.nowMs} ${NOT_FOUND}`, `${rig.nowMs} end`);
    assertEquals(rig.manager.rosterSize, 0, name);
  }
});

Deno.test("clients of a Server with a full queue wait, and go on when it has read", () => {
  const [rig, host] = rigWithHost();
  rig.datagram(`${A}:1000`, 5);
  rig.datagram(`${B}:2000`, 5);
  host.hasRoom = false;
  const a = rig.ask(A, TO_HOST);
  const b = rig.ask(B, TO_HOST);
  rig.datagram(`${HOST}:9000`, 1);
  rig.at(500);
  for (const told of [host, a, b]) told.told();
  assertEquals(rig.manager.counters.introductions, 0);
  host.drains();
  a.told(`500 you ${A}:1000, remote ${HOST}:9000`, "500 end");
  b.told(`500 you ${B}:2000, remote ${HOST}:9000`, "500 end");
  host.told(
    `500 you ${HOST}:9000, remote ${A}:1000`,
    `500 you ${HOST}:9000, remote ${B}:2000`,
  );
});

Deno.test("a burst that fills the queue introduces as many as fit, in the order of requests", () => {
  const rig = new Rig();
  const host = rig.ask(HOST, server(1));
  const room = 3;
  let told = 0;
  const send = host.send.bind(host);
  host.send = (response) => {
    send(response);
    host.hasRoom = ++told % room > 0;
  };
  rig.datagram(`${A}:9`, 0);
  rig.datagram(`${HOST}:9000`, 1);
  const clients = Array.from({ length: 7 }, (_, i) => {
    rig.datagram(`${A}:${1_000 + i}`, i + 10);
    return rig.ask(A, client(i + 10, `${HOST}/1`));
  });
  const introduced = () => clients.filter(({ state }) => state === "ended").length;
  assertEquals(introduced(), 3);
  rig.at(1);
  host.drains();
  assertEquals(introduced(), 6);
  assertEquals(clients[6].state, "reads");
  clients[3].told(`1 you ${A}:1003, remote ${HOST}:9000`, "1 end");
  host.drains();
  assertEquals(introduced(), 7);
});

Deno.test("a Client that waits for room is taken over, cancelled and told of its host's end", () => {
  const [rig, host] = rigWithHost();
  rig.datagram(`${A}:1000`, 5);
  host.hasRoom = false;
  const first = rig.ask(A, TO_HOST);
  const second = rig.ask(A, TO_HOST);
  first.told(`0 replaced: a newer session of ${A}/5 took over`, "0 end");
  second.halfCloses();
  second.told(`0 cancelled: the peer closed its side while it waited for ${HOST}/1`, "0 end");
  const third = rig.ask(A, TO_HOST);
  host.disconnects();
  third.told(`0 ${NOT_FOUND}`, "0 end");
  rig.at(90_000);
  rig.assertEmpty();
});

Deno.test("whoever takes over a Server with a full queue serves the clients that waited for it", () => {
  const [rig, host] = rigWithHost();
  rig.datagram(`${A}:1000`, 5);
  host.hasRoom = false;
  const a = rig.ask(A, TO_HOST);
  const newer = rig.ask(HOST, server(1));
  host.told(`0 replaced: a newer session of ${HOST}/1 took over`, "0 end");
  a.told(`0 you ${A}:1000, remote ${HOST}:9000`, "0 end");
  newer.told(`0 you ${HOST}:9000, remote ${A}:1000`);
});

Deno.test("one peer waits for one host in one session, a Peer session beside it", () => {
  const [rig] = rigWithHost();
  const asClient = rig.ask(A, TO_HOST);
  const asPeer = rig.ask(A, peer(5, `${HOST}/1`));
  const other = rig.ask(A, client(5, `${HOST}/1`, { token: "t" }));
  asClient.told(`0 replaced: a newer session of ${A}/5 took over`, "0 end");
  asPeer.told();
  const stranger = rig.ask(A, TO_HOST);
  stranger.told(
    `0 busy: a session with another Token already stands for ${A}/5`,
    "0 end",
  );
  other.told();
});

Deno.test("a Client of the other family gets family_mismatch whether or not the host exists", () => {
  const [rig] = rigWithHost();
  for (const remote of [`${HOST}/1`, `${HOST}/2`]) {
    rig.ask("2001:db8::1", client(5, remote)).told(
      `0 family_mismatch: 2001:db8::1 is IPv6 and ${HOST} is IPv4`,
      "0 end",
    );
  }
});

Deno.test("a Client request for its own (IP, PeerPort) is bad_request", () => {
  const [rig, host] = rigWithHost();
  rig.ask(HOST, client(1, `${HOST}/1`)).told(
    `0 bad_request: expected another peer, received ${HOST}/1, which is the requester`,
    "0 end",
  );
  host.told();
});

Deno.test("further bytes on a session that made a Client request are ignored", () => {
  const [rig] = rigWithHost();
  const a = rig.ask(A, TO_HOST);
  a.requests(KEEP_ALIVE);
  a.sendsGarbage("expected JSON");
  a.told();
  rig.datagram(`${A}:1000`, 5);
  a.told(`0 you ${A}:1000, remote ${HOST}:9000`, "0 end");
});
