import { assertEquals } from "@std/assert";
import type { NamePair } from "../../src/rendezvous/session.ts";
import { NamedPeers } from "../../src/rendezvous/named_peers.ts";
import { Session, type SessionRequest } from "../../src/rendezvous/session.ts";
import { peer, Rig, type ScriptedPeer, server } from "./rig.ts";

const A = "192.0.2.1";
const B = "198.51.100.2";
const C = "203.0.113.3";
const ANN = { name: "ann" };
const BOB = { name: "bob" };
const POINT = { name: "point" };

function annAsks(rig: Rig, address: string, token = "T", localPeerPort = 5): ScriptedPeer {
  return rig.ask(address, peer(localPeerPort, BOB, { token, ...ANN }));
}

function bobAsks(rig: Rig, address: string, token = "U", localPeerPort = 6): ScriptedPeer {
  return rig.ask(address, peer(localPeerPort, ANN, { token, ...BOB }));
}

/** Comes to the meeting point, with PeerPort 5. */
function comes(rig: Rig, address: string, token: string): ScriptedPeer {
  return rig.ask(address, peer(5, POINT, { token, ...POINT }));
}

Deno.test("two Peers that have each other's name meet, whatever their addresses and PeerPorts", () => {
  const rig = new Rig();
  rig.datagram(`${A}:1000`, 5, "T");
  const ann = annAsks(rig, A);
  rig.at(10);
  const bob = bobAsks(rig, B);
  ann.told();
  rig.datagram(`${B}:2000`, 6, "U");
  ann.told(`10 you ${A}:1000, remote ${B}:2000, PairKey key1, DestAgeMs 0`, "10 end");
  bob.told(`10 you ${B}:2000, remote ${A}:1000, PairKey key1, DestAgeMs 10`, "10 end");
});

Deno.test("Peers whose names do not fit, or of another IP version, never meet", () => {
  const rig = new Rig();
  const names = [["ann", "carl"], ["bob", "carl"], ["Bob", "ann"], ["bob", "Ann"]];
  const ann = annAsks(rig, A);
  rig.datagram(`${A}:1000`, 5, "T");
  for (const [i, [own, remote]] of names.entries()) {
    const token = `U${i}`;
    rig.datagram(`${B}:2000`, 6, token);
    rig.ask(B, peer(6, { name: remote }, { token, name: own })).told();
  }
  rig.datagram("[2001:db8::2]:2000", 6, "U");
  bobAsks(rig, "2001:db8::2").told();
  ann.told();
});

Deno.test("a Peer that asks by name and one that asks by address never meet", () => {
  const rig = new Rig();
  rig.datagram(`${A}:1000`, 5, "T");
  rig.datagram(`${B}:2000`, 6, "U");
  const ann = annAsks(rig, A);
  const byAddress = rig.ask(B, peer(6, `${A}/5`, { token: "U" }));
  ann.told();
  byAddress.told();
  // The same peer may wait both ways at once.
  const bob = bobAsks(rig, B);
  ann.told(`0 you ${A}:1000, remote ${B}:2000, PairKey key1, DestAgeMs 0`, "0 end");
  bob.told(`0 you ${B}:2000, remote ${A}:1000, PairKey key1, DestAgeMs 0`, "0 end");
  byAddress.told();
});

Deno.test("the names of hosts and those of Peers are apart", () => {
  const rig = new Rig();
  rig.datagram(`${A}:1000`, 5, "T");
  rig.datagram(`${B}:2000`, 6, "U");
  const host = rig.ask(A, server(5, { token: "T", ...ANN }));
  annAsks(rig, B, "U", 6).told();
  host.told();
});

Deno.test("the names of a waiting Peer are guarded by its Token, lease or not", () => {
  const rig = new Rig();
  const ann = annAsks(rig, A);
  rig.at(60_000);
  annAsks(rig, C, "V").told(
    '60000 busy: a session with another Token already stands for "ann" that asks for "bob"',
    "60000 end",
  );
  ann.told();
});

Deno.test("the same Token takes the names over from any address", () => {
  const rig = new Rig();
  const ann = annAsks(rig, A);
  const moved = annAsks(rig, C, "T", 9);
  ann.told('0 replaced: a newer session of "ann" that asks for "bob" took over', "0 end");
  rig.datagram(`${A}:1000`, 5, "T");
  rig.datagram(`${B}:2000`, 6, "U");
  const bob = bobAsks(rig, B);
  bob.told();
  rig.datagram(`${C}:3000`, 9, "T");
  moved.told(`0 you ${C}:3000, remote ${B}:2000, PairKey key1, DestAgeMs 0`, "0 end");
  bob.told(`0 you ${B}:2000, remote ${C}:3000, PairKey key1, DestAgeMs 0`, "0 end");
});

Deno.test("one name may wait for several others, one session each", () => {
  const rig = new Rig();
  rig.datagram(`${A}:1000`, 5, "T");
  const forBob = annAsks(rig, A);
  const forCarl = rig.ask(A, peer(5, { name: "carl" }, { token: "T", ...ANN }));
  rig.datagram(`${B}:2000`, 6, "U");
  rig.ask(B, peer(6, ANN, { token: "U", name: "carl" }));
  forCarl.told(`0 you ${A}:1000, remote ${B}:2000, PairKey key1, DestAgeMs 0`, "0 end");
  forBob.told();
});

Deno.test("a named Peer waits for its lease and ends with it like any other", () => {
  const rig = new Rig();
  const late = annAsks(rig, A);
  rig.datagram(`${B}:2000`, 6, "U");
  const bob = rig.ask(B, peer(6, { name: "carl" }, { token: "U", ...BOB }));
  rig.at(90_000);
  late.told(
    `90000 no_lease: no datagram for ${A}/5 with this Token arrived within 90 s`,
    "90000 end",
  );
  bob.told(
    `90000 lease_timeout: nothing renewed the lease of ${B}/6 with this Token for 90 s`,
    "90000 end",
  );
  rig.assertEmpty();
});

Deno.test("what ended a waiting Peer is said with the name that it waited for", () => {
  const rig = new Rig();
  const ann = annAsks(rig, A);
  ann.halfCloses();
  ann.told('0 cancelled: the peer closed its side while it waited for "bob"', "0 end");
  const first = comes(rig, A, "T");
  first.halfCloses();
  first.told(
    '0 cancelled: the peer closed its side while it waited at the meeting point "point"',
    "0 end",
  );
});

Deno.test("at a meeting point the first that is ready waits, and the next one meets it", () => {
  const rig = new Rig();
  const first = comes(rig, A, "T");
  const second = comes(rig, B, "U");
  rig.datagram(`${B}:2000`, 5, "U");
  first.told();
  second.told();
  rig.at(5);
  rig.datagram(`${A}:1000`, 5, "T");
  first.told(`5 you ${A}:1000, remote ${B}:2000, PairKey key1, DestAgeMs 5`, "5 end");
  second.told(`5 you ${B}:2000, remote ${A}:1000, PairKey key1, DestAgeMs 0`, "5 end");
});

Deno.test("the third at a meeting point waits for the fourth", () => {
  const rig = new Rig();
  const comers = [A, B, C, "203.0.113.4"].map((address, i) => {
    rig.datagram(`${address}:${1000 + i}`, 5, `T${i}`);
    return comes(rig, address, `T${i}`);
  });
  comers[0].told(`0 you ${A}:1000, remote ${B}:1001, PairKey key1, DestAgeMs 0`, "0 end");
  comers[1].told(`0 you ${B}:1001, remote ${A}:1000, PairKey key1, DestAgeMs 0`, "0 end");
  comers[2].told(`0 you ${C}:1002, remote 203.0.113.4:1003, PairKey key2, DestAgeMs 0`, "0 end");
  comers[3].told(`0 you 203.0.113.4:1003, remote ${C}:1002, PairKey key2, DestAgeMs 0`, "0 end");
});

Deno.test("whoever becomes ready next is met, whoever came before", () => {
  const rig = new Rig();
  const notReady = [comes(rig, A, "T1"), comes(rig, A, "T2"), comes(rig, B, "T3")];
  rig.datagram(`${C}:3000`, 5, "U");
  const ready = comes(rig, C, "U");
  ready.told();
  rig.at(1);
  rig.datagram(`${A}:1002`, 5, "T2");
  notReady[1].told(`1 you ${A}:1002, remote ${C}:3000, PairKey key1, DestAgeMs 1`, "1 end");
  ready.told(`1 you ${C}:3000, remote ${A}:1002, PairKey key1, DestAgeMs 0`, "1 end");
  rig.datagram(`${B}:2003`, 5, "T3");
  notReady[0].told();
  notReady[2].told();
  rig.at(2);
  rig.datagram(`${A}:1001`, 5, "T1");
  notReady[0].told(`2 you ${A}:1001, remote ${B}:2003, PairKey key2, DestAgeMs 1`, "2 end");
  notReady[2].told(`2 you ${B}:2003, remote ${A}:1001, PairKey key2, DestAgeMs 0`, "2 end");
});

Deno.test("those not ready wait for their own lease alone", () => {
  const rig = new Rig();
  const late = comes(rig, A, "T");
  rig.at(89_999);
  rig.datagram(`${B}:2000`, 5, "U");
  const ready = comes(rig, B, "U");
  rig.at(90_000);
  late.told(
    `90000 no_lease: no datagram for ${A}/5 with this Token arrived within 90 s`,
    "90000 end",
  );
  rig.at(179_998);
  ready.told();
  rig.at(179_999);
  ready.told(
    `179999 lease_timeout: nothing renewed the lease of ${B}/5 with this Token for 90 s`,
    "179999 end",
  );
  rig.assertEmpty();
});

Deno.test("whoever waited at a meeting point and has gone is met by nobody", () => {
  for (const leave of ["disconnects", "halfCloses"] as const) {
    const rig = new Rig();
    rig.datagram(`${A}:1000`, 5, "T");
    rig.datagram(`${B}:2000`, 5, "U");
    rig.datagram(`${C}:3000`, 5, "V");
    comes(rig, A, "T")[leave]();
    const next = comes(rig, B, "U");
    next.told();
    comes(rig, C, "V").told(
      `0 you ${C}:3000, remote ${B}:2000, PairKey key1, DestAgeMs 0`,
      "0 end",
    );
  }
});

for (const address of [A, C]) {
  for (const isReady of [true, false]) {
    const who = `the same Token from ${address === A ? "the same" : "another"} address, ` +
      `${isReady ? "ready" : "not ready"}`;
    Deno.test(`at a meeting point ${who}, takes over and is met in its place`, () => {
      const rig = new Rig();
      rig.datagram(`${A}:1000`, 5, "T");
      const older = comes(rig, A, "T");
      if (isReady) rig.datagram(`${address}:3000`, 5, "T");
      const newer = comes(rig, address, "T");
      older.told(
        '0 replaced: a newer session of the same Token at the meeting point "point" took over',
        "0 end",
      );
      newer.told();
      rig.datagram(`${B}:2000`, 5, "U");
      const next = comes(rig, B, "U");
      const port = address === A && !isReady ? 1000 : 3000;
      if (!isReady && address !== A) {
        next.told();
        rig.datagram(`${address}:3000`, 5, "T");
      }
      next.told(`0 you ${B}:2000, remote ${address}:${port}, PairKey key1, DestAgeMs 0`, "0 end");
      newer.told(`0 you ${address}:${port}, remote ${B}:2000, PairKey key1, DestAgeMs 0`, "0 end");
    });
  }
}

Deno.test("the same Token never meets itself, nor takes over at another meeting point", () => {
  const rig = new Rig();
  rig.datagram(`${A}:1000`, 5, "T");
  const here = comes(rig, A, "T");
  const there = rig.ask(A, peer(5, { name: "other" }, { token: "T", name: "other" }));
  here.told();
  there.told();
});

Deno.test("the same (IP, PeerPort) is no obstacle at a meeting point", () => {
  const rig = new Rig();
  rig.datagram(`${A}:1000`, 5, "T");
  rig.datagram(`${A}:1001`, 5, "U");
  const first = comes(rig, A, "T");
  const second = comes(rig, A, "U");
  first.told(`0 you ${A}:1000, remote ${A}:1001, PairKey key1, DestAgeMs 0`, "0 end");
  second.told(`0 you ${A}:1001, remote ${A}:1000, PairKey key1, DestAgeMs 0`, "0 end");
});

Deno.test("each IP version has meeting points of its own", () => {
  const rig = new Rig();
  rig.datagram(`${A}:1000`, 5, "T");
  rig.datagram("[2001:db8::1]:1000", 5, "U");
  comes(rig, A, "T").told();
  comes(rig, "2001:db8::1", "U").told();
});

Deno.test("a meeting point has nothing to do with a pair of the same name", () => {
  const rig = new Rig();
  rig.datagram(`${A}:1000`, 5, "T");
  rig.datagram(`${B}:2000`, 5, "U");
  rig.datagram(`${C}:3000`, 5, "V");
  const waiting = comes(rig, A, "T");
  rig.ask(B, peer(5, BOB, { token: "U", ...POINT })).told();
  rig.ask(C, peer(5, POINT, { token: "V", ...BOB }));
  waiting.told();
});

Deno.test("every index of named Peers is empty when nobody is here", () => {
  const peers = new NamedPeers();
  const both: NamePair = { local: "a", remote: "a" };
  const session = new Session({ address: A, hasRoom: true, send: () => {}, end: () => {} }, 0);
  session.request = peer(1, { name: "a" }, { token: "T", name: "a" }) as SessionRequest;
  peers.add(session, both);
  peers.becomeReady(session, both);
  assertEquals(peers.size, 2);
  assertEquals(peers.partnerOf(session, both), undefined);
  assertEquals(peers.rivalOf(session, both), session);
  peers.remove(session, both);
  assertEquals(peers.size, 0);
});
