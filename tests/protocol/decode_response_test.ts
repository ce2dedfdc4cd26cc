import { assert, assertEquals } from "@std/assert";
import { decodeResponse } from "../../src/protocol/decode_response.ts";
import { encodeResponse } from "../../src/protocol/encode.ts";
import { ERROR_CODES, type Response } from "../../src/protocol/message.ts";

const SOURCE = { address: "203.0.113.7", port: 50_123 };
const DEST = { address: "2001:db8::9", port: 1 };
const PAIR_KEY = "00112233445566778899aabbccddeeff";

function decode(text: string) {
  return decodeResponse(new TextEncoder().encode(text));
}

Deno.test("decoding a response is the inverse of encoding it", () => {
  const responses: Response[] = [
    { source: SOURCE, dest: DEST },
    { source: SOURCE, dest: DEST, extension: { destAgeMs: 0 } },
    {
      source: SOURCE,
      dest: DEST,
      extension: { pairKey: PAIR_KEY, destAgeMs: 86_400_000, destLocal: [SOURCE, DEST] },
    },
    { source: SOURCE, dest: DEST, extension: { destAgeMs: 1, destNote: '"☃\u0000' } },
    { leaseTimeoutS: 90 },
    ...ERROR_CODES.map((code) => ({ code, explanation: `"quoted": and \u00fc` })),
  ];
  for (const value of responses) {
    assertEquals(decodeResponse(encodeResponse(value)), { ok: true, value });
  }
});

Deno.test("every beginning of a response is a reason, not a crash", () => {
  const bytes = encodeResponse({
    source: SOURCE,
    dest: DEST,
    extension: { pairKey: PAIR_KEY, destAgeMs: 5, destLocal: [SOURCE] },
  });
  for (let length = 0; length < bytes.length - 2; length++) {
    const decoded = decodeResponse(bytes.subarray(0, length));
    assert(!decoded.ok && decoded.reason.length > 0, `${length} bytes`);
  }
});

Deno.test("an error in words of a server's own is kept whole", () => {
  const text = '{"SourcePort":0,"SourceIP":"","DestPort":0,"DestIP":"","Error":"Peer: unknown"}';
  assertEquals(decode(text), {
    ok: true,
    value: { code: "unknown", explanation: "Peer: unknown" },
  });
  const later = { code: "unavailable", explanation: "try again" } as const;
  assertEquals(decode('{"Error":"unavailable: try again"}'), { ok: true, value: later });
  assertEquals(decode('{"Error":"busy"}'), { ok: true, value: { code: "busy", explanation: "" } });
});

Deno.test("members in any order and case, unknown ones and a missing Error are understood", () => {
  const value = { source: SOURCE, dest: DEST };
  const text = '{"New":[{}],"destip":"2001:DB8:0::9","DestPort":1.0,"SourceIP":"203.0.113.7",' +
    '"SourcePort":50123}';
  assertEquals(decode(text), { ok: true, value });
});

Deno.test("endpoints that are none are reasons", () => {
  const dest = '"DestPort":1,"DestIP":"1.2.3.4"';
  for (
    const text of [
      `{${dest}}`,
      `{${dest},"SourcePort":0,"SourceIP":"1.2.3.4"}`,
      `{${dest},"SourcePort":65536,"SourceIP":"1.2.3.4"}`,
      `{${dest},"SourcePort":"1","SourceIP":"1.2.3.4"}`,
      `{${dest},"SourcePort":1,"SourceIP":"example.org"}`,
      `{"SourcePort":1,"SourceIP":"1.2.3.4"}`,
      `{${dest},"Error":5}`,
      "[]",
      "",
    ]
  ) assert(!decode(text).ok, text);
});

Deno.test("nobody is at an address of many, and no server can have datagrams sent there", () => {
  const source = '"SourcePort":1,"SourceIP":"1.2.3.4"';
  for (const many of ["224.0.0.251", "255.255.255.255", "0.0.0.0", "ff02::fb", "::"]) {
    const dest = `"DestPort":5353,"DestIP":"${many}"`;
    assertEquals(decode(`{${source},${dest}}`), {
      ok: false,
      reason: "expected DestIP and DestPort",
    });
  }
});

Deno.test("what a peer cannot use of an extension is left out", () => {
  const success = '"SourcePort":1,"SourceIP":"1.2.3.4","DestPort":1,"DestIP":"1.2.3.5","Error":""';
  const extensionOf = (more: string) => {
    const decoded = decode(`{${success},${more}}`);
    if (!decoded.ok || !("source" in decoded.value)) throw new Error("expected an introduction");
    return decoded.value.extension;
  };
  assertEquals(extensionOf(`"PairKey":"${PAIR_KEY}"`), undefined);
  assertEquals(extensionOf('"DestAgeMs":5,"PairKey":"short"'), { destAgeMs: 5 });
  assertEquals(extensionOf(`"DestAgeMs":5,"PairKey":"${PAIR_KEY.toUpperCase()}"`), {
    destAgeMs: 5,
    pairKey: PAIR_KEY,
  });
  const locals = '"nonsense","10.0.0.1:5",7,"10.0.0.1:0"';
  assertEquals(extensionOf(`"DestAgeMs":5,"DestLocal":[${locals}]`), {
    destAgeMs: 5,
    destLocal: [{ address: "10.0.0.1", port: 5 }],
  });
  const withNote = { destAgeMs: 5, destNote: "é".repeat(256) };
  assertEquals(extensionOf(`"DestAgeMs":5,"DestNote":"${"é".repeat(256)}"`), withNote);
  for (const note of [`"x${"é".repeat(256)}"`, '"\\udc00"', "null", "{}"]) {
    assertEquals(extensionOf(`"DestAgeMs":5,"DestNote":${note}`), { destAgeMs: 5 }, note);
  }
  const many = Array(20).fill('"10.0.0.1:5"').join();
  assertEquals(extensionOf(`"DestAgeMs":5,"DestLocal":[${many}]`)?.destLocal?.length, 8);
});
