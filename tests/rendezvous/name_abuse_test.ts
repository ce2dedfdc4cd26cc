import { assert, assertEquals } from "@std/assert";
import { client, peer, Rig, type ScriptedPeer, server } from "./rig.ts";

/** Whoever looks through so many notices. */
const CROWD = 2_000;
const HOST = "198.51.100.1";
const ELSEWHERE = "198.51.100.9";
const POINT = { name: "point" };
const DEN = { name: "den" };

/** How often the server looks at any of these, for each look needs the address. */
function countLooks(crowd: readonly ScriptedPeer[]): { looks: number } {
  const count = { looks: 0 };
  for (const each of crowd) {
    const { address } = each;
    Object.defineProperty(each, "address", {
      get() {
        count.looks++;
        return address;
      },
    });
  }
  return count;
}

function addressOf(i: number): string {
  return `192.0.${2 + (i >> 7)}.${1 + (i & 127)}`;
}

/** Sessions without a lease, each with a Token of its own. */
function crowdOf(rig: Rig, ask: (i: number, token: string) => ScriptedPeer): ScriptedPeer[] {
  const crowd = Array.from({ length: CROWD }, (_, i) => ask(i, `T${i}`));
  for (const each of crowd) each.told();
  assertEquals(rig.manager.sessionCount, CROWD);
  return crowd;
}

Deno.test("at a crowded meeting point nobody is looked at who is not met", () => {
  const rig = new Rig();
  const crowd = crowdOf(
    rig,
    (i, token) => rig.ask(addressOf(i), peer(5, POINT, { token, ...POINT })),
  );
  const count = countLooks(crowd);
  const come = (address: string, token: string) => {
    rig.datagram(`${address}:1000`, 5, token);
    return rig.ask(address, peer(5, POINT, { token, ...POINT }));
  };
  come(HOST, "U").told();
  come(ELSEWHERE, "U").told();
  come(HOST, "V").told(
    `0 you ${HOST}:1000, remote ${ELSEWHERE}:1000, PairKey key1, DestAgeMs 0`,
    "0 end",
  );
  come(HOST, "W").disconnects();
  assertEquals(count.looks, 0);
});

Deno.test("of a crowd that shares one (IP, PeerPort), a datagram concerns those of its Token", () => {
  const rig = new Rig();
  const ask = (token: string) => rig.ask(HOST, peer(5, POINT, { token, ...POINT }));
  const crowd = crowdOf(rig, (_, token) => ask(token));
  const count = countLooks(crowd);
  const mine = ask("mine");
  rig.datagram(`${HOST}:1000`, 5, "mine");
  rig.at(2_000);
  rig.datagram(`${HOST}:1001`, 5, "mine");
  mine.disconnects();
  // Those that waited 2 s for their lease were looked at, once each, for that reason.
  assert(count.looks <= 20 * CROWD, `${count.looks}`);
  const looks = count.looks;
  rig.datagram(`${HOST}:1002`, 5, "T7");
  assert(count.looks - looks <= 20, `${count.looks - looks} looks for one datagram`);
});

Deno.test("a host that takes itself over again and again costs nobody a look who waits for himself", () => {
  const rig = new Rig();
  for (const address of [HOST, ELSEWHERE]) rig.datagram(`${address}:9000`, 1, "H");
  const open = (address: string) => rig.ask(address, server(1, { token: "H", ...DEN }));
  let host = open(HOST);
  const crowd = Array.from(
    { length: CROWD },
    (_, i) => rig.ask(addressOf(i), client(5, DEN, { token: `T${i}` })),
  );
  const count = countLooks(crowd);
  for (let i = 0; i < 10; i++) {
    const newer = open(i % 2 === 0 ? ELSEWHERE : HOST);
    host.told('0 replaced: a newer session of "den" took over', "0 end");
    host = newer;
  }
  assertEquals(count.looks, 0);
});

Deno.test("guarded names and judged hosts cost nobody else a look", () => {
  const rig = new Rig();
  rig.datagram(`${HOST}:9000`, 1, "H");
  rig.ask(HOST, server(1, { token: "H", ...DEN }));
  const crowd = Array.from(
    { length: CROWD },
    (_, i) => rig.ask(addressOf(i), client(5, DEN, { token: `T${i}` })),
  );
  const count = countLooks(crowd);
  rig.ask(ELSEWHERE, server(1, { token: "thief", ...DEN })).told(
    '0 busy: a session with another Token already stands for "den"',
    "0 end",
  );
  rig.ask(ELSEWHERE, client(1, { name: "attic" }, { token: "thief" }));
  rig.ask(ELSEWHERE, client(1, DEN, { token: "H" }));
  assertEquals(count.looks, 0);
});

Deno.test("grabbed names are kept as long as their sessions, and not a moment longer", () => {
  const rig = new Rig();
  const crowd = Array.from({ length: CROWD }, (_, i) => {
    const extension = { token: `T${i}`, name: `${i}`.padStart(64), note: "x".repeat(512) };
    const remote = { name: i % 3 === 0 ? `${i}`.padStart(64) : "nobody" };
    return rig.ask(addressOf(i), i % 2 === 0 ? server(i, extension) : peer(i, remote, extension));
  });
  assertEquals(rig.manager.rosterSize, 2 * CROWD + CROWD / 2);
  for (const each of crowd.slice(0, CROWD / 2)) each.disconnects();
  rig.at(90_000);
  rig.assertEmpty();
});

Deno.test("a name is its host's again 2 s after somebody took it who never registered", () => {
  const rig = new Rig();
  const thief = rig.ask(ELSEWHERE, server(1, { token: "thief", ...DEN }));
  rig.at(2_001);
  rig.datagram(`${HOST}:9000`, 1, "H");
  rig.ask(HOST, server(1, { token: "H", ...DEN })).told();
  thief.told('2001 replaced: a newer session of "den" took over', "2001 end");
});
