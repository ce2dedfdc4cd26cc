import { assert, assertEquals } from "@std/assert";
import {
  DEFAULT_CONNECTIONS_PER_SECOND,
  DEFAULT_DATAGRAMS_PER_SECOND,
  DEFAULT_LEASES,
} from "../../src/limits.ts";
import { client, KEEP_ALIVE, peer, Rig, type ScriptedPeer, server } from "./rig.ts";

const OTHER_PEERS = 1_000;
const WAITING_PEERS = 200;

/** The default limits and one on sessions, in a server small enough to be filled. */
const SMALL_SERVER = {
  maxLeases: 7_000,
  maxSessions: 6_000,
  datagramsPerSecond: DEFAULT_DATAGRAMS_PER_SECOND,
  connectionsPerSecond: DEFAULT_CONNECTIONS_PER_SECOND,
  sessionsPerPrefix: { address: 2_500, network: 5_000 },
  leasesPerPrefix: DEFAULT_LEASES,
};

const FLOODS: Record<string, (i: number) => string> = {
  "an IPv4 /32": () => "203.0.113.1",
  "an IPv4 /24": (i) => `203.0.113.${i % 256}`,
  "an IPv6 /64": (i) => `2001:db8:f::${(i % 65_536).toString(16)}`,
  "an IPv6 /48": (i) => `2001:db8:f:${(i % 65_536).toString(16)}::1`,
};

function endpointText(address: string, port: number): string {
  return address.includes(":") ? `[${address}]:${port}` : `${address}:${port}`;
}

/** The others: five peers on each of 200 addresses, some of them neighbours. */
function otherAddress(i: number): string {
  const address = Math.floor(i / 5);
  return `198.${51 + address % 100}.100.${1 + Math.floor(address / 100)}`;
}

/** Sends datagrams and opens sessions until no more of either is taken. */
function flood(rig: Rig, flooder: (i: number) => string): ScriptedPeer[] {
  const { datagrams } = rig.manager.counters;
  const flooders: ScriptedPeer[] = [];
  for (let i = 0; i < 50_000 && datagrams.over_limit < 100; i++) {
    rig.datagram(endpointText(flooder(i), 6666), i, i % 3 === 0 ? `${i}` : undefined);
  }
  for (let i = 0; i < 10_000 && rig.manager.counters.refusals.busy < 100; i++) {
    flooders.push(rig.connect(flooder(i)));
  }
  assert(datagrams.over_limit === 100, "the flood reaches the limits on datagrams");
  assertEquals(rig.manager.counters.refusals.busy, 100);
  return flooders;
}

for (const [prefix, flooder] of Object.entries(FLOODS)) {
  Deno.test(`a flood from ${prefix} takes no lease in use, and all others are served`, () => {
    const rig = new Rig(SMALL_SERVER);
    for (let i = 0; i < OTHER_PEERS; i++) rig.datagram(`${otherAddress(i)}:${1000 + i}`, i);
    const waiting = Array.from({ length: WAITING_PEERS }, (_, i) => {
      const partner = i + WAITING_PEERS;
      return rig.ask(otherAddress(i), peer(i, `${otherAddress(partner)}/${partner}`));
    });
    flood(rig, flooder);
    assertEquals(rig.manager.leaseCount, SMALL_SERVER.maxLeases);
    for (const session of waiting) session.told();

    for (let i = 0; i < OTHER_PEERS; i++) {
      const fate = rig.datagram(`${otherAddress(i)}:${1000 + i}`, i);
      assertEquals(fate, i < WAITING_PEERS ? "renewed" : "created");
    }
    for (const [i, session] of waiting.entries()) {
      const partner = i + WAITING_PEERS;
      rig.ask(otherAddress(partner), peer(partner, `${otherAddress(i)}/${i}`)).told(
        `0 you ${otherAddress(partner)}:${1000 + partner}, remote ${otherAddress(i)}:${1000 + i}`,
        "0 end",
      );
      session.told(
        `0 you ${otherAddress(i)}:${1000 + i}, remote ${otherAddress(partner)}:${1000 + partner}`,
        "0 end",
      );
    }
    assertEquals(rig.manager.counters.introductions, WAITING_PEERS);
  });
}

Deno.test("when the flood has gone and its leases ran out, nothing of it is kept", () => {
  const rig = new Rig(SMALL_SERVER);
  for (const peer of flood(rig, FLOODS["an IPv4 /24"])) {
    if (peer.session !== undefined) peer.disconnects();
  }
  rig.at(90_000);
  rig.assertEmpty();
});

for (const address of ["203.0.113.1", "2001:db8::1"]) {
  Deno.test(`200 peers behind ${address} host and join each other at full speed`, () => {
    const rig = new Rig(SMALL_SERVER);
    const peers = Array.from({ length: 200 }, (_, i) => i);
    const source = (i: number) => endpointText(address, 1000 + i);
    const hosts = peers.map((i) => {
      for (let repetition = 0; repetition < 3; repetition++) rig.datagram(source(i), i);
      return rig.ask(address, server(i));
    });
    for (let second = 1; second <= 10; second++) {
      rig.at(second * 1_000);
      for (const i of peers) {
        const host = (i + second) % peers.length;
        rig.datagram(source(i), i);
        const joining = rig.ask(address, client(i, `${address}/${host}`));
        joining.told(`${rig.nowMs} you ${source(i)}, remote ${source(host)}`, `${rig.nowMs} end`);
        hosts[host].told(`${rig.nowMs} you ${source(host)}, remote ${source(i)}`);
        joining.disconnects();
      }
    }
    const { datagrams, limits } = rig.manager.counters;
    assertEquals([datagrams.over_limit, limits.size], [0, 0]);
  });
}

/** Notes each time somebody looks at the peer: whoever does needs its address. */
function countLooks(peers: readonly ScriptedPeer[]): () => number {
  let looks = 0;
  for (const peer of peers) {
    const { address } = peer;
    Object.defineProperty(peer, "address", { get: () => (looks++, address) });
  }
  return () => looks;
}

Deno.test("KeepAlives, repeated datagrams and takeovers of a host do not look at its clients", () => {
  const rig = new Rig();
  rig.datagram("198.51.100.1:9000", 1);
  const host = rig.ask("198.51.100.1", server(1));
  const clients = Array.from(
    { length: 500 },
    (_, i) => rig.ask("192.0.2.1", client(i, "198.51.100.1/1")),
  );
  const looks = countLooks(clients);
  for (let i = 0; i < 100; i++) host.requests(KEEP_ALIVE);
  assertEquals(looks(), 0);
  for (let i = 0; i < 100; i++) rig.datagram("198.51.100.1:9000", 1);
  assertEquals(looks(), 0);
  for (let i = 0; i < 100; i++) rig.ask("198.51.100.1", server(1));
  assertEquals(looks(), 0);
  rig.datagram("192.0.2.1:1000", 7);
  clients[7].told("0 you 192.0.2.1:1000, remote 198.51.100.1:9000", "0 end");
});

Deno.test("takeovers of a host that must wait for a newer datagram do not look at its clients", () => {
  const rig = new Rig();
  rig.datagram("198.51.100.1:9000", 1);
  rig.at(5_000);
  rig.ask("198.51.100.1", server(1));
  const clients = Array.from(
    { length: 500 },
    (_, i) => rig.ask("192.0.2.1", client(i, "198.51.100.1/1")),
  );
  const looks = countLooks(clients);
  for (let i = 0; i < 100; i++) rig.ask("198.51.100.1", server(1));
  assertEquals(looks(), 0);
});

Deno.test("what a host reads does not look at clients that wait for their own datagrams", () => {
  const rig = new Rig();
  rig.datagram("198.51.100.1:9000", 1, "H");
  const host = rig.ask("198.51.100.1", server(1, { token: "H", name: "n" }));
  const clients = Array.from({ length: 500 }, (_, i) => {
    const remote = i % 2 === 0 ? { name: "n" } : "198.51.100.1/1";
    return rig.ask("192.0.2.1", client(i, remote, { token: "C" }));
  });
  const looks = countLooks(clients);
  for (let i = 0; i < 100; i++) {
    host.requests({ connectionType: "KeepAlive", extension: { token: "H", answer: true } });
    host.drains();
  }
  host.takeLines();
  for (let i = 0; i < 100; i++) {
    rig.datagram("192.0.2.2:1000", 5, "D");
    rig.ask("192.0.2.2", client(5, "198.51.100.1/1", { token: "D" }));
    host.drains();
  }
  assertEquals([host.takeLines().length, looks()], [100, 0]);
});

Deno.test("repeated datagrams do not look at the sessions of their peer", () => {
  const rig = new Rig();
  rig.datagram("192.0.2.1:1000", 5);
  const sessions = Array.from(
    { length: 500 },
    (_, i) => rig.ask("192.0.2.1", peer(5, `198.51.100.1/${i}`)),
  );
  const looks = countLooks(sessions);
  for (let i = 0; i < 100; i++) rig.datagram("192.0.2.1:1000", 5);
  assertEquals(looks(), 0);
});

Deno.test("datagrams without a session's Token do not look at it", () => {
  const rig = new Rig();
  const session = rig.ask("192.0.2.1", peer(5, "198.51.100.1/1", { token: "T" }));
  const looks = countLooks([session]);
  rig.datagram("192.0.2.1:1000", 5);
  rig.datagram("192.0.2.1:1000", 5, "U");
  assertEquals(looks(), 0);
  rig.datagram("192.0.2.1:1000", 5, "T");
  assertEquals(looks() > 0, true);
});
