import { assert, assertEquals } from "@std/assert";
import { decodeRegistration, decodeRequest } from "../../src/protocol/decode.ts";
import { JsonStream } from "../../src/protocol/json_stream.ts";
import { SEEDS } from "./corpus.ts";

/** White space, string ends and literals are looked at again, never more than a few times. */
const READS_PER_BYTE = 6;
const READS_AT_LEAST = 32;

/** Bytes that count how often one of them is read. */
class CountedBytes {
  reads = 0;
  readonly bytes: Uint8Array;

  constructor(bytes: Uint8Array) {
    this.bytes = new Proxy(bytes, {
      get: (target, name) => {
        if (typeof name === "string" && /^\d+$/.test(name)) this.reads++;
        const value = Reflect.get(target, name, target);
        if (typeof value !== "function") return value;
        // Views read on their own: count each as one read of all that it covers.
        return (...parameters: number[]) => {
          const view = value.apply(target, parameters);
          this.reads += view.length;
          return view;
        };
      },
    });
  }
}

const INPUTS = [
  ...SEEDS,
  ...[
    '{"a":"' + "\\u0041".repeat(680) + '"}',
    '{"a":[' + '"",'.repeat(1_300) + '""]}',
    '{"a":' + " ".repeat(4_000) + "1}",
    '{"a":' + "1".repeat(4_000) + "}",
    '{"a":"' + "\\".repeat(4_000) + '"}',
    '{"a":"' + "\u00e9".repeat(2_000) + '"}',
    "{" + '"":0,'.repeat(800) + '"":0}',
    '{"a":[' + "[],".repeat(1_300) + "[]]}",
  ].map((text) => ({ name: text.slice(0, 12), bytes: new TextEncoder().encode(text) })),
];

Deno.test("decoding reads each byte a bounded number of times", () => {
  for (const { name, bytes } of INPUTS) {
    for (const decode of [decodeRegistration, decodeRequest]) {
      const counted = new CountedBytes(bytes);
      assertEquals(decode(counted.bytes), decode(bytes), name);
      const limit = READS_AT_LEAST + READS_PER_BYTE * bytes.length;
      assert(counted.reads <= limit, `${decode.name} ${name}: ${counted.reads} > ${limit}`);
    }
  }
});

Deno.test("framing in one chunk reads and copies each byte a bounded number of times", () => {
  for (const { name, bytes } of INPUTS) {
    const counted = new CountedBytes(bytes);
    for (const framed of new JsonStream().push(counted.bytes)) assert(framed.ok || framed.reason);
    const limit = READS_AT_LEAST + READS_PER_BYTE * bytes.length;
    assert(counted.reads <= limit, `${name}: ${counted.reads} > ${limit}`);
  }
});

Deno.test("framing byte by byte copies each byte a bounded number of times", () => {
  let copied = 0;
  const set = Uint8Array.prototype.set;
  for (const { name, bytes } of INPUTS) {
    copied = 0;
    Uint8Array.prototype.set = function (source: ArrayLike<number>, offset?: number) {
      copied += source.length;
      set.call(this, source, offset);
    };
    try {
      const stream = new JsonStream();
      for (const byte of bytes) for (const framed of stream.push(Uint8Array.of(byte))) void framed;
    } finally {
      Uint8Array.prototype.set = set;
    }
    // Doubling copies each held byte once on average, twice at worst.
    assert(copied <= 3 * bytes.length, `${name}: ${copied} of ${bytes.length}`);
  }
});
