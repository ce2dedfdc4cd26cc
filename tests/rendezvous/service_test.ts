import { assertEquals, assertMatch } from "@std/assert";
import type { Endpoint } from "../../src/address.ts";
import { ADDRESS_BYTES, FREE_BYTES, MAX_READ_PAUSE_MS, SESSION_BYTES } from "../../src/limits.ts";
import { LeaseManager, type RendezvousSettings } from "../../src/rendezvous/lease_manager.ts";
import { type ServedConnection, Service } from "../../src/rendezvous/service.ts";
import { SETTINGS_WITHOUT_LIMITS } from "../support/settings.ts";
import { countingRandom32 } from "./rig.ts";

const A = "192.0.2.1";
const SOURCE: Endpoint = { address: A, port: 1000 };
const WAITING = '{"RemoteIP":"192.0.2.2","RemotePeerPort":6,"LocalPeerPort":5,' +
  '"ConnectionType":"Peer"}';
const encoder = new TextEncoder();

/** A service, and connections that note what they are sent. */
class Stage {
  readonly manager: LeaseManager;
  readonly service: Service;

  constructor(settings: Partial<RendezvousSettings> = {}) {
    const random32 = countingRandom32();
    const randomness = { random32, pairKey: () => "0".repeat(32) };
    this.manager = new LeaseManager({ ...SETTINGS_WITHOUT_LIMITS, ...settings }, randomness);
    this.service = new Service(this.manager, random32);
  }

  accept(address: string, nowMs = 0) {
    const sent: string[] = [];
    const transport = {
      address,
      hasRoom: true,
      send: (bytes: Uint8Array) => void sent.push(new TextDecoder().decode(bytes)),
      end: () => void sent.push("end"),
    };
    const served: ServedConnection = this.service.accept(transport, nowMs);
    return { served, sent, transport };
  }
}

function text(length: number): Uint8Array {
  return encoder.encode(" ".repeat(length));
}

Deno.test("a datagram's source is judged before anybody looks at its bytes", () => {
  const { service, manager } = new Stage({ datagramsPerSecond: { address: 1, network: 0 } });
  const junk = encoder.encode("no JSON");
  for (let i = 0; i < 5; i++) assertEquals(service.receive(junk, SOURCE, 0), "not_json");
  assertEquals(service.receive(junk, SOURCE, 0), "over_limit");
  assertEquals(service.receive(encoder.encode('{"PeerPort":5}'), SOURCE, 0), "over_limit");
  assertEquals(service.receive(junk, { address: A, port: 0 }, 0), "bad_source");
  const { not_json, over_limit, bad_source } = manager.counters.datagrams;
  assertEquals([not_json, over_limit, bad_source], [5, 2, 1]);
});

Deno.test("a session reads 16 KiB at once, and 512 bytes a second after that", () => {
  const { served } = new Stage().accept(A);
  served.read(encoder.encode(WAITING), 0);
  served.read(text(SESSION_BYTES.atOnce - WAITING.length - 1), 0);
  assertEquals(served.readPauseMs(0), 0);
  served.read(text(257), 0);
  assertEquals(served.readPauseMs(0), Math.ceil(257 * 1000 / SESSION_BYTES.perSecond));
  assertEquals(served.readPauseMs(501), 1);
  assertEquals(served.readPauseMs(502), 0);
});

Deno.test("an address's connections share a budget, refused and ended ones included", () => {
  const stage = new Stage({ sessionsPerPrefix: { address: 2, network: 0 } });
  const open = stage.accept(A);
  const ended = stage.accept(A);
  ended.served.read(encoder.encode("]"), 0);
  assertMatch(ended.sent[0], /bad_request/);
  const other = stage.accept(A);
  const refused = stage.accept(A);
  assertMatch(refused.sent[0], /busy: .*sessions_per_address/);
  const third = ADDRESS_BYTES.atOnce / 4;
  for (const { served } of [ended, refused, other]) {
    for (let i = 0; i < 64; i++) served.read(text(third / 64), 1_000);
  }
  assertEquals(open.served.readPauseMs(1_000), 0);
  open.served.read(text(third), 1_000);
  assertEquals(open.served.readPauseMs(1_000) > 0, true);
  const neighbour = stage.accept(A, 1_000).served;
  assertEquals(neighbour.readPauseMs(1_000), 0, "who has just come is heard");
  neighbour.read(text(FREE_BYTES - 1), 1_000);
  assertEquals(neighbour.readPauseMs(1_000), 0, "and so is the end of what it asks");
  neighbour.read(text(1), 1_000);
  assertEquals(neighbour.readPauseMs(1_000) > 0, true);
  const stranger = stage.accept("192.0.2.2", 1_000).served;
  stranger.read(text(FREE_BYTES), 1_000);
  assertEquals(stranger.readPauseMs(1_000), 0);
});

Deno.test("no pause is longer than 2 s, however much was spent", () => {
  const { served } = new Stage().accept(A);
  served.read(text(10 * SESSION_BYTES.atOnce), 0);
  assertEquals(served.readPauseMs(0), MAX_READ_PAUSE_MS);
});

Deno.test("half a request in 10 s is told from none", () => {
  const stage = new Stage();
  const half = stage.accept(A);
  const none = stage.accept(A);
  half.served.read(encoder.encode('{"RemoteIP":'), 0);
  stage.service.expire(10_000);
  assertMatch(
    half.sent[0],
    /bad_request: expected a request within 10 s, received only the first 12 bytes of one/,
  );
  assertMatch(none.sent[0], /bad_request: expected a request within 10 s, received none/);
});

Deno.test("an end inside a request says how much of it came", () => {
  const { served, sent } = new Stage().accept(A);
  served.read(encoder.encode('{"RemoteIP":'), 0);
  served.finish(0);
  served.finish(0);
  assertMatch(sent[0], /bad_request: expected a whole request, received its first 12 bytes/);
  assertEquals(sent.slice(1), ["end"]);
});

Deno.test("an end without a byte is answered by an end alone, once", () => {
  const stage = new Stage();
  const { served, sent } = stage.accept(A);
  served.finish(0);
  served.finish(0);
  served.lose(0);
  assertEquals(sent, ["end"]);
  assertEquals(stage.manager.sessionCount, 0);
});

Deno.test("a refused connection is ended once, whatever follows", () => {
  const stage = new Stage({ sessionsPerPrefix: { address: 1, network: 0 } });
  stage.accept(A);
  const { served, sent } = stage.accept(A);
  served.read(encoder.encode(WAITING), 0);
  served.finish(0);
  served.lose(0);
  assertEquals([sent.length, sent[1]], [2, "end"]);
});

Deno.test("a waiting Peer with a Token that half-closes inside a KeepAlive is cancelled", () => {
  const { served, sent } = new Stage().accept(A);
  served.read(encoder.encode(`${WAITING.slice(0, -1)},"Token":"T"}{"Connec`), 0);
  served.finish(0);
  assertMatch(sent[0], /"cancelled: /);
});

Deno.test("whatever is read goes on with a round of receiving, as a datagram does", () => {
  const stage = new Stage();
  const { service } = stage;
  const { served: host, sent } = stage.accept(A);
  host.read(encoder.encode('{"LocalPeerPort":5,"ConnectionType":"Server"}'), 0);
  service.receive(encoder.encode('{"PeerPort":5}'), SOURCE, 0);
  service.expire(150_000);
  const { served: other } = stage.accept("192.0.2.3", 150_040);
  const arrivals = [
    () => other.read(text(1), 150_080),
    () => other.finish(150_120),
    () => other.lose(150_160),
  ];
  for (const [i, arrives] of arrivals.entries()) {
    service.expire(150_079 + 40 * i);
    arrives();
  }
  service.expire(150_209);
  assertEquals(sent, []);
  service.expire(150_210);
  assertMatch(sent[0], /lease_timeout/);
});

Deno.test("a connection stands from its request to its final response", () => {
  const stage = new Stage();
  const { served, sent } = stage.accept(A);
  assertEquals(served.stands, false);
  served.read(encoder.encode(WAITING), 0);
  assertEquals(served.stands, true);
  assertEquals(stage.service.nextDeadlineMs, 90_000);
  stage.service.expire(90_000);
  assertMatch(sent[0], /"no_lease: /);
  assertEquals([served.stands, stage.service.nextDeadlineMs], [false, Infinity]);
});

Deno.test("a host whose transport has no room is told of its client when it drains", () => {
  const stage = new Stage();
  for (const [address, peerPort] of [[A, 1], ["192.0.2.2", 5]] as const) {
    stage.service.receive(encoder.encode(`{"PeerPort":${peerPort}}`), { address, port: 1000 }, 0);
  }
  const host = stage.accept(A);
  host.served.read(encoder.encode('{"LocalPeerPort":1,"ConnectionType":"Server"}'), 0);
  host.transport.hasRoom = false;
  const client = stage.accept("192.0.2.2");
  client.served.read(
    encoder.encode(
      `{"RemoteIP":"${A}","RemotePeerPort":1,"LocalPeerPort":5,"ConnectionType":"Client"}`,
    ),
    0,
  );
  assertEquals([host.sent, client.sent], [[], []]);
  host.transport.hasRoom = true;
  host.served.drain(0);
  assertEquals([host.sent.length, client.sent.length], [1, 2]);
});
