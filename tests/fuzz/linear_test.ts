import { assert, assertEquals } from "@std/assert";
import { decodeRegistration, decodeRequest } from "../../src/protocol/decode.ts";
import { JsonStream } from "../../src/protocol/json_stream.ts";
import { SEEDS } from "./corpus.ts";
import {
  costlyDatagrams,
  costlyRequests,
  denseRequests,
  plainDatagram,
  plainRequest,
} from "./costly.ts";

/** White space, string ends and literals are looked at again, never more than a few times. */
const READS_PER_BYTE = 6;
const READS_AT_LEAST = 32;
/** White space is looked at once or twice, a character that belongs to a name up to four times. */
const MAX_READS_RATIO = 4;

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

const INPUTS = [...SEEDS, ...costlyDatagrams(512), ...costlyRequests(4096), ...denseRequests(4096)];

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

Deno.test("decoding looks at the bytes of no input 4 times as often as at those of a plain one", () => {
  const reads = (bytes: Uint8Array, decode: (bytes: Uint8Array) => unknown) => {
    const counted = new CountedBytes(bytes);
    decode(counted.bytes);
    return counted.reads;
  };
  const plainReads = reads(plainDatagram(512), decodeRegistration);
  for (const { name, bytes } of costlyDatagrams(512)) {
    const costlyReads = reads(bytes, decodeRegistration);
    assert(costlyReads <= MAX_READS_RATIO * plainReads, `${name}: ${costlyReads}, ${plainReads}`);
  }
  const plainRequestReads = reads(plainRequest(4096), decodeRequest);
  for (const { name, bytes } of costlyRequests(4096)) {
    const costlyReads = reads(bytes, decodeRequest);
    assert(costlyReads <= MAX_READS_RATIO * plainRequestReads, `${name}: ${costlyReads}`);
  }
});

Deno.test("no text is made of what is not ours", () => {
  const made = { strings: 0 };
  const { fromCharCode, fromCodePoint } = String;
  const count = (make: (...codes: number[]) => string) => (...codes: number[]) => {
    made.strings++;
    return make(...codes);
  };
  String.fromCharCode = count(fromCharCode);
  String.fromCodePoint = count(fromCodePoint);
  try {
    for (const { name, bytes } of costlyDatagrams(512)) {
      made.strings = 0;
      decodeRegistration(bytes);
      // A Token is made whole, and given up at its 65th character.
      assert(made.strings <= 65, `${name} makes ${made.strings} strings`);
    }
    for (const { name, bytes } of costlyRequests(4096)) {
      made.strings = 0;
      decodeRequest(bytes);
      // The type, or an address, and what is quoted of it; a Note is given up at its 513th character.
      const most = name.startsWith("a Note") ? 513 + 2 * 65 : 3 * 65;
      assert(made.strings <= most, `${name} makes ${made.strings} strings`);
    }
  } finally {
    Object.assign(String, { fromCharCode, fromCodePoint });
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
