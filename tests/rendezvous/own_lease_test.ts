import { assertEquals } from "@std/assert";
import { KEEP_ALIVE, peer, Rig, server } from "./rig.ts";

const A = "192.0.2.1";
const B = "198.51.100.2";
const TO_B = peer(5, `${B}/6`);
const TO_A = peer(6, `${A}/5`);

/** B waits with a fresh lease, so that everything depends on A. */
function rigWithWaitingB(nowMs: number): Rig {
  const rig = new Rig();
  rig.at(nowMs);
  rig.datagram(`${B}:2000`, 6);
  rig.ask(B, TO_A);
  return rig;
}

Deno.test("no lease yet: the session waits for it, up to the lease timeout, then no_lease", () => {
  const rig = new Rig();
  const a = rig.connect(A);
  rig.at(1_000);
  a.requests(TO_B);
  rig.at(90_999);
  a.told();
  rig.at(91_000);
  a.told(`91000 no_lease: no datagram for ${A}/5 arrived within 90 s`, "91000 end");
  rig.at(91_001);
  a.told();
  assertEquals(rig.manager.counters.refusals.no_lease, 1);
  a.disconnects();
  rig.assertEmpty();
});

Deno.test("a datagram in the last moment of the wait is in time", () => {
  const rig = new Rig();
  const a = rig.ask(A, TO_B);
  rig.at(89_999);
  rig.datagram(`${A}:1000`, 5);
  rig.at(90_000);
  a.told();
  rig.datagram(`${B}:2000`, 6);
  rig.ask(B, TO_A);
  a.told(`90000 you ${A}:1000, remote ${B}:2000`, "90000 end");
});

Deno.test("a datagram that arrives at the deadline before the timer rings is too late", () => {
  const rig = new Rig();
  const a = rig.ask(A, TO_B);
  rig.atWithoutTimer(90_000);
  rig.datagram(`${A}:1000`, 5);
  a.told(`90000 no_lease: no datagram for ${A}/5 arrived within 90 s`, "90000 end");
});

Deno.test("a Server waits for its lease as well, and KeepAlives do not make it wait longer", () => {
  const rig = new Rig();
  const host = rig.ask(A, server(5));
  for (const ms of [30_000, 60_000, 89_999]) {
    rig.at(ms);
    host.requests(KEEP_ALIVE);
  }
  host.told();
  rig.at(90_000);
  host.told(`90000 no_lease: no datagram for ${A}/5 arrived within 90 s`, "90000 end");
});

Deno.test("a lease exactly 1 s older than the connection is used at once", () => {
  const rig = new Rig();
  rig.datagram(`${A}:1000`, 5);
  rig.at(1_000);
  const a = rig.connect(A);
  rig.datagram(`${B}:2000`, 6);
  rig.ask(B, TO_A);
  a.requests(TO_B);
  a.told(`1000 you ${A}:1000, remote ${B}:2000`, "1000 end");
});

Deno.test("a lease more than 1 s older than the connection is used 100 ms after the request", () => {
  const rig = new Rig();
  rig.datagram(`${A}:1000`, 5);
  rig.at(1_001);
  rig.datagram(`${B}:2000`, 6);
  const b = rig.ask(B, TO_A);
  const a = rig.ask(A, TO_B);
  assertEquals(rig.manager.nextDeadlineMs, 1_101);
  rig.at(1_100);
  a.told();
  b.told();
  rig.at(1_101);
  a.told(`1101 you ${A}:1000, remote ${B}:2000`, "1101 end");
  b.told(`1101 you ${B}:2000, remote ${A}:1000`, "1101 end");
});

Deno.test("a newer datagram ends the 100 ms, and its port is the one that is told", () => {
  for (const datagramMs of [1_001, 1_050, 1_100]) {
    const rig = new Rig();
    rig.datagram(`${A}:1000`, 5);
    rig.at(1_001);
    rig.datagram(`${B}:2000`, 6);
    const b = rig.ask(B, TO_A);
    const a = rig.ask(A, TO_B);
    rig.at(datagramMs);
    rig.datagram(`${A}:1001`, 5);
    a.told(`${datagramMs} you ${A}:1001, remote ${B}:2000`, `${datagramMs} end`);
    b.told(`${datagramMs} you ${B}:2000, remote ${A}:1001`, `${datagramMs} end`);
  }
});

Deno.test("the second is counted from the connection, not from the request", () => {
  const rig = new Rig();
  rig.datagram(`${A}:1000`, 5);
  rig.at(1_000);
  const a = rig.connect(A);
  rig.at(9_000);
  rig.datagram(`${B}:2000`, 6);
  rig.ask(B, TO_A);
  a.requests(TO_B);
  a.told(`9000 you ${A}:1000, remote ${B}:2000`, "9000 end");
});

Deno.test("the 100 ms count from the request, not from the connection", () => {
  const rig = new Rig();
  rig.datagram(`${A}:1000`, 5);
  rig.at(2_000);
  const a = rig.connect(A);
  rig.at(7_000);
  a.requests(TO_B);
  rig.datagram(`${B}:2000`, 6);
  rig.ask(B, TO_A);
  rig.at(7_099);
  a.told();
  rig.at(7_100);
  a.told(`7100 you ${A}:1000, remote ${B}:2000`, "7100 end");
});

Deno.test("a partner who comes after the 100 ms is introduced at once", () => {
  const rig = new Rig();
  rig.datagram(`${A}:1000`, 5);
  rig.at(2_000);
  const a = rig.ask(A, TO_B);
  rig.at(3_000);
  rig.datagram(`${B}:2000`, 6);
  rig.ask(B, TO_A);
  a.told(`3000 you ${A}:1000, remote ${B}:2000`, "3000 end");
});

Deno.test("when both leases may be of an earlier socket, the later request decides", () => {
  const rig = new Rig();
  rig.datagram(`${A}:1000`, 5);
  rig.datagram(`${B}:2000`, 6);
  rig.at(5_000);
  const a = rig.ask(A, TO_B);
  rig.at(5_060);
  const b = rig.ask(B, TO_A);
  rig.at(5_159);
  a.told();
  rig.at(5_160);
  a.told(`5160 you ${A}:1000, remote ${B}:2000`, "5160 end");
  b.told(`5160 you ${B}:2000, remote ${A}:1000`, "5160 end");
});

Deno.test("datagrams within a second of each other keep a lease fresh", () => {
  const rig = new Rig();
  rig.datagram(`${A}:1000`, 5);
  rig.at(900);
  rig.datagram(`${A}:1000`, 5);
  rig.at(1_900);
  rig.datagram(`${B}:2000`, 6);
  rig.ask(B, TO_A);
  rig.ask(A, TO_B).told(`1900 you ${A}:1000, remote ${B}:2000`, "1900 end");
});

Deno.test("a lease that ends within the 100 ms is a lease_timeout", () => {
  const rig = new Rig();
  rig.datagram(`${A}:1000`, 5);
  rig.at(89_950);
  rig.datagram(`${B}:2000`, 6);
  rig.ask(B, TO_A).told();
  const a = rig.ask(A, TO_B);
  rig.at(89_999);
  a.told();
  rig.at(90_000);
  a.told(`90000 lease_timeout: nothing renewed the lease of ${A}/5 for 90 s`, "90000 end");
});

Deno.test("the lease survives an introduction: one registration serves several requests", () => {
  const rig = rigWithWaitingB(0);
  rig.datagram(`${A}:1000`, 5);
  for (const ms of [0, 500, 1_000]) {
    rig.at(ms);
    rig.datagram(`${B}:2000`, 6);
    if (ms > 0) rig.ask(B, TO_A);
    rig.ask(A, TO_B).told(`${ms} you ${A}:1000, remote ${B}:2000`, `${ms} end`);
  }
  assertEquals(rig.manager.leaseCount, 2);
});

Deno.test("a wait ends at its time whatever fractions of a millisecond the clock shows", () => {
  // For these times (request + timeout) - request rounds to less than the timeout.
  for (const requestMs of [41082.686, 41098.735, 41106.143]) {
    for (const token of [undefined, "T"]) {
      const rig = new Rig();
      rig.at(requestMs);
      const request = peer(5, `${B}/6`, token === undefined ? undefined : { token });
      const a = rig.ask(A, request);
      rig.at(requestMs + 90_000);
      const withToken = token === undefined ? "" : " with this Token";
      a.told(
        `${requestMs + 90_000} no_lease: ` +
          `no datagram for ${A}/5${withToken} arrived within 90 s`,
        `${requestMs + 90_000} end`,
      );
    }
  }
});
