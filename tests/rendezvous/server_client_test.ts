import { assertEquals } from "@std/assert";
import { client, KEEP_ALIVE, peer, Rig, type ScriptedPeer, server } from "./rig.ts";

const HOST = "198.51.100.1";
const A = "192.0.2.1";
const B = "192.0.2.2";
const NOT_FOUND = `host_not_found: no host ${HOST}/1 is connected and registered`;
const GONE = `nothing renewed the lease of ${HOST}/1 for 90 s`;
const TO_HOST = client(5, `${HOST}/1`);

/** A live host, registered at 0. */
function rigWithHost(): [Rig, ScriptedPeer] {
  const rig = new Rig();
  rig.datagram(`${HOST}:9000`, 1);
  const host = rig.ask(HOST, server(1));
  host.told();
  return [rig, host];
}

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

Deno.test("host datagram and Server request in either order make a live host", () => {
  const rig = new Rig();
  const host = rig.ask(HOST, server(1));
  rig.at(10);
  rig.datagram(`${HOST}:9000`, 1);
  rig.datagram(`${A}:1000`, 5);
  rig.ask(A, TO_HOST).told(`10 you ${A}:1000, remote ${HOST}:9000`, "10 end");
  host.told(`10 you ${HOST}:9000, remote ${A}:1000`);
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
  rig.ask(A, TO_HOST).told(`0 ${NOT_FOUND}`, "0 end");
  host.told();
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

Deno.test("a Server session that nothing renewed for the lease timeout gets lease_timeout", () => {
  const [rig, host] = rigWithHost();
  rig.at(89_999);
  host.told();
  rig.at(90_000);
  host.told(`90000 lease_timeout: ${GONE}`, "90000 end");
  rig.ask(A, TO_HOST).told(`90000 ${NOT_FOUND}`, "90000 end");
});

Deno.test("KeepAlive renews the session and its lease, and is never answered", () => {
  const [rig, host] = rigWithHost();
  rig.at(60_000);
  host.requests(KEEP_ALIVE);
  rig.at(149_999);
  host.told();
  rig.datagram(`${A}:1000`, 5);
  rig.ask(A, TO_HOST).told(`149999 you ${A}:1000, remote ${HOST}:9000`, "149999 end");
  host.told(`149999 you ${HOST}:9000, remote ${A}:1000`);
  rig.at(150_000);
  host.told(`150000 lease_timeout: ${GONE}`, "150000 end");
});

Deno.test("datagrams renew a Server session too", () => {
  const [rig, host] = rigWithHost();
  rig.at(60_000);
  rig.datagram(`${HOST}:9000`, 1);
  rig.at(149_999);
  host.told();
  rig.at(150_000);
  host.told(`150000 lease_timeout: ${GONE}`, "150000 end");
});

Deno.test("a KeepAlive at the deadline before the timer rings is too late, and told once", () => {
  for (const request of [KEEP_ALIVE, server(1), server(2), TO_HOST]) {
    const [rig, host] = rigWithHost();
    rig.atWithoutTimer(90_000);
    host.requests(request);
    host.told(`90000 lease_timeout: ${GONE}`, "90000 end");
    assertEquals(rig.manager.counters.refusals.bad_request, 0);
  }
});

Deno.test("a Server's time starts at the later of its request and its datagram", () => {
  const [rig, host] = rigWithHost();
  host.disconnects();
  rig.at(60_000);
  const later = rig.ask(HOST, server(1));
  rig.at(149_999);
  later.told();
  rig.at(150_000);
  later.told(`150000 lease_timeout: ${GONE}`, "150000 end");

  const earlier = rig.ask(HOST, server(1));
  rig.at(200_000);
  rig.datagram(`${HOST}:9000`, 1);
  rig.at(289_999);
  earlier.told();
  rig.at(290_000);
  earlier.told(`290000 lease_timeout: ${GONE}`, "290000 end");
});

Deno.test("KeepAlive as the first request is bad_request", () => {
  const rig = new Rig();
  rig.ask(A, KEEP_ALIVE).told(
    "0 bad_request: KeepAlive: expected a Server session, received it as the first request",
    "0 end",
  );
});

Deno.test("a Server whose connection ends is gone at once", () => {
  const [rig, host] = rigWithHost();
  rig.datagram(`${A}:1000`, 5);
  host.disconnects();
  rig.ask(A, TO_HOST).told(`0 ${NOT_FOUND}`, "0 end");
  host.told();
});

Deno.test("a Server that half-closes gets cancelled and is gone at once", () => {
  const [rig, host] = rigWithHost();
  host.halfCloses();
  host.told(`0 cancelled: the peer closed its side while it was the host ${HOST}/1`, "0 end");
  rig.ask(A, TO_HOST).told(`0 ${NOT_FOUND}`, "0 end");
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

Deno.test("a second Server request for the same peer takes over; the older gets replaced", () => {
  const [rig, older] = rigWithHost();
  rig.at(10);
  const newer = rig.ask(HOST, server(1));
  older.told(`10 replaced: a newer session of ${HOST}/1 took over`, "10 end");
  newer.told();
  older.disconnects();
  rig.datagram(`${A}:1000`, 5);
  rig.ask(A, TO_HOST).told(`10 you ${A}:1000, remote ${HOST}:9000`, "10 end");
  newer.told(`10 you ${HOST}:9000, remote ${A}:1000`);
});

Deno.test("a takeover without a lease is decided when the request arrives", () => {
  const rig = new Rig();
  const older = rig.ask(HOST, server(1));
  const newer = rig.ask(HOST, server(1));
  older.told(`0 replaced: a newer session of ${HOST}/1 took over`, "0 end");
  rig.datagram(`${HOST}:9000`, 1);
  rig.datagram(`${A}:1000`, 5);
  rig.ask(A, TO_HOST);
  newer.told(`0 you ${HOST}:9000, remote ${A}:1000`);
  older.told();
});

Deno.test("clients that wait for their lease survive a takeover of their host", () => {
  const [rig] = rigWithHost();
  const a = rig.ask(A, TO_HOST);
  const newer = rig.ask(HOST, server(1));
  a.told();
  rig.datagram(`${A}:1000`, 5);
  a.told(`0 you ${A}:1000, remote ${HOST}:9000`, "0 end");
  newer.told(`0 you ${HOST}:9000, remote ${A}:1000`);
});

Deno.test("clients that wait for a host's newer datagram are served by the one that takes over", () => {
  const rig = new Rig();
  rig.datagram(`${HOST}:9000`, 1);
  const early = rig.connect(HOST);
  rig.at(5_000);
  rig.datagram(`${A}:1000`, 5);
  rig.ask(HOST, server(1));
  const a = rig.ask(A, TO_HOST);
  rig.at(5_050);
  a.told();
  early.requests(server(1));
  a.told(`5050 you ${A}:1000, remote ${HOST}:9000`, "5050 end");
  early.told(`5050 you ${HOST}:9000, remote ${A}:1000`);
});

Deno.test("after a takeover with a lease of an earlier socket, clients wait the 100 ms", () => {
  const [rig] = rigWithHost();
  rig.at(5_000);
  rig.datagram(`${A}:1000`, 5);
  rig.ask(HOST, server(1));
  const a = rig.ask(A, TO_HOST);
  a.told();
  rig.at(5_099);
  a.told();
  rig.at(5_100);
  a.told(`5100 you ${A}:1000, remote ${HOST}:9000`, "5100 end");
});

Deno.test("on the same session the same Server request again is a KeepAlive", () => {
  const [rig, host] = rigWithHost();
  rig.at(60_000);
  host.requests(server(1));
  rig.at(149_999);
  host.told();
  rig.at(150_000);
  host.told(`150000 lease_timeout: ${GONE}`, "150000 end");
});

Deno.test("a different request on a Server session is bad_request and ends the registration", () => {
  const others = {
    Server: [server(2), server(1, { token: "T" })],
    Client: [client(1, `${A}/5`)],
    Peer: [peer(1, `${A}/5`)],
  };
  for (const [type, requests] of Object.entries(others)) {
    for (const request of requests) {
      const [rig, host] = rigWithHost();
      host.requests(request);
      host.told(
        `0 bad_request: expected KeepAlive on the session of the host ${HOST}/1, ` +
          `received another ${type} request`,
        "0 end",
      );
      rig.ask(A, TO_HOST).told(`0 ${NOT_FOUND}`, "0 end");
    }
  }
});

Deno.test("other members of a repeated extended Server request make it a different one", () => {
  const rig = new Rig();
  rig.datagram(`${HOST}:9000`, 1, "T");
  const host = rig.ask(HOST, server(1, { token: "T", local: ["10.0.0.1:1", "10.0.0.1:2"] }));
  host.requests(server(1, { token: "T", local: ["10.0.0.1:1", "10.0.0.1:2"] }));
  host.told();
  host.requests(server(1, { token: "T", local: ["10.0.0.1:1"] }));
  host.told(
    `0 bad_request: expected KeepAlive on the session of the host ${HOST}/1, ` +
      "received another Server request",
    "0 end",
  );
});

Deno.test("a malformed value on a Server session is bad_request and ends the registration", () => {
  const [rig, host] = rigWithHost();
  host.sendsGarbage("expected JSON, received byte 0x78");
  host.told("0 bad_request: expected JSON, received byte 0x78", "0 end");
  host.requests(KEEP_ALIVE);
  host.sendsGarbage("expected JSON");
  host.told();
  rig.ask(A, TO_HOST).told(`0 ${NOT_FOUND}`, "0 end");
});

Deno.test("a Server that does not read ends, and slows nobody else", () => {
  const [rig, host] = rigWithHost();
  rig.datagram(`${A}:1000`, 5);
  const waiting = rig.ask(B, TO_HOST);
  host.state = "stuck";
  const a = rig.ask(A, TO_HOST);
  a.told(`0 ${NOT_FOUND}`, "0 end");
  waiting.told(`0 ${NOT_FOUND}`, "0 end");
  host.told();
  assertEquals(rig.manager.rosterSize, 0);
  assertEquals(rig.manager.counters.introductions, 0);
  host.requests(KEEP_ALIVE);
  host.disconnects();
  rig.ask(A, TO_HOST).told(`0 ${NOT_FOUND}`, "0 end");
  rig.at(200_000);
  host.told();
});

Deno.test("when a host overflows in the middle of its clients, the rest get host_not_found", () => {
  const rig = new Rig();
  rig.datagram(`${HOST}:9000`, 1);
  rig.at(2_000);
  const host = rig.ask(HOST, server(1));
  rig.datagram(`${A}:1000`, 5);
  const first = rig.ask(A, TO_HOST);
  const rest = [rig.ask(A, TO_HOST), rig.ask(A, TO_HOST), rig.ask(B, TO_HOST)];
  const send = host.send.bind(host);
  host.send = (response) => {
    const outcome = send(response);
    host.state = "stuck";
    return outcome;
  };
  rig.at(2_100);
  first.told(`2100 you ${A}:1000, remote ${HOST}:9000`, "2100 end");
  for (const session of rest) session.told(`2100 ${NOT_FOUND}`, "2100 end");
  host.told(`2100 you ${HOST}:9000, remote ${A}:1000`);
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

Deno.test("one peer can host, join and wait at the same time", () => {
  const [rig, host] = rigWithHost();
  rig.datagram(`${A}:1000`, 5);
  const own = rig.ask(A, server(5));
  const waiting = rig.ask(A, peer(5, `${HOST}/1`));
  const joining = rig.ask(A, TO_HOST);
  joining.told(`0 you ${A}:1000, remote ${HOST}:9000`, "0 end");
  rig.ask(HOST, peer(1, `${A}/5`)).told(`0 you ${HOST}:9000, remote ${A}:1000`, "0 end");
  rig.ask(HOST, client(1, `${A}/5`)).told(`0 you ${HOST}:9000, remote ${A}:1000`, "0 end");
  waiting.told(`0 you ${A}:1000, remote ${HOST}:9000`, "0 end");
  own.told(`0 you ${A}:1000, remote ${HOST}:9000`);
  host.told(`0 you ${HOST}:9000, remote ${A}:1000`);
});

Deno.test("after everybody left and every lease ran out, nothing is kept", () => {
  const [rig, host] = rigWithHost();
  const a = rig.ask(A, TO_HOST);
  const b = rig.ask(B, TO_HOST);
  rig.datagram(`${A}:1000`, 5);
  for (const session of [host, a, b]) session.disconnects();
  for (const session of [host, a, b]) session.disconnects();
  assertEquals(rig.manager.rosterSize, 0);
  assertEquals(rig.manager.sessionCount, 0);
  rig.at(90_000);
  rig.assertEmpty();
});
