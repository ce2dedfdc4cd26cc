import { assertEquals } from "@std/assert";
import { HOST } from "./host_rig.ts";
import { client, KEEP_ALIVE, peer, Rig, server } from "./rig.ts";

const A = "192.0.2.1";
const B = "192.0.2.2";
const TIMEOUT = `lease_timeout: nothing renewed the lease of ${HOST}/1 for 90 s`;

function rigWithHost() {
  const rig = new Rig();
  rig.datagram(`${HOST}:9000`, 1);
  return { rig, host: rig.ask(HOST, server(1)) };
}

Deno.test("a timer that comes a second late is no sign of lost time", () => {
  const { rig, host } = rigWithHost();
  rig.atWithoutTimer(91_000);
  rig.rings();
  host.told(`91000 ${TIMEOUT}`, "91000 end");
});

Deno.test("one that comes later lets what waits in the sockets go first", () => {
  const { rig, host } = rigWithHost();
  rig.atWithoutTimer(91_001);
  rig.rings();
  host.told();
  rig.datagram(`${HOST}:9000`, 1);
  rig.at(181_000);
  host.told();
  rig.at(181_001);
  host.told(`181001 ${TIMEOUT}`, "181001 end");
});

Deno.test("the first datagram after lost time expires nothing either", () => {
  const { rig, host } = rigWithHost();
  rig.datagram(`${A}:1000`, 5);
  const waiting = rig.ask(A, peer(5, `${B}/6`));
  rig.atWithoutTimer(150_000);
  rig.datagram(`${B}:2000`, 6);
  rig.datagram(`${A}:1000`, 5);
  host.requests(KEEP_ALIVE);
  rig.at(239_999);
  host.told();
  waiting.told();
});

Deno.test("the round ends 50 ms after the last arrival", () => {
  const { rig, host } = rigWithHost();
  rig.atWithoutTimer(150_000);
  rig.rings();
  assertEquals(rig.manager.nextDeadlineMs, 150_050);
  rig.at(150_040);
  rig.datagram(`${B}:2000`, 6);
  assertEquals(rig.manager.nextDeadlineMs, 150_090);
  rig.at(150_089);
  host.told();
  rig.at(150_090);
  host.told(`150090 ${TIMEOUT}`, "150090 end");
});

Deno.test("and after 1 s at the latest, whatever arrives", () => {
  const { rig, host } = rigWithHost();
  rig.atWithoutTimer(150_000);
  for (let ms = 0; ms < 1_000; ms += 40) {
    rig.at(150_000 + ms);
    rig.datagram(`${B}:2000`, 6);
    host.told();
  }
  rig.at(150_999);
  host.told();
  rig.at(151_000);
  host.told(`151000 ${TIMEOUT}`, "151000 end");
});

Deno.test("time that is lost in the middle of the round begins another one", () => {
  const { rig, host } = rigWithHost();
  rig.atWithoutTimer(150_000);
  rig.rings();
  rig.atWithoutTimer(160_000);
  rig.rings();
  host.told();
  host.requests(KEEP_ALIVE);
  rig.at(249_999);
  host.told();
});

Deno.test("a connection that said nothing is given the round as well", () => {
  const rig = new Rig();
  const silent = rig.connect(A);
  rig.atWithoutTimer(60_000);
  rig.rings();
  silent.told();
  silent.requests(peer(5, `${B}/6`));
  rig.at(149_999);
  silent.told();
});

Deno.test("a KeepAlive in the round does not put off what is overdue", () => {
  const rig = new Rig();
  const host = rig.ask(HOST, server(1, { token: "T" }));
  rig.atWithoutTimer(10_000);
  rig.datagram(`${B}:9000`, 1, "T");
  host.requests(KEEP_ALIVE);
  rig.at(10_050);
  host.told(
    `10050 address_mismatch: datagrams with this Token arrive from ${B}, this connection from ${HOST}`,
    "10050 end",
  );
});

Deno.test("nor does what happens to the host that a client waits for", () => {
  const { rig, host } = rigWithHost();
  const waiting = rig.ask(A, client(5, `${HOST}/1`, { token: "T" }));
  rig.atWithoutTimer(10_000);
  rig.datagram(`${B}:9000`, 5, "T");
  host.drains();
  rig.at(10_050);
  waiting.told(
    `10050 address_mismatch: datagrams with this Token arrive from ${B}, this connection from ${A}`,
    "10050 end",
  );
});

Deno.test("who takes over in the round from a client whose 100 ms are over does not wait", () => {
  const { rig, host } = rigWithHost();
  rig.datagram(`${A}:1000`, 5);
  rig.datagram(`${A}:1001`, 5, "T");
  rig.at(5_000);
  const older = rig.ask(A, client(5, `${HOST}/1`));
  rig.atWithoutTimer(10_000);
  rig.rings();
  const newer = rig.ask(A, client(5, `${HOST}/1`, { token: "T" }));
  older.told(`10000 replaced: a newer session of ${A}/5 took over`, "10000 end");
  newer.told(`10000 you ${A}:1001, remote ${HOST}:9000, DestAgeMs 10000`, "10000 end");
  host.told(`10000 you ${HOST}:9000, remote ${A}:1001`);
});
