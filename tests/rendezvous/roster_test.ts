import { assertEquals } from "@std/assert";
import type { RemoteRequest } from "../../src/protocol/message.ts";
import { Roster } from "../../src/rendezvous/roster.ts";
import { Session, type SessionRequest } from "../../src/rendezvous/session.ts";
import { Prng } from "../simulated/prng.ts";
import { client, peer, server } from "./rig.ts";

const HOST = session("198.51.100.1", server(1));

function hostAt(roster: Roster, peer: string): Session | undefined {
  const [address, peerPort] = peer.split("/");
  return roster.doorsOf(session(address, server(Number(peerPort))))[0].host;
}

function session(address: string, request?: unknown): Session {
  const silent = { address, hasRoom: true, send: () => {}, end: () => {} };
  const session = new Session(silent, 0);
  session.request = request as SessionRequest | undefined;
  return session;
}

Deno.test("a host is found by its name until it is removed", () => {
  const roster = new Roster();
  const host = session("192.0.2.1", server(5));
  roster.add(host);
  assertEquals(hostAt(roster, "192.0.2.1/5"), host);
  assertEquals(hostAt(roster, "192.0.2.1/6"), undefined);
  assertEquals(roster.sessionsOf("192.0.2.1/5", undefined), [host]);
  roster.remove(host);
  assertEquals(hostAt(roster, "192.0.2.1/5"), undefined);
  assertEquals(roster.size, 0);
});

Deno.test("clients are found by their host, one or many", () => {
  const roster = new Roster();
  const clients = [1, 2, 3].map((i) => session(`192.0.2.${i}`, client(5, "198.51.100.1/1")));
  for (const [i, joining] of clients.entries()) {
    roster.add(joining);
    assertEquals([...roster.clientsOf(HOST)], clients.slice(0, i + 1));
  }
  assertEquals([...roster.clientsOf(session("198.51.100.1", server(2)))], []);
  roster.remove(clients[1]);
  assertEquals([...roster.clientsOf(HOST)], [clients[0], clients[2]]);
  roster.remove(clients[0]);
  roster.remove(clients[2]);
  assertEquals(roster.size, 0);
});

Deno.test("a waiting peer is a rival for its own pair and a partner for the opposite one", () => {
  const roster = new Roster();
  const request = peer(5, "198.51.100.2/6") as RemoteRequest;
  const opposite = peer(6, "192.0.2.1/5") as RemoteRequest;
  const waiting = session("192.0.2.1", request);
  roster.add(waiting);
  const newer = session("192.0.2.1", request);
  const remote = session("198.51.100.2", opposite);
  assertEquals(roster.rivalsOf(newer, request), [waiting]);
  assertEquals(roster.partnerOf(newer, request), undefined);
  assertEquals(roster.partnerOf(remote, opposite), waiting);
  assertEquals(roster.rivalsOf(remote, opposite), []);
});

Deno.test("removing one who never asked, was not added, or has left does nothing", () => {
  const roster = new Roster();
  const host = session("192.0.2.1", server(5));
  roster.add(host);
  roster.remove(session("192.0.2.1"));
  roster.remove(session("192.0.2.1", server(5)));
  roster.remove(session("192.0.2.1", server(6)));
  assertEquals(hostAt(roster, "192.0.2.1/5"), host);
  roster.remove(host);
  roster.remove(host);
  assertEquals(roster.size, 0);
});

Deno.test("a session that was taken over does not take its successor along", () => {
  const roster = new Roster();
  const older = session("192.0.2.1", server(5));
  const newer = session("192.0.2.1", server(5));
  roster.add(older);
  roster.remove(older);
  roster.add(newer);
  roster.remove(older);
  assertEquals(hostAt(roster, "192.0.2.1/5"), newer);
});

Deno.test("whoever came and went in whatever order, the size returns to 0", () => {
  const random = new Prng(4);
  const roster = new Roster();
  const here = new Set<Session>();
  for (let step = 0; step < 5_000; step++) {
    if (random.chance(0.5) || here.size === 0) {
      const address = `192.0.2.${random.integer(1, 5)}`;
      const remote = `198.51.100.1/${random.integer(1, 3)}`;
      const port = random.integer(1, 3);
      const token = random.pick(["T", "U"]);
      const name = random.pick(["a", "b"]);
      const remoteName = { name: random.pick(["a", "b"]) };
      const requests = [
        server(port),
        server(port, { token, name }),
        client(port, remote),
        client(port, remoteName, { token }),
        peer(port, remote),
        peer(port, remoteName, { token, name }),
      ];
      const added = session(address, random.pick(requests));
      for (const rival of roster.rivalsOf(added, added.request as SessionRequest)) {
        roster.remove(rival);
        here.delete(rival);
      }
      roster.add(added);
      here.add(added);
      if (random.chance(0.5)) roster.becomeReady(added);
    } else {
      const leaving = random.pick([...here]);
      roster.remove(leaving);
      here.delete(leaving);
    }
    for (const session of here) {
      assertEquals(
        [...roster.sessionsOf(session.localName, session.token)].includes(session),
        true,
      );
    }
  }
  for (const session of here) roster.remove(session);
  assertEquals(roster.size, 0);
});
