import { assertEquals } from "@std/assert";
import { client, KEEP_ALIVE, peer, Rig, type ScriptedPeer, server } from "./rig.ts";

const A = "192.0.2.1";
const B = "198.51.100.2";
const TO_B = peer(5, `${B}/6`);
const TO_A = peer(6, `${A}/5`);

Deno.test("no complete request within 10 s of connecting: bad_request, closed", () => {
  const rig = new Rig();
  rig.at(1_000);
  const a = rig.connect(A);
  rig.at(10_999);
  a.told();
  rig.at(11_000);
  a.told("11000 bad_request: expected a request within 10 s, received none", "11000 end");
  rig.at(11_001);
  a.requests(TO_B);
  a.told();
  a.disconnects();
  rig.assertEmpty();
});

Deno.test("a request in the last millisecond of the 10 s is in time", () => {
  const rig = new Rig();
  const a = rig.connect(A);
  rig.at(9_999);
  a.requests(TO_B);
  rig.at(10_001);
  a.told();
});

Deno.test("a request at 10 s before the timer rings is too late, and told once", () => {
  const rig = new Rig();
  const a = rig.connect(A);
  rig.atWithoutTimer(10_000);
  a.requests(TO_B);
  a.told("10000 bad_request: expected a request within 10 s, received none", "10000 end");
  assertEquals(rig.manager.rosterSize, 0);
});

Deno.test("what is no request: bad_request with the explanation, closed", () => {
  const rig = new Rig();
  const a = rig.connect(A);
  a.sendsGarbage("LocalPeerPort: expected a 64-bit integer, received nothing");
  a.told(
    "0 bad_request: LocalPeerPort: expected a 64-bit integer, received nothing",
    "0 end",
  );
  a.requests(TO_B);
  a.sendsGarbage("expected JSON");
  a.told();
});

Deno.test("end of stream cancels what the session waits for, and says so", () => {
  const rig = new Rig();
  rig.datagram(`${A}:1000`, 5);
  rig.datagram(`${B}:2000`, 6);
  const a = rig.ask(A, TO_B);
  a.halfCloses();
  a.told(`0 cancelled: the peer closed its side while it waited for ${B}/6`, "0 end");
  a.disconnects();
  const b = rig.ask(B, TO_A);
  b.told();
  assertEquals(rig.manager.counters.introductions, 0);
});

Deno.test("a Client that half-closes gets cancelled, and its host never hears of it", () => {
  const rig = new Rig();
  rig.datagram(`${B}:2000`, 6);
  const host = rig.ask(B, server(6));
  const a = rig.ask(A, client(5, `${B}/6`));
  a.halfCloses();
  a.told(`0 cancelled: the peer closed its side while it waited for ${B}/6`, "0 end");
  rig.datagram(`${A}:1000`, 5);
  host.told();
});

Deno.test("end of stream before a request is cancelled as well", () => {
  const rig = new Rig();
  const a = rig.connect(A);
  a.halfCloses();
  a.told("0 cancelled: the peer closed its side before its request was complete", "0 end");
});

Deno.test("a reset cancels what the session waits for without a word", () => {
  const rig = new Rig();
  rig.datagram(`${A}:1000`, 5);
  rig.datagram(`${B}:2000`, 6);
  const a = rig.ask(A, TO_B);
  a.disconnects();
  const b = rig.ask(B, TO_A);
  a.told();
  b.told();
  b.disconnects();
  assertEquals(rig.manager.rosterSize, 0);
  assertEquals(rig.manager.sessionCount, 0);
});

Deno.test("an ended session counts no longer, whether or not its connection lingers", () => {
  const rig = new Rig();
  const open = rig.connect(A);
  assertEquals(rig.manager.sessionCount, 1);
  open.disconnects();
  const a = rig.ask(A, KEEP_ALIVE);
  assertEquals(rig.manager.sessionCount, 0);
  assertEquals(rig.manager.nextDeadlineMs, Infinity);
  a.disconnects();
  assertEquals(rig.manager.sessionCount, 0);
  a.disconnects();
  assertEquals(rig.manager.sessionCount, 0);
});

/** Sessions of every kind: without request, host, waiting client, waiting peer, finished. */
function everyKind(rig: Rig): { open: ScriptedPeer[]; ended: ScriptedPeer } {
  rig.datagram(`${B}:2000`, 6);
  const open = [
    rig.connect(A),
    rig.ask(B, server(6)),
    rig.ask(A, client(5, `${B}/6`)),
    rig.ask(A, client(7, `${B}/6`)),
    rig.ask(A, TO_B),
    rig.ask(B, server(7)),
  ];
  const ended = rig.ask(A, KEEP_ALIVE);
  ended.takeLines();
  return { open, ended };
}

Deno.test("shutdown tells every session shutting_down, one without a request as well", () => {
  const rig = new Rig();
  const { open, ended } = everyKind(rig);
  rig.at(5);
  rig.manager.shutDown(rig.nowMs);
  for (const session of open) {
    session.told("5 shutting_down: the server is stopping", "5 end");
  }
  ended.told();
  assertEquals(rig.manager.counters.refusals.shutting_down, 6);
  assertEquals(rig.manager.rosterSize, 0);
  rig.manager.shutDown(rig.nowMs);
  const late = rig.connect(A);
  late.told("5 shutting_down: the server is stopping", "5 end");
  assertEquals([late.session, rig.manager.sessionCount], [undefined, 0]);
  assertEquals(rig.manager.counters.refusals.shutting_down, 7);
});

Deno.test("when descriptors run out, the newest sessions are told busy, and fewer are let in", () => {
  const rig = new Rig();
  const sessions = Array.from({ length: 10 }, (_, i) => rig.ask(A, peer(i, `${B}/1`)));
  assertEquals(rig.manager.shed(3, rig.nowMs), 7);
  for (const session of sessions.slice(0, 7)) session.told();
  for (const session of sessions.slice(7)) {
    session.told("0 busy: the server has no descriptors left", "0 end");
  }
  const refused = rig.connect(A);
  assertEquals(refused.session, undefined);
  refused.told("0 busy: expected at most 7 sessions (max_sessions), this is one more", "0 end");
  for (const session of sessions.slice(7)) session.disconnects();
  assertEquals(rig.connect(A).session, undefined);
  sessions[0].disconnects();
  rig.connect(A).told();
});

Deno.test("those without a request are given back before all others", () => {
  const rig = new Rig();
  const silent = rig.connect(A);
  const waiting = rig.ask(A, TO_B);
  const newest = rig.ask(A, peer(6, `${B}/6`));
  rig.manager.shed(2, rig.nowMs);
  silent.told("0 busy: the server has no descriptors left", "0 end");
  waiting.told();
  newest.told("0 busy: the server has no descriptors left", "0 end");
});

Deno.test("giving sessions back tells nobody twice, clients of a host that goes included", () => {
  const rig = new Rig();
  const { open, ended } = everyKind(rig);
  rig.manager.shed(6, rig.nowMs);
  for (const session of open) {
    session.told("0 busy: the server has no descriptors left", "0 end");
  }
  ended.told();
  assertEquals(rig.manager.counters.refusals.host_not_found, 0);
});

Deno.test("a client that stays is told host_not_found when its host is given back", () => {
  const rig = new Rig();
  rig.datagram(`${B}:2000`, 6);
  const a = rig.connect(A);
  const host = rig.ask(B, server(6));
  a.requests(client(5, `${B}/6`));
  rig.manager.shed(1, rig.nowMs);
  host.told("0 busy: the server has no descriptors left", "0 end");
  a.told(`0 host_not_found: no host ${B}/6 is connected and registered`, "0 end");
});

Deno.test("giving back none or more than there are", () => {
  const rig = new Rig();
  const a = rig.connect(A);
  assertEquals(rig.manager.shed(0, rig.nowMs), 1);
  a.told();
  assertEquals(rig.manager.shed(32, rig.nowMs), 1);
  a.told("0 busy: the server has no descriptors left", "0 end");
});

Deno.test("every session is counted, and every refusal by its code", () => {
  const rig = new Rig({ maxSessions: 2 });
  rig.ask(A, KEEP_ALIVE);
  rig.ask(A, client(5, `${B}/6`));
  for (let i = 0; i < 3; i++) rig.connect(A);
  const { connections, refusals, introductions } = rig.manager.counters;
  assertEquals([connections, introductions], [4, 0]);
  assertEquals(refusals, {
    bad_request: 1,
    no_lease: 0,
    lease_timeout: 0,
    host_not_found: 1,
    family_mismatch: 0,
    replaced: 0,
    address_mismatch: 0,
    cancelled: 0,
    busy: 1,
    shutting_down: 0,
  });
});

Deno.test("what the descriptors took is given back, as far as the settings allow", () => {
  const rig = new Rig({ maxSessions: 10 });
  for (let i = 0; i < 10; i++) rig.connect(A);
  assertEquals(rig.manager.shed(3, rig.nowMs), 7);
  assertEquals(rig.manager.admitMore(2), "fewer than allowed");
  assertEquals(rig.manager.maxSessions, 9);
  assertEquals(rig.manager.admitMore(2), "as many as allowed");
  assertEquals(rig.manager.maxSessions, 10);
});
