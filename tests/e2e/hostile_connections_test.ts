import { assertEquals, assertMatch } from "@std/assert";
import { Bystander } from "./bystander.ts";
import { until } from "../support/deadline.ts";
import { peerRequest, refusal } from "../support/messages.ts";
import { connectMany, type RawClient } from "../support/raw_client.ts";
import { TestServer } from "../support/test_server.ts";

const IP = "127.0.0.1";

/** The start of a TLS 1.2 ClientHello: record header, handshake header, version, randomness. */
const TLS_HELLO = Uint8Array.fromHex("16030100c8010000c40303" + "5a".repeat(32));

/** What strangers send, and what they are told. */
const STREAMS: readonly (readonly [name: string, bytes: string | Uint8Array, told: string])[] = [
  [
    "HTTP",
    "GET / HTTP/1.1\r\nHost: x\r\n\r\n",
    "expected a JSON object, received an HTTP request: send the request itself, without HTTP",
  ],
  ["TLS", TLS_HELLO, "expected a JSON object, received a TLS handshake: connect without TLS"],
  [
    "SSH",
    "SSH-2.0-scanner\r\n",
    "expected a JSON object, received an SSH greeting: use another port for SSH",
  ],
  [
    "zero bytes",
    new Uint8Array(3_000),
    "expected a JSON object, received a NUL byte: send text in UTF-8",
  ],
  [
    "a byte order mark",
    "\ufeff{}",
    "expected a JSON object, received a byte order mark: send UTF-8 without one",
  ],
  [
    "text in UTF-16",
    Uint8Array.fromHex("fffe7b007d00"),
    "expected a JSON object, received text in UTF-16: send UTF-8",
  ],
  [
    "the PROXY protocol",
    "PROXY TCP4 192.0.2.1 192.0.2.2 5 6969\r\n",
    "expected a JSON object, received a PROXY protocol header: switch it off at the proxy, the peer's own address must be seen",
  ],
  ["a number", "5 ", "expected a JSON object, received byte 0x35"],
  ["a list", "[1]", "expected a JSON object, received byte 0x5b"],
  ["a string", '"{}"', "expected a JSON object, received byte 0x22"],
  [
    "binary inside an object",
    "{\x00\x01\x02",
    "expected JSON, received a NUL byte: send text in UTF-8",
  ],
  ["a line break in a string", '{"a\n', "expected a JSON string, received byte 0x0a"],
  ["brackets that do not match", '{"a":[}', "expected JSON, received byte 0x7d"],
  [
    "4,097 bytes of white space",
    " ".repeat(4_097),
    "expected a request of at most 4096 bytes, received more",
  ],
  [
    "a string of 100,000 bytes",
    '{"a":"' + "x".repeat(100_000),
    "expected a request of at most 4096 bytes, received more",
  ],
  ["depth 17", '{"a":'.repeat(17), "expected nesting of at most 16, received deeper"],
  [
    "depth 10,000",
    '{"a":' + "[".repeat(10_000),
    "expected nesting of at most 16, received deeper",
  ],
];

for (const [name, bytes, told] of STREAMS) {
  Deno.test(`${name} on TCP is a bad_request for that connection and nothing for others`, async () => {
    await using test = new TestServer();
    const bystander = await Bystander.settle(test);
    const stranger = await test.connect();
    await sendAsFarAsPossible(stranger, bytes);
    assertEquals(await stranger.readToEnd(), refusal("bad_request", told));
    await bystander.isServed();
    assertEquals(test.log.errors, []);
  });
}

Deno.test("invalid JSON that a framing cannot see is a bad_request as well", async () => {
  await using test = new TestServer();
  for (const bytes of ["{}", "{1:2}", '{"a"}', '{"a":tru}', "{,}", '{"a":01}', '{"\\x":1}']) {
    const stranger = await test.connect();
    await stranger.send(bytes);
    assertMatch(await stranger.readToEnd(), /"Error":"bad_request: /);
  }
});

Deno.test("a writer that drips one byte a second is told after 10 s", async () => {
  await using test = new TestServer({ clock: "virtual" });
  const bystander = await Bystander.settle(test);
  const dripper = await test.connect();
  await test.connected(2);
  for (const character of peerRequest(1, IP, 2).slice(0, 10)) {
    assertEquals(test.server.counters.refusals.bad_request, 0);
    await dripper.send(character);
    test.advance(1_000);
  }
  assertEquals(
    await dripper.readToEnd(),
    refusal("bad_request", "expected a request within 10 s, received none"),
  );
  await bystander.isServed();
});

Deno.test("a thousand connections that say nothing are told after 10 s and forgotten", async () => {
  await using test = new TestServer({ clock: "virtual" });
  const bystander = await Bystander.settle(test);
  const silent = await connectMany(test.at(), 1_000);
  await test.connected(1_001);
  await bystander.isServed();
  const { connections } = test.server.counters;
  test.advance(10_000);
  const told = await Promise.all(silent.map((client) => client.readToEnd()));
  assertEquals(
    new Set(told),
    new Set([refusal("bad_request", "expected a request within 10 s, received none")]),
  );
  assertEquals(test.server.counters.refusals.bad_request, 1_000);
  await until(() => test.server.sessionCount === 1, "only the bystander to be left");
  await bystander.isServed();
  assertEquals(test.server.counters.connections, connections + 1);
});

/** The server may close before it has taken everything. */
async function sendAsFarAsPossible(client: RawClient, bytes: string | Uint8Array): Promise<void> {
  try {
    await client.send(bytes);
  } catch (error) {
    if (!(error instanceof Deno.errors.BrokenPipe)) throw error;
  }
}
