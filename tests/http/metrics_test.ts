import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { packAddress } from "../../src/address.ts";
import { Metrics } from "../../src/http/metrics.ts";
import { LoopLag } from "../../src/http/loop_lag.ts";
import { readingsOf } from "../../src/http/readings.ts";
import { LeaseManager } from "../../src/rendezvous/lease_manager.ts";
import { OpenConnections } from "../../src/net/open_connections.ts";
import { ObservedServer } from "../../src/server/observed_server.ts";
import { VirtualClock } from "../simulated/virtual_clock.ts";
import { runToEnd } from "../support/child_process.ts";
import { until } from "../support/deadline.ts";
import {
  clientRequest,
  datagram,
  extended,
  KEEP_ALIVE,
  peerRequest,
  serverRequest,
} from "../support/messages.ts";
import { hasProgram, needs } from "../support/needs.ts";
import { SETTINGS_WITHOUT_LIMITS } from "../support/settings.ts";
import { nonZero, parseExposition, total } from "./exposition.ts";
import { FakeSource } from "./fake_source.ts";
import { WatchedServer } from "./watched_server.ts";

const IP = "127.0.0.1";
/** What a scrape may cost, however much the server holds. */
const MAX_SCRAPE_MS = 5;

async function scrape(watched: WatchedServer): Promise<ReadonlyMap<string, number>> {
  return parseExposition(await watched.text("metrics"));
}

Deno.test("known traffic over real sockets: every number adds up", async () => {
  await using watched = await WatchedServer.start({ settings: { maxSessions: 3 } });
  const { test } = watched;
  const answersRead = { introduced: 0, kept_alive: 0, refused: 0 };
  const socket = await test.register(1);
  await test.register(2);
  await test.register(3, { token: "t" });
  await test.deliver(socket, datagram(1));
  for (const wrong of ["x".repeat(513), "{", "[]", "{}", '{"PeerPort":"a"}']) {
    await test.deliver(socket, wrong);
  }
  await test.deliver(socket, '{"PeerPort":4,"Token":""}');

  const host = await test.ask(serverRequest(3, extended("t")));
  await host.send(KEEP_ALIVE.replace("}", ',"Token":"t","Answer":true}'));
  assertStringIncludes(await host.readLine(), "KeptAlive");
  answersRead.kept_alive++;
  const client = await test.ask(clientRequest(1, IP, 3));
  for (const peer of [client, host]) assertStringIncludes(await peer.readLine(), '"Error":""');
  const [one, two] = [await test.ask(peerRequest(1, IP, 2)), await test.ask(peerRequest(2, IP, 1))];
  for (const peer of [one, two]) assertStringIncludes(await peer.readLine(), '"Error":""');
  answersRead.introduced += 4;
  const wrong = await test.connect();
  await wrong.send("}");
  const lost = await test.ask(clientRequest(1, IP, 99));
  for (const peer of [wrong, lost]) assertStringIncludes(await peer.readLine(), "_");
  answersRead.refused += 2;
  for (const client of [one, two, wrong, lost]) client.close();
  const waiting = await test.ask(peerRequest(2, IP, 77));
  const unregistered = await test.ask(peerRequest(55, IP, 77));
  const turnedAway = await test.connect();
  assertStringIncludes(await turnedAway.readLine(), "busy");
  answersRead.refused++;

  const values = await scrape(watched);
  assertEquals(nonZero(values, "datagrams_total"), {
    ...{ '{fate="created"}': 3, '{fate="renewed"}': 1, '{fate="too_long"}': 1 },
    ...{ '{fate="not_json"}': 1, '{fate="not_object"}': 1, '{fate="missing_peer_port"}': 1 },
    ...{ '{fate="bad_peer_port"}': 1, '{fate="bad_token"}': 1 },
  });
  assertEquals(nonZero(values, "requests_total"), {
    ...{ '{type="Server"}': 1, '{type="KeepAlive"}': 1, '{type="Client"}': 2, '{type="Peer"}': 4 },
    '{type="malformed"}': 1,
  });
  assertEquals(nonZero(values, "introductions_total"), {
    '{mode="Client",family="IPv4"}': 1,
    '{mode="Peer",family="IPv4"}': 1,
  });
  assertEquals(nonZero(values, "answers_total"), {
    ...{ '{code="introduced"}': 4, '{code="kept_alive"}': 1 },
    ...{ '{code="bad_request"}': 1, '{code="host_not_found"}': 1, '{code="busy"}': 1 },
  });
  const { introduced, kept_alive, refused } = answersRead;
  assertEquals(total(values, "answers_total"), introduced + kept_alive + refused);
  assertEquals(nonZero(values, "limit_hits_total"), { '{limit="max_sessions"}': 1 });
  assertEquals(nonZero(values, "sessions"), {
    ...{ '{stage="hosting"}': 1, '{stage="waiting"}': 1, '{stage="registering"}': 1 },
  });
  assertEquals(nonZero(values, "leases"), { '{use="in_use"}': 2, '{use="idle"}': 1 });
  assertEquals(values.get('limit{limit="max_sessions"}'), 3);
  assertEquals(values.get('occupancy_ratio{table="sessions"}'), 1);
  assertEquals(values.get("connections_total"), 8);
  assertEquals(values.get("introduction_duration_seconds_count"), 2);
  assertEquals(values.get('introduction_duration_seconds_bucket{le="+Inf"}'), 2);
  assertEquals(values.get("ready"), 0);
  assert(values.get("process_resident_memory_bytes")! > 1e6);

  for (const open of [host, waiting, unregistered, turnedAway, client]) open.close();
  await until(() => test.server.sessionCount === 0, "all sessions to end");
  const later = await scrape(watched);
  assertEquals([total(later, "sessions"), later.get("ready")], [0, 1]);
});

Deno.test("a bucket counts what is at its bound and below, as seconds", async () => {
  const source = new FakeSource();
  const lag = new LoopLag(new VirtualClock(0));
  const metrics = new Metrics(readingsOf(source, lag));
  for (const tookMs of [0, 1, 1.5, 100, 40_000]) {
    source.counters.countIntroduction("Peer", "IPv6", tookMs);
  }
  const values = parseExposition(await metrics.scrape());
  const bucket = (le: string) => values.get(`introduction_duration_seconds_bucket{le="${le}"}`);
  assertEquals(["0.001", "0.005", "0.05", "0.1", "30", "+Inf"].map(bucket), [2, 3, 3, 4, 4, 5]);
  assertEquals(values.get("introduction_duration_seconds_sum"), 40.1025);
  assertEquals(values.get("introduction_duration_seconds_count"), 5);
  assertEquals(nonZero(values, "introductions_total"), { '{mode="Peer",family="IPv6"}': 5 });
});

Deno.test("two scrapes of the same server are the same: nothing is counted by looking", async () => {
  const source = new FakeSource();
  source.counters.countIntroduction("Peer", "IPv4", 3);
  source.counters.datagrams.created = 4;
  const metrics = new Metrics(readingsOf(source, new LoopLag(new VirtualClock(0))));
  const stable = async () =>
    (await metrics.scrape()).replace(/^process_resident_memory_bytes .*$/m, "");
  assertEquals(await stable(), await stable());
});

Deno.test({
  name: "promtool finds nothing to say about the names and units",
  ...needs(hasProgram("promtool"), "promtool (Debian: prometheus)"),
  fn: async () => {
    await using watched = await WatchedServer.start();
    const input = await watched.text("metrics");
    assertEquals(await runToEnd(["promtool", "check", "metrics"], { input }), {
      ...{ code: 0, stdout: "", stderr: "" },
    });
  },
});

Deno.test("a scrape costs less than 5 ms with a million leases", async () => {
  const maxLeases = 1_000_000;
  let state = 1;
  const random32 = () => state = Math.imul(state, 0x19660d) + 0x3c6ef35f >>> 0;
  const settings = { ...SETTINGS_WITHOUT_LIMITS, maxLeases };
  const manager = new LeaseManager(settings, { random32, pairKey: () => "" });
  const source = { address: "192.0.2.1", port: 40_000 };
  const packed = packAddress(source.address);
  for (let i = 0; i < maxLeases; i++) {
    manager.register({ peerPort: BigInt(i), token: undefined }, source, packed, 0);
  }
  const clock = new VirtualClock(0);
  const observed = new ObservedServer({
    ...{ manager, settings, clock, open: new OpenConnections(clock), endpoints: [] },
  });
  const metrics = new Metrics(readingsOf(observed, new LoopLag(clock)));
  const timesMs: number[] = [];
  for (let i = 0; i < 20; i++) {
    const startMs = performance.now();
    const values = parseExposition(await metrics.scrape());
    timesMs.push(performance.now() - startMs);
    assertEquals(values.get('leases{use="idle"}'), maxLeases);
  }
  // The best of many: a busy machine is slow now and then, and work that grows is slow each time.
  assert(Math.min(...timesMs) < MAX_SCRAPE_MS, `${Math.min(...timesMs)} ms`);
});
