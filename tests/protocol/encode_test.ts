import { assertEquals } from "@std/assert";
import type { Endpoint } from "../../src/address.ts";
import { MAX_RESPONSE_BYTES } from "../../src/limits.ts";
import { decodeRegistration, decodeRequest } from "../../src/protocol/decode.ts";
import { decodeResponse } from "../../src/protocol/decode_response.ts";
import { encodeRegistration, encodeRequest, encodeResponse } from "../../src/protocol/encode.ts";
import {
  ERROR_CODES,
  type Extension,
  type Introduction,
  MAX_PEER_PORT,
  MIN_PEER_PORT,
  type PeerPort,
  type Request,
} from "../../src/protocol/message.ts";

const PEER_PORTS: PeerPort[] = [MIN_PEER_PORT, -1n, 0n, 1n, 2n ** 53n + 1n, MAX_PEER_PORT];
const TOKENS = [undefined, "a", " ", "~".repeat(64), '"\\/', "</script>&"];
const ADDRESSES = ["203.0.113.7", "0.0.0.0", "2001:db8::7", "::", "::1", "64:ff9b::cb00:7107"];
const LOCAL_ENDPOINTS: Endpoint[][] = [
  [],
  [{ address: "192.168.1.5", port: 40_000 }],
  Array.from({ length: 8 }, (_, i) => ({ address: "2001:db8::5", port: 65_535 - i })),
];

function text(bytes: Uint8Array): string {
  return new TextDecoder().decode(bytes);
}

function* extensions(): Generator<Extension | undefined> {
  for (const token of TOKENS) {
    if (token === undefined) yield undefined;
    else for (const localEndpoints of LOCAL_ENDPOINTS) yield { token, localEndpoints };
  }
}

/** Names and notes of which every character takes as much as it can. */
const NAMES = [" ", "~".repeat(64), '"\\', "203.0.113.7/5", "__proto__"];
const NOTES = [undefined, "", "v=2", "\u0001".repeat(512), "\u2028".repeat(170), "😀".repeat(128)];

function* namedRequests(): Generator<Request> {
  const localPeerPort = MIN_PEER_PORT;
  for (const localName of NAMES) {
    for (const note of NOTES) {
      const extension = { token: "T", localEndpoints: [], ...(note !== undefined && { note }) };
      const named = { ...extension, localName };
      yield { connectionType: "Server", localPeerPort, extension: named };
      const remote = { name: "~" };
      yield { connectionType: "Client", localPeerPort, remote, extension };
      yield { connectionType: "Peer", localPeerPort, remote, extension: named };
      const meetingPoint = { name: localName };
      yield { connectionType: "Peer", localPeerPort, remote: meetingPoint, extension: named };
    }
  }
}

function* requests(): Generator<Request> {
  yield* namedRequests();
  yield { connectionType: "KeepAlive" };
  yield { connectionType: "KeepAlive", extension: { token: "T", answer: true } };
  yield { connectionType: "KeepAlive", extension: { token: "T", answer: false } };
  for (const extension of extensions()) {
    for (const localPeerPort of PEER_PORTS) {
      yield { connectionType: "Server", localPeerPort, extension };
      const addresses = extension === undefined ? ADDRESSES : [...ADDRESSES, "own"];
      for (const address of addresses) {
        const remote = { address, peerPort: -1n - localPeerPort };
        yield { connectionType: "Client", localPeerPort, remote, extension };
        yield { connectionType: "Peer", localPeerPort, remote, extension };
      }
    }
  }
}

Deno.test("decoding a registration is the inverse of encoding it", () => {
  for (const peerPort of PEER_PORTS) {
    for (const token of TOKENS) {
      const registration = { peerPort, token };
      const bytes = encodeRegistration(registration);
      assertEquals(decodeRegistration(bytes), { ok: true, value: registration }, text(bytes));
    }
  }
});

Deno.test("decoding a request is the inverse of encoding it", () => {
  for (const request of requests()) {
    const bytes = encodeRequest(request);
    assertEquals(decodeRequest(bytes), { ok: true, value: request }, text(bytes));
  }
});

Deno.test("requests are written in the order of the protocol, without what they do not need", () => {
  const remote = { address: "203.0.113.7", peerPort: 2n };
  const extension = { token: "t", localEndpoints: [{ address: "2001:db8::5", port: 4 }] };
  const written = (request: Request) => text(encodeRequest(request));
  assertEquals(
    written({ connectionType: "Peer", localPeerPort: 1n, remote, extension }),
    '{"RemoteIP":"203.0.113.7","RemotePeerPort":2,"LocalPeerPort":1,"ConnectionType":"Peer",' +
      '"Token":"t","LocalEndpoints":["[2001:db8::5]:4"]}',
  );
  assertEquals(
    written({ connectionType: "Server", localPeerPort: 1n, extension: undefined }),
    '{"LocalPeerPort":1,"ConnectionType":"Server"}',
  );
  assertEquals(
    written({
      connectionType: "Peer",
      localPeerPort: 1n,
      remote: { name: "bob" },
      extension: { ...extension, localName: "ann", note: "n" },
    }),
    '{"LocalPeerPort":1,"ConnectionType":"Peer","Token":"t","LocalEndpoints":["[2001:db8::5]:4"],' +
      '"LocalName":"ann","RemoteName":"bob","Note":"n"}',
  );
  assertEquals(written({ connectionType: "KeepAlive" }), '{"ConnectionType":"KeepAlive"}');
});

Deno.test("a plain introduction has exactly five members in order and ends its line", () => {
  const introduction: Introduction = {
    source: { address: "203.0.113.7", port: 1 },
    dest: { address: "2001:db8::7", port: 65_535 },
  };
  assertEquals(
    text(encodeResponse(introduction)),
    '{"SourcePort":1,"SourceIP":"203.0.113.7","DestPort":65535,"DestIP":"2001:db8::7","Error":""}\n',
  );
});

Deno.test("an extended introduction has only the members that it was given", () => {
  const endpoints = {
    source: { address: "203.0.113.7", port: 1 },
    dest: { address: "203.0.113.8", port: 2 },
  };
  const pairKey = "0123456789abcdef0123456789abcdef";
  const destLocal = [{ address: "2001:db8::5", port: 4 }, { address: "10.0.0.1", port: 5 }];
  const members = (extension: NonNullable<Introduction["extension"]>) =>
    text(encodeResponse({ ...endpoints, extension })).split('"Error":""')[1];
  assertEquals(members({ destAgeMs: 0 }), ',"DestAgeMs":0}\n');
  assertEquals(
    members({ pairKey, destAgeMs: 7 }),
    `,"PairKey":"${pairKey}","DestAgeMs":7}\n`,
  );
  assertEquals(
    members({ destAgeMs: 7, destLocal }),
    ',"DestAgeMs":7,"DestLocal":["[2001:db8::5]:4","10.0.0.1:5"]}\n',
  );
  assertEquals(
    members({ pairKey, destAgeMs: 7, destLocal }),
    `,"PairKey":"${pairKey}","DestAgeMs":7,"DestLocal":["[2001:db8::5]:4","10.0.0.1:5"]}\n`,
  );
  assertEquals(
    members({ destAgeMs: 7, destLocal, destNote: '"\n' }),
    ',"DestAgeMs":7,"DestLocal":["[2001:db8::5]:4","10.0.0.1:5"],"DestNote":"\\"\\n"}\n',
  );
});

Deno.test("a refusal is one line of five members, whatever its explanation contains", () => {
  const explanations = [
    "plain",
    'with "quotes" and \\',
    "with\nline\r\nends",
    "é☃😀\u2028.",
    "\ud800",
  ];
  for (const code of ERROR_CODES) {
    for (const explanation of explanations) {
      const line = text(encodeResponse({ code, explanation }));
      assertEquals(line.indexOf("\n"), line.length - 1);
      assertEquals(Object.entries(JSON.parse(line)), [
        ["SourcePort", 0],
        ["SourceIP", ""],
        ["DestPort", 0],
        ["DestIP", ""],
        ["Error", `${code}: ${explanation}`],
      ]);
      const decoded = decodeResponse(encodeResponse({ code, explanation }));
      assertEquals(decoded, { ok: true, value: { code, explanation } });
    }
  }
});

Deno.test("the longest messages keep their limits", () => {
  const token = "\\".repeat(64);
  assertEquals(encodeRegistration({ peerPort: MIN_PEER_PORT, token }).length <= 512, true);
  const address = "2001:db8:1111:2222:3333:4444:5555:6666";
  const localEndpoints = Array(8).fill({ address, port: 65_535 });
  const request: Request = {
    connectionType: "Client",
    localPeerPort: MIN_PEER_PORT,
    remote: { address, peerPort: MIN_PEER_PORT },
    extension: { token, localEndpoints },
  };
  assertEquals(encodeRequest(request).length <= 4096, true);
  assertEquals(decodeRequest(encodeRequest(request)), { ok: true, value: request });
  const note = "\u0001".repeat(512);
  const named: Request = {
    connectionType: "Peer",
    localPeerPort: MIN_PEER_PORT,
    remote: { name: token },
    extension: { token, localEndpoints: [], localName: token, note },
  };
  assertEquals(encodeRequest(named).length <= 4096, true);
  const response = encodeResponse({
    source: { address, port: 65_535 },
    dest: { address, port: 65_535 },
    extension: {
      pairKey: "0".repeat(32),
      destAgeMs: 86_400_000,
      destLocal: localEndpoints,
      destNote: note,
    },
  });
  assertEquals(response.length <= MAX_RESPONSE_BYTES, true);
});
