import { assertEquals } from "@std/assert";
import { client, KEEP_ALIVE, peer, Rig, type ScriptedPeer, server } from "./rig.ts";

const HOST = "198.51.100.1";
const A = "192.0.2.1";
const B = "203.0.113.2";
const T = { token: "T" };
const U = { token: "U" };
const HELD = (name: string) => `0 busy: a session with another Token already stands for ${name}`;

Deno.test("a session with a Token uses only the lease with the same Token", () => {
  const rig = new Rig();
  rig.datagram(`${B}:2000`, 6);
  const b = rig.ask(B, peer(6, `${A}/5`));
  rig.datagram(`${A}:1000`, 5);
  rig.datagram(`${A}:1001`, 5, "U");
  rig.datagram(`${A}:1002`, 55, "T");
  const a = rig.ask(A, peer(5, `${B}/6`, T));
  a.told();
  rig.datagram(`${A}:1003`, 5, "T");
  a.told(`0 you ${A}:1003, remote ${B}:2000, DestAgeMs 0`, "0 end");
  b.told(`0 you ${B}:2000, remote ${A}:1003`, "0 end");
  assertEquals(rig.manager.leaseCount, 5);
});

Deno.test("a session without a Token uses only the lease without one", () => {
  const rig = new Rig();
  rig.datagram(`${B}:2000`, 6);
  rig.ask(B, peer(6, `${A}/5`));
  rig.datagram(`${A}:1000`, 5, "T");
  const a = rig.ask(A, peer(5, `${B}/6`));
  a.told();
  rig.datagram(`${A}:1001`, 5);
  a.told(`0 you ${A}:1001, remote ${B}:2000`, "0 end");
});

Deno.test("a forged or earlier datagram without the Token does not redirect the peer", () => {
  const rig = new Rig();
  rig.datagram(`${HOST}:9000`, 1, "T");
  const host = rig.ask(HOST, server(1, T));
  rig.datagram(`${HOST}:6666`, 1);
  rig.datagram(`${HOST}:6667`, 1, "U");
  rig.datagram(`${A}:1000`, 5);
  rig.ask(A, client(5, `${HOST}/1`)).told(`0 you ${A}:1000, remote ${HOST}:9000`, "0 end");
  host.told(`0 you ${HOST}:9000, remote ${A}:1000, DestAgeMs 0`);
});

Deno.test("a Token makes the 100 ms unnecessary", () => {
  const rig = new Rig();
  rig.datagram(`${A}:1000`, 5, "T");
  rig.at(50_000);
  rig.datagram(`${B}:2000`, 6);
  rig.ask(B, peer(6, `${A}/5`));
  rig.ask(A, peer(5, `${B}/6`, T)).told(
    `50000 you ${A}:1000, remote ${B}:2000, DestAgeMs 0`,
    "50000 end",
  );
});

Deno.test("remote peers still name (IP, PeerPort) and find the session's lease through it", () => {
  const rig = new Rig();
  rig.datagram(`${A}:1000`, 5, "T");
  rig.datagram(`${B}:2000`, 6, "U");
  const a = rig.ask(A, peer(5, `${B}/6`, T));
  const b = rig.ask(B, peer(6, `${A}/5`, U));
  a.told(`0 you ${A}:1000, remote ${B}:2000, PairKey key1, DestAgeMs 0`, "0 end");
  b.told(`0 you ${B}:2000, remote ${A}:1000, PairKey key1, DestAgeMs 0`, "0 end");
});

Deno.test("no_lease and lease_timeout of an extended session say that its Token is meant", () => {
  const rig = new Rig();
  rig.datagram(`${A}:1000`, 5);
  const never = rig.ask(A, peer(5, `${B}/6`, T));
  const once = rig.ask(A, peer(5, `${B}/7`, U));
  rig.datagram(`${A}:1000`, 5, "U");
  rig.at(90_000);
  never.told(
    `90000 no_lease: no datagram for ${A}/5 with this Token arrived within 90 s; ` +
      `1 datagram with the PeerPort 5 came from ${A} with another Token; ` +
      `1 datagram with the PeerPort 5 came from ${A} without a Token`,
    "90000 end",
  );
  once.told(
    `90000 lease_timeout: nothing renewed the lease of ${A}/5 with this Token for 90 s`,
    "90000 end",
  );
});

Deno.test("a waiting session with a Token is taken over by a session with the same Token", () => {
  const rig = new Rig();
  const older = rig.ask(A, peer(5, `${B}/6`, T));
  const newer = rig.ask(A, peer(5, `${B}/6`, T));
  older.told(`0 replaced: a newer session of ${A}/5 took over`, "0 end");
  newer.told();
});

Deno.test("another Token or none gets busy at once while a session with a Token waits", () => {
  for (const withLease of [false, true]) {
    const rig = new Rig();
    if (withLease) rig.datagram(`${A}:1000`, 5, "T");
    const waiting = rig.ask(A, peer(5, `${B}/6`, T));
    rig.ask(A, peer(5, `${B}/6`, U)).told(HELD(`${A}/5`), "0 end");
    rig.ask(A, peer(5, `${B}/6`)).told(HELD(`${A}/5`), "0 end");
    waiting.told();
    rig.ask(A, peer(5, `${B}/7`, U)).told();
    rig.ask(A, peer(55, `${B}/6`, U)).told();
    assertEquals(rig.manager.counters.refusals.busy, 2);
  }
});

Deno.test("a session without a Token is taken over by anyone from the same IP", () => {
  for (const extension of [undefined, T]) {
    const rig = new Rig();
    const waiting = rig.ask(A, peer(5, `${B}/6`));
    rig.ask(A, peer(5, `${B}/6`, extension)).told();
    waiting.told(`0 replaced: a newer session of ${A}/5 took over`, "0 end");
    rig.datagram(`${HOST}:9000`, 1);
    const host = rig.ask(HOST, server(1));
    rig.ask(HOST, server(1, extension)).told();
    host.told(`0 replaced: a newer session of ${HOST}/1 took over`, "0 end");
  }
});

Deno.test("a live host with a Token gives way to the same Token only", () => {
  const rig = new Rig();
  rig.datagram(`${HOST}:9000`, 1, "T");
  rig.datagram(`${HOST}:9001`, 1);
  rig.datagram(`${HOST}:9002`, 1, "U");
  const host = rig.ask(HOST, server(1, T));
  rig.ask(HOST, server(1, U)).told(HELD(`${HOST}/1`), "0 end");
  rig.ask(HOST, server(1)).told(HELD(`${HOST}/1`), "0 end");
  host.told();
  const restarted = rig.ask(HOST, server(1, T));
  host.told(`0 replaced: a newer session of ${HOST}/1 took over`, "0 end");
  rig.datagram(`${A}:1000`, 5);
  rig.ask(A, client(5, `${HOST}/1`)).told(`0 you ${A}:1000, remote ${HOST}:9000`, "0 end");
  restarted.told(`0 you ${HOST}:9000, remote ${A}:1000, DestAgeMs 0`);
});

Deno.test("a host with a Token that is not live is guarded for 2 s, then taken over by anyone", () => {
  for (const extension of [undefined, U]) {
    const rig = new Rig();
    const host = rig.ask(HOST, server(1, T));
    rig.at(2_000);
    const early = rig.ask(HOST, server(1, extension));
    early.told(`2000 ${HELD(`${HOST}/1`).slice(2)}`, "2000 end");
    host.told();
    rig.at(2_001);
    rig.ask(HOST, server(1, extension)).told();
    host.told(`2001 replaced: a newer session of ${HOST}/1 took over`, "2001 end");
  }
});

Deno.test("the same Token takes a host's place at once, live or not", () => {
  const rig = new Rig();
  const host = rig.ask(HOST, server(1, T));
  rig.ask(HOST, server(1, T)).told();
  host.told(`0 replaced: a newer session of ${HOST}/1 took over`, "0 end");
});

Deno.test("a host that was refused as busy does not renew the lease of the one that stands", () => {
  const rig = new Rig();
  rig.datagram(`${HOST}:9000`, 1, "T");
  const host = rig.ask(HOST, server(1, T));
  rig.at(50_000);
  rig.ask(HOST, server(1, U));
  rig.at(90_000);
  host.told(
    `90000 lease_timeout: nothing renewed the lease of ${HOST}/1 with this Token for 90 s`,
    "90000 end",
  );
});

Deno.test("clients get host_not_found when a host that is not live takes over", () => {
  const rig = new Rig();
  rig.datagram(`${HOST}:9000`, 1);
  rig.ask(HOST, server(1));
  const a = rig.ask(A, client(5, `${HOST}/1`));
  rig.ask(HOST, server(1, T)).told();
  a.told(
    `0 host_not_found: the host ${HOST}/1 is connected, but no datagram from it has arrived`,
    "0 end",
  );
});

Deno.test("clients that wait for a host's newer datagram are served by a Token that takes over", () => {
  const rig = new Rig();
  rig.datagram(`${HOST}:9000`, 1);
  rig.datagram(`${HOST}:9001`, 1, "T");
  rig.at(5_000);
  rig.datagram(`${A}:1000`, 5);
  rig.ask(HOST, server(1));
  const a = rig.ask(A, client(5, `${HOST}/1`));
  a.told();
  rig.ask(HOST, server(1, T));
  a.told(`5000 you ${A}:1000, remote ${HOST}:9001`, "5000 end");
});

const MISMATCH = `address_mismatch: datagrams with this Token arrive from ${B}, ` +
  `this connection from ${A}`;

const REQUESTS = {
  Peer: peer(5, `${HOST}/9`, T),
  Client: client(5, `${HOST}/1`, T),
  Server: server(5, T),
};

/** A peer of each kind whose own datagram has not come; there is a host for the Client. */
function mismatchRigs(): [Rig, ScriptedPeer][] {
  return Object.values(REQUESTS).map((request) => {
    const rig = new Rig();
    rig.datagram(`${HOST}:9000`, 1);
    rig.ask(HOST, server(1));
    return [rig, rig.ask(A, request)];
  });
}

Deno.test("datagrams with this Token from another address: address_mismatch after 2 s", () => {
  for (const arrivesMs of [0, 1, 1_000, 1_999]) {
    for (const [rig, a] of mismatchRigs()) {
      rig.at(arrivesMs);
      rig.datagram(`${B}:1000`, 5, "T");
      rig.at(1_999);
      a.told();
      rig.at(2_000);
      a.told(`2000 ${MISMATCH}`, "2000 end");
      rig.at(2_001);
      a.told();
    }
  }
});

Deno.test("only datagrams of the last 2 s count: those before may be of another network", () => {
  for (const sentMs of [0, 9_999, 10_000]) {
    const rig = new Rig();
    rig.at(sentMs);
    rig.datagram(`${B}:1000`, 5, "T");
    rig.at(10_000);
    const a = rig.ask(A, REQUESTS.Peer);
    rig.at(11_999);
    a.told();
    rig.at(12_000);
    a.told(...sentMs < 10_000 ? [] : [`12000 ${MISMATCH}`, "12000 end"]);
  }
});

Deno.test("datagrams from another address that begin later are noticed within a second", () => {
  for (const arrivesMs of [2_001, 2_999, 5_500, 89_000]) {
    for (const [rig, a] of mismatchRigs()) {
      rig.at(arrivesMs);
      a.told();
      rig.datagram(`${B}:1000`, 5, "T");
      rig.datagram(`${HOST}:9000`, 1);
      const toldMs = Math.floor(arrivesMs / 1_000) * 1_000 + 1_000;
      rig.at(toldMs);
      a.told(`${toldMs} ${MISMATCH}`, `${toldMs} end`);
    }
  }
});

Deno.test("KeepAlives and the host's datagrams do not put address_mismatch off", () => {
  const rig = new Rig();
  rig.datagram(`${HOST}:9000`, 1);
  rig.ask(HOST, server(1));
  const host = rig.ask(A, REQUESTS.Server);
  const joining = rig.ask(A, REQUESTS.Client);
  for (let ms = 300; ms <= 3_900; ms += 300) {
    rig.at(ms);
    host.requests(KEEP_ALIVE);
    rig.datagram(`${HOST}:9000`, 1);
    if (ms === 3_300) rig.datagram(`${B}:1000`, 5, "T");
  }
  rig.at(4_000);
  host.told(`4000 ${MISMATCH}`, "4000 end");
  joining.told(`4000 ${MISMATCH}`, "4000 end");
});

Deno.test("no address_mismatch when the own datagram comes within the 2 s", () => {
  for (const ownMs of [0, 1_000, 1_999]) {
    const rig = new Rig();
    const a = rig.ask(A, REQUESTS.Peer);
    rig.datagram(`${B}:1000`, 5, "T");
    rig.at(ownMs);
    rig.datagram(`${A}:1000`, 5, "T");
    rig.at(ownMs + 50_000);
    rig.datagram(`${B}:1000`, 5, "T");
    rig.at(ownMs + 89_999);
    a.told();
    rig.at(ownMs + 90_000);
    a.told(
      `${ownMs + 90_000} lease_timeout: ` +
        `nothing renewed the lease of ${A}/5 with this Token for 90 s`,
      `${ownMs + 90_000} end`,
    );
  }
});

Deno.test("other Tokens, other PeerPorts and no Token from another address are no mismatch", () => {
  const rig = new Rig();
  const a = rig.ask(A, REQUESTS.Peer);
  const plain = rig.ask(A, peer(6, `${HOST}/9`));
  rig.datagram(`${B}:1000`, 5, "U");
  rig.datagram(`${B}:1000`, 5);
  rig.datagram(`${B}:1000`, 55, "T");
  rig.datagram(`${B}:1000`, 6, "T");
  rig.datagram(`${B}:1000`, 6);
  rig.at(89_999);
  a.told();
  plain.told();
  rig.at(90_000);
  a.told(`90000 no_lease: no datagram for ${A}/5 with this Token arrived within 90 s`, "90000 end");
  plain.told(`90000 no_lease: no datagram for ${A}/6 arrived within 90 s`, "90000 end");
});

Deno.test("a lease elsewhere that has run out is no mismatch", () => {
  const rig = new Rig({ leaseTimeoutMs: 5_000 });
  rig.datagram(`${B}:1000`, 5, "T");
  rig.at(4_000);
  const a = rig.ask(A, REQUESTS.Peer);
  rig.at(8_999);
  a.told();
  rig.at(9_000);
  a.told(`9000 no_lease: no datagram for ${A}/5 with this Token arrived within 5 s`, "9000 end");
});

Deno.test("with a lease timeout below 2 s, no_lease comes before address_mismatch", () => {
  const rig = new Rig({ leaseTimeoutMs: 1_000 });
  const a = rig.ask(A, REQUESTS.Peer);
  rig.at(500);
  rig.datagram(`${B}:1000`, 5, "T");
  rig.at(1_000);
  a.told(`1000 no_lease: no datagram for ${A}/5 with this Token arrived within 1 s`, "1000 end");
});

Deno.test("address_mismatch names the address that was seen last", () => {
  const rig = new Rig();
  const a = rig.ask(A, REQUESTS.Peer);
  rig.datagram(`${B}:1000`, 5, "T");
  rig.datagram(`${HOST}:1000`, 5, "T");
  rig.datagram("[2001:db8::7]:1000", 5, "T");
  rig.datagram(`${B}:1000`, 5, "T");
  rig.at(2_000);
  a.told(`2000 ${MISMATCH}`, "2000 end");
});

Deno.test("datagrams of the other IP version are no mismatch: a peer may send both", () => {
  const rig = new Rig();
  const a = rig.ask(A, REQUESTS.Peer);
  for (let ms = 500; ms <= 10_000; ms += 500) {
    rig.at(ms);
    rig.datagram("[2001:db8::7]:1000", 5, "T");
  }
  a.told();
});
