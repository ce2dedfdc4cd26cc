import { assertEquals } from "@std/assert";
import { client, peer, Rig, server } from "./rig.ts";

const A = "203.0.113.1";
const B = "2001:db8::2";
const C = "2001:db8::3";

Deno.test("sessions are counted by how far they have come, until they end", () => {
  const rig = new Rig();
  const { manager } = rig;
  const none = { connected: 0, registering: 0, hosting: 0, waiting: 0 };
  const idle = rig.connect(A);
  assertEquals(manager.sessionStages, { ...none, connected: 1 });
  const host = rig.ask(A, server(1));
  assertEquals(manager.sessionStages, { ...none, connected: 1, registering: 1 });
  rig.datagram(`${A}:1000`, 1);
  assertEquals(manager.sessionStages, { ...none, connected: 1, hosting: 1 });
  rig.datagram(`${A}:2000`, 2);
  rig.ask(A, peer(2, "203.0.113.9/9"));
  assertEquals(manager.sessionStages, { ...none, connected: 1, hosting: 1, waiting: 1 });
  assertEquals(manager.stageOf(host.session!), "hosting");
  assertEquals([...manager.sessions].map((each) => manager.stageOf(each)), [
    ...["connected", "hosting", "waiting"],
  ]);
  assertEquals([manager.leaseCount, manager.leasesInUse], [2, 2]);
  idle.disconnects();
  manager.shutDown(rig.nowMs);
  assertEquals(manager.sessionStages, none);
  assertEquals([manager.leaseCount, manager.leasesInUse], [2, 0]);
});

Deno.test("introductions are counted by mode and family, with the time since the later request", () => {
  const rig = new Rig();
  const { counters } = rig.manager;
  rig.datagram(`[${B}]:1000`, 1);
  rig.ask(B, server(1));
  rig.at(1_000);
  rig.ask(C, client(2, `${B}/1`));
  rig.at(1_200);
  rig.datagram(`[${C}]:2000`, 2);
  assertEquals(counters.introductionsBy.Client, { IPv4: 0, IPv6: 1 });
  assertEquals([counters.introductionTimes.sum, counters.introductions], [200, 1]);
  rig.datagram(`${A}:3000`, 3);
  rig.datagram(`${A}:4000`, 4);
  rig.ask(A, peer(3, `${A}/4`));
  rig.at(2_000);
  rig.ask(A, peer(4, `${A}/3`));
  assertEquals(counters.introductionsBy.Peer, { IPv4: 1, IPv6: 0 });
  assertEquals([counters.introductionTimes.sum, counters.introductions], [200, 2]);
});

Deno.test("new leases show whether all peers come from one private address", () => {
  const rig = new Rig();
  for (let i = 0; i < 10; i++) rig.datagram(`172.17.0.1:${1_000 + i}`, 1);
  assertEquals(rig.manager.soleSource, undefined);
  for (let i = 0; i < 10; i++) rig.datagram(`172.17.0.1:${1_000 + i}`, i);
  assertEquals(rig.manager.soleSource, "172.17.0.1");
  rig.datagram(`${A}:1000`, 1);
  assertEquals(rig.manager.soleSource, undefined);
});

Deno.test("requests are counted by type, and what is none apart", () => {
  const rig = new Rig();
  const host = rig.ask(A, server(1));
  host.requests({ connectionType: "KeepAlive" });
  host.requests(server(1));
  rig.ask(A, client(2, `${A}/9`)).requests(client(2, `${A}/9`));
  rig.ask(A, peer(2, `${A}/9`));
  rig.connect(A).sendsGarbage("expected a request");
  assertEquals(rig.manager.counters.requests, {
    ...{ Server: 2, Client: 1, Peer: 1, KeepAlive: 1, malformed: 1 },
  });
});
