import { assertEquals } from "@std/assert";
import { until } from "../support/deadline.ts";
import type { DatagramFate } from "../../src/rendezvous/counters.ts";
import { introduction, peerRequest } from "../support/messages.ts";
import { sum, TestServer } from "../support/test_server.ts";

const IP = "127.0.0.1";

/** Datagrams, and what becomes of each. */
const DATAGRAMS: readonly (readonly [data: string | Uint8Array, fate: DatagramFate])[] = [
  ['{"PeerPort":1}', "created"],
  [' {"PeerPort" : 1.0 , "x" : [ {} ] }\r\n', "renewed"],
  ['{"peerport":1e0}', "renewed"],
  ['{"PeerPort":9,"PeerPort":1}', "renewed"],
  ['{"PeerPort":1,"Token":"t"}', "created"],
  ['{"PeerPort":-9223372036854775808}', "created"],
  ['{"PeerPort":1}' + " ".repeat(498), "renewed"],
  ['{"PeerPort":1}' + " ".repeat(499), "too_long"],
  [new Uint8Array(513), "too_long"],
  [new Uint8Array(1_472), "too_long"],
  [new Uint8Array(9_000), "too_long"],
  [new Uint8Array(65_507), "too_long"],
  ["", "not_json"],
  [new Uint8Array(512), "not_json"],
  ["{", "not_json"],
  ['{"PeerPort":1}{', "not_json"],
  ['{"PeerPort":0x1}', "not_json"],
  [new Uint8Array([0x7b, 0x22, 0xff, 0x22, 0x3a, 0x31, 0x7d]), "not_json"],
  ["[".repeat(512), "not_json"],
  ["GET / HTTP/1.1\r\n\r\n", "not_json"],
  ["5", "not_object"],
  ["null", "not_object"],
  ['["PeerPort"]', "not_object"],
  ["{}", "missing_peer_port"],
  ['{"PeerPorts":1}', "missing_peer_port"],
  ['{"PeerPort":null}', "bad_peer_port"],
  ['{"PeerPort":"1"}', "bad_peer_port"],
  ['{"PeerPort":1.5}', "bad_peer_port"],
  ['{"PeerPort":9223372036854775808}', "bad_peer_port"],
  ['{"PeerPort":1e400}', "bad_peer_port"],
  ['{"PeerPort":1,"Token":""}', "bad_token"],
  ['{"PeerPort":1,"Token":null}', "bad_token"],
  [`{"PeerPort":1,"Token":"${"t".repeat(65)}"}`, "bad_token"],
  ['{"PeerPort":1,"Token":"caf\u00e9"}', "bad_token"],
];

Deno.test("every datagram is counted by its fate, and none is answered", async () => {
  await using test = new TestServer();
  const socket = test.socket();
  const expected: Partial<Record<DatagramFate, number>> = {};
  for (const [data, fate] of DATAGRAMS) {
    const before = test.server.counters.datagrams[fate];
    await test.deliver(socket, data);
    assertEquals(test.server.counters.datagrams[fate], before + 1, `${fate}: ${data}`);
    expected[fate] = (expected[fate] ?? 0) + 1;
  }
  assertEquals({ ...test.server.counters.datagrams, ...expected }, test.server.counters.datagrams);
  assertEquals(sum(test.server.counters.datagrams), DATAGRAMS.length);
  assertEquals(test.log.infos, []);
  assertEquals(test.log.errors, []);
});

Deno.test("garbage of all sizes is dropped, and peers are introduced meanwhile", async () => {
  await using test = new TestServer();
  const garbage = test.socket();
  for (let size = 1; size <= 65_507; size = Math.ceil(size * 1.3)) {
    // No byte of it is ASCII, so that none can be a number by chance.
    const bytes = crypto.getRandomValues(new Uint8Array(size)).map((byte) => byte | 0x80);
    await garbage.send(test.at(), bytes);
  }
  const [a, b] = [await test.register(1), await test.register(2)];
  const first = await test.ask(peerRequest(1, IP, 2));
  const second = await test.ask(peerRequest(2, IP, 1));
  assertEquals(await first.readToEnd(), introduction(a.endpoint, b.endpoint));
  assertEquals(await second.readToEnd(), introduction(b.endpoint, a.endpoint));
  await until(() => test.server.counters.datagrams.too_long > 0, "the large ones");
  const { created, too_long, not_json, ...others } = test.server.counters.datagrams;
  assertEquals(created, 2);
  assertEquals([too_long > 0, not_json > 0, sum(others)], [true, true, 0]);
});
