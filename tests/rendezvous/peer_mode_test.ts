import { assertEquals } from "@std/assert";
import { KEEP_ALIVE, peer, Rig, type ScriptedPeer } from "./rig.ts";
import { permutations } from "../support/permutations.ts";

const A = "192.0.2.1";
const B = "198.51.100.2";
const C = "203.0.113.3";
const TO_B = peer(5, `${B}/6`);
const TO_A = peer(6, `${A}/5`);

type Step = "datagram A" | "request A" | "datagram B" | "request B";
const STEPS: readonly Step[] = ["datagram A", "request A", "datagram B", "request B"];

for (const order of permutations(STEPS)) {
  Deno.test(`${order.join(", ")}: both are introduced in the turn of the last step`, () => {
    for (const gapMs of [0, 7, 2_000]) {
      const rig = new Rig();
      const a = rig.connect(A);
      const b = rig.connect(B);
      const steps: Record<Step, () => void> = {
        "datagram A": () => rig.datagram(`${A}:1000`, 5),
        "request A": () => a.requests(TO_B),
        "datagram B": () => rig.datagram(`${B}:2000`, 6),
        "request B": () => b.requests(TO_A),
      };
      for (const [i, step] of order.entries()) {
        a.told();
        b.told();
        rig.at(i * gapMs);
        steps[step]();
      }
      const lastMs = 3 * gapMs;
      a.told(`${lastMs} you ${A}:1000, remote ${B}:2000`, `${lastMs} end`);
      b.told(`${lastMs} you ${B}:2000, remote ${A}:1000`, `${lastMs} end`);
      assertEquals(rig.manager.rosterSize, 0);
      assertEquals(rig.manager.counters.introductions, 1);
      a.disconnects();
      b.disconnects();
      rig.at(lastMs + 90_000);
      rig.assertEmpty();
    }
  });
}

Deno.test("until the other peer asks, the first waits", () => {
  const rig = new Rig();
  rig.datagram(`${A}:1000`, 5);
  rig.datagram(`${B}:2000`, 6);
  const a = rig.ask(A, TO_B);
  rig.at(89_999);
  a.told();
});

Deno.test("a waiting session whose own lease expires gets lease_timeout and is closed", () => {
  const rig = new Rig();
  rig.datagram(`${A}:1000`, 5);
  rig.at(100);
  const a = rig.ask(A, TO_B);
  rig.at(89_999);
  a.told();
  rig.at(90_000);
  a.told(`90000 lease_timeout: nothing renewed the lease of ${A}/5 for 90 s`, "90000 end");
  rig.at(90_001);
  a.told();
  a.disconnects();
  rig.assertEmpty();
});

Deno.test("datagrams renew the lease, so a peer that keeps sending keeps waiting", () => {
  for (const everyMs of [500, 1_000, 20_000, 89_999]) {
    const rig = new Rig();
    rig.datagram(`${A}:1000`, 5);
    const a = rig.ask(A, TO_B);
    let lastMs = 0;
    for (let ms = everyMs; ms < 300_000; ms += everyMs) {
      rig.at(ms);
      rig.datagram(`${A}:1000`, 5);
      lastMs = ms;
    }
    rig.at(lastMs + 89_999);
    a.told();
    rig.at(lastMs + 90_000);
    a.told(
      `${lastMs + 90_000} lease_timeout: nothing renewed the lease of ${A}/5 for 90 s`,
      `${lastMs + 90_000} end`,
    );
  }
});

Deno.test("a partner whose lease has expired is not introduced", () => {
  const rig = new Rig();
  rig.datagram(`${B}:2000`, 6);
  const b = rig.ask(B, TO_A);
  rig.at(89_999);
  rig.datagram(`${A}:1000`, 5);
  rig.atWithoutTimer(90_000);
  const a = rig.ask(A, TO_B);
  b.told(`90000 lease_timeout: nothing renewed the lease of ${B}/6 for 90 s`, "90000 end");
  a.told();
});

Deno.test("one peer may wait for several remotes at once, one session each", () => {
  const rig = new Rig();
  rig.datagram(`${A}:1000`, 5);
  const toB = rig.ask(A, TO_B);
  const toB7 = rig.ask(A, peer(5, `${B}/7`));
  const toC = rig.ask(A, peer(5, `${C}/6`));
  rig.datagram(`${C}:3000`, 6);
  rig.ask(C, TO_A).told(`0 you ${C}:3000, remote ${A}:1000`, "0 end");
  toC.told(`0 you ${A}:1000, remote ${C}:3000`, "0 end");
  toB.told();
  toB7.told();
  rig.datagram(`${B}:2000`, 6);
  rig.ask(B, TO_A).told(`0 you ${B}:2000, remote ${A}:1000`, "0 end");
  toB.told(`0 you ${A}:1000, remote ${B}:2000`, "0 end");
  toB7.told();
});

Deno.test("a peer that waits for somebody else is not a partner", () => {
  const rig = new Rig();
  rig.datagram(`${A}:1000`, 5);
  rig.datagram(`${B}:2000`, 6);
  const wrongPort = rig.ask(B, peer(6, `${A}/55`));
  const wrongAddress = rig.ask(B, peer(6, `${C}/5`));
  const wrongSelf = rig.ask(B, peer(66, `${A}/5`));
  const a = rig.ask(A, TO_B);
  for (const session of [wrongPort, wrongAddress, wrongSelf, a]) session.told();
});

function takeOver(prepare: (rig: Rig) => void): [Rig, ScriptedPeer, ScriptedPeer] {
  const rig = new Rig();
  prepare(rig);
  const older = rig.ask(A, TO_B);
  rig.at(10);
  const newer = rig.ask(A, TO_B);
  older.told(`10 replaced: a newer session of ${A}/5 took over`, "10 end");
  newer.told();
  return [rig, older, newer];
}

Deno.test("a newer request for the same (local, remote) takes over; the older gets replaced", () => {
  const [rig, older, newer] = takeOver((rig) => rig.datagram(`${A}:1000`, 5));
  older.disconnects();
  rig.datagram(`${B}:2000`, 6);
  rig.ask(B, TO_A).told(`10 you ${B}:2000, remote ${A}:1000`, "10 end");
  newer.told(`10 you ${A}:1000, remote ${B}:2000`, "10 end");
  older.told();
});

Deno.test("takeover is decided when the request arrives, without a lease as well", () => {
  const [rig, older, newer] = takeOver(() => {});
  rig.datagram(`${A}:1000`, 5);
  rig.datagram(`${B}:2000`, 6);
  rig.ask(B, TO_A);
  newer.told(`10 you ${A}:1000, remote ${B}:2000`, "10 end");
  older.told();
  newer.disconnects();
  older.disconnects();
});

Deno.test("the older session's connection may end late: the newer one stays", () => {
  const [rig, older, newer] = takeOver((rig) => rig.datagram(`${A}:1000`, 5));
  older.halfCloses();
  older.disconnects();
  older.told();
  rig.at(90_000);
  newer.told(`90000 lease_timeout: nothing renewed the lease of ${A}/5 for 90 s`, "90000 end");
});

Deno.test("a takeover by a session that was connected earlier is served at once", () => {
  const rig = new Rig();
  rig.datagram(`${A}:1000`, 5);
  const early = rig.connect(A);
  rig.at(5_000);
  rig.datagram(`${B}:2000`, 6);
  const b = rig.ask(B, TO_A);
  const late = rig.ask(A, TO_B);
  rig.at(5_050);
  late.told();
  early.requests(TO_B);
  late.told(`5050 replaced: a newer session of ${A}/5 took over`, "5050 end");
  early.told(`5050 you ${A}:1000, remote ${B}:2000`, "5050 end");
  b.told(`5050 you ${B}:2000, remote ${A}:1000`, "5050 end");
});

Deno.test("requests for other remotes, by other peers and in other modes take nothing over", () => {
  const rig = new Rig();
  const sessions = [
    rig.ask(A, TO_B),
    rig.ask(A, peer(5, `${B}/7`)),
    rig.ask(A, peer(5, `${C}/6`)),
    rig.ask(A, peer(55, `${B}/6`)),
    rig.ask(C, peer(5, `${B}/6`)),
  ];
  for (const session of sessions) session.told();
});

Deno.test("a peer asking for itself: bad_request", () => {
  const rig = new Rig();
  rig.datagram(`${A}:1000`, 5);
  rig.ask(A, peer(5, `${A}/5`)).told(
    `0 bad_request: expected another peer, received ${A}/5, which is the requester`,
    "0 end",
  );
});

Deno.test("two peers behind one address are introduced", () => {
  const rig = new Rig();
  rig.datagram(`${A}:1000`, 5);
  rig.datagram(`${A}:1001`, 6);
  const first = rig.ask(A, peer(5, `${A}/6`));
  const second = rig.ask(A, peer(6, `${A}/5`));
  first.told(`0 you ${A}:1000, remote ${A}:1001`, "0 end");
  second.told(`0 you ${A}:1001, remote ${A}:1000`, "0 end");
});

Deno.test("IPv6 peers are introduced, and compared as addresses", () => {
  const rig = new Rig();
  rig.datagram("[2001:db8::1]:1000", 5);
  rig.datagram("[2001:db8::2]:2000", 6);
  const first = rig.ask("2001:db8::1", peer(5, "2001:db8::2/6"));
  const second = rig.ask("2001:db8::2", peer(6, "2001:db8::1/5"));
  first.told("0 you [2001:db8::1]:1000, remote [2001:db8::2]:2000", "0 end");
  second.told("0 you [2001:db8::2]:2000, remote [2001:db8::1]:1000", "0 end");
});

Deno.test("remote of the other IP family: family_mismatch at once", () => {
  const rig = new Rig();
  rig.ask(A, peer(5, "2001:db8::1/6")).told(
    `0 family_mismatch: ${A} is IPv4 and 2001:db8::1 is IPv6`,
    "0 end",
  );
  rig.ask("2001:db8::1", peer(5, `${A}/5`)).told(
    `0 family_mismatch: 2001:db8::1 is IPv6 and ${A} is IPv4`,
    "0 end",
  );
});

Deno.test("a refused request takes nothing over and leaves nothing behind", () => {
  const rig = new Rig();
  rig.datagram(`${A}:1000`, 5);
  const waiting = rig.ask(A, TO_B);
  const refused = [rig.ask(A, peer(5, `${A}/5`)), rig.ask(A, peer(5, "2001:db8::1/6"))];
  for (const session of refused) session.disconnects();
  waiting.told();
  waiting.disconnects();
  assertEquals(rig.manager.rosterSize, 0);
});

Deno.test("further bytes on a session that made a Peer request are ignored; its answer arrives", () => {
  const rig = new Rig();
  rig.datagram(`${A}:1000`, 5);
  const a = rig.ask(A, TO_B);
  a.requests(KEEP_ALIVE);
  a.requests(peer(5, `${C}/6`));
  a.sendsGarbage("expected JSON");
  a.told();
  rig.datagram(`${B}:2000`, 6);
  rig.ask(B, TO_A);
  a.told(`0 you ${A}:1000, remote ${B}:2000`, "0 end");
  a.requests(TO_B);
  a.sendsGarbage("expected JSON");
  a.halfCloses();
  a.told();
});
