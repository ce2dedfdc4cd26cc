import { assertEquals } from "@std/assert";
import { A, B, HOST, HOST_TIMEOUT, NOT_FOUND, rigWithHost, TO_HOST } from "./host_rig.ts";
import { client, KEEP_ALIVE, peer, Rig, server } from "./rig.ts";

Deno.test("host datagram and Server request in either order make a live host", () => {
  const rig = new Rig();
  const host = rig.ask(HOST, server(1));
  rig.at(10);
  rig.datagram(`${HOST}:9000`, 1);
  rig.datagram(`${A}:1000`, 5);
  rig.ask(A, TO_HOST).told(`10 you ${A}:1000, remote ${HOST}:9000`, "10 end");
  host.told(`10 you ${HOST}:9000, remote ${A}:1000`);
});

Deno.test("a Server session that nothing renewed for the lease timeout gets lease_timeout", () => {
  const [rig, host] = rigWithHost();
  rig.at(89_999);
  host.told();
  rig.at(90_000);
  host.told(`90000 ${HOST_TIMEOUT}`, "90000 end");
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
  host.told(`150000 ${HOST_TIMEOUT}`, "150000 end");
});

Deno.test("datagrams renew a Server session too", () => {
  const [rig, host] = rigWithHost();
  rig.at(60_000);
  rig.datagram(`${HOST}:9000`, 1);
  rig.at(149_999);
  host.told();
  rig.at(150_000);
  host.told(`150000 ${HOST_TIMEOUT}`, "150000 end");
});

Deno.test("a KeepAlive at the deadline before the timer rings is too late, and told once", () => {
  for (const request of [KEEP_ALIVE, server(1), server(2), TO_HOST]) {
    const [rig, host] = rigWithHost();
    rig.atWithoutTimer(90_000);
    host.requests(request);
    host.told(`90000 ${HOST_TIMEOUT}`, "90000 end");
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
  later.told(`150000 ${HOST_TIMEOUT}`, "150000 end");

  const earlier = rig.ask(HOST, server(1));
  rig.at(200_000);
  rig.datagram(`${HOST}:9000`, 1);
  rig.at(289_999);
  earlier.told();
  rig.at(290_000);
  earlier.told(`290000 ${HOST_TIMEOUT}`, "290000 end");
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
  host.told(`150000 ${HOST_TIMEOUT}`, "150000 end");
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
