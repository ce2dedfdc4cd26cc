import { assertEquals } from "@std/assert";
import { JsonStream } from "../../src/protocol/json_stream.ts";
import { STREAM_VECTORS } from "../vectors/vectors.ts";
import { frame } from "./framing.ts";

const TOO_LONG = "expected a request of at most 4096 bytes, received more";
const TOO_DEEP = "expected nesting of at most 16, received deeper";

function bytes(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}

function frameText(text: string) {
  return frame([bytes(text)]);
}

/** An object of exactly `length` bytes. */
function objectOf(length: number): string {
  return `{"a":"${"x".repeat(length - 8)}"}`;
}

/** Chunks as a socket delivers them: each one overwrites the last. */
function* throughBuffer(bytes: Uint8Array, buffer: Uint8Array): Generator<Uint8Array> {
  for (let start = 0; start < bytes.length; start += buffer.length) {
    const part = bytes.subarray(start, start + buffer.length);
    buffer.fill(0xff);
    buffer.set(part);
    yield buffer.subarray(0, part.length);
  }
}

Deno.test("any cut of a stream in two gives the same", () => {
  for (const { name, bytes, objects, fault, partial } of STREAM_VECTORS) {
    for (let cut = 0; cut <= bytes.length; cut++) {
      const chunks = [bytes.subarray(0, cut), bytes.subarray(cut)];
      assertEquals(frame(chunks), { objects, fault, partial }, `${name} cut at ${cut}`);
    }
  }
});

Deno.test("the longest object byte by byte gives the same", () => {
  const longest = objectOf(4096);
  const chunks = Array.from(bytes(longest + longest), (byte) => Uint8Array.of(byte));
  assertEquals(frame(chunks).objects, [longest, longest]);
});

Deno.test("any cut of a short stream in three gives the same", () => {
  const stream = bytes('{"a":"}\\""} {"b":[{}]}');
  const expected = frame([stream]);
  assertEquals(expected.objects, ['{"a":"}\\""}', '{"b":[{}]}']);
  for (let first = 0; first <= stream.length; first++) {
    for (let second = first; second <= stream.length; second++) {
      const chunks = [
        stream.subarray(0, first),
        stream.subarray(first, second),
        stream.subarray(second),
      ];
      assertEquals(frame(chunks), expected, `cut at ${first} and ${second}`);
    }
  }
});

Deno.test("a stream byte by byte gives the same", () => {
  for (const { name, bytes, objects, fault, partial } of STREAM_VECTORS) {
    const chunks = Array.from(bytes, (byte) => Uint8Array.of(byte));
    assertEquals(frame(chunks), { objects, fault, partial }, name);
  }
});

Deno.test("a stream through one reused buffer gives the same", () => {
  for (const { name, bytes, objects, fault, partial } of STREAM_VECTORS) {
    assertEquals(frame(throughBuffer(bytes, new Uint8Array(7))), { objects, fault, partial }, name);
  }
});

Deno.test("an object is yielded by the chunk with its closing brace", () => {
  const stream = new JsonStream();
  assertEquals([...stream.push(bytes('{"a":1'))], []);
  assertEquals(stream.partial, true);
  const framed = [...stream.push(bytes("}"))];
  assertEquals(framed, [{ ok: true, value: bytes('{"a":1}') }]);
  assertEquals(stream.partial, false);
});

Deno.test("an object of 4096 bytes passes, one of 4097 does not", () => {
  const longest = objectOf(4096);
  assertEquals(frameText(longest), { objects: [longest], fault: undefined, partial: false });
  assertEquals(frameText(objectOf(4097)), { objects: [], fault: TOO_LONG, partial: false });
});

Deno.test("the limit counts from the end of the previous object, white space included", () => {
  const object = objectOf(96);
  for (const space of [" ", "\n", "\r", "\t"]) {
    const fits = object + space.repeat(4000) + object;
    assertEquals(frameText(fits + fits).objects.length, 4);
    const tooMuch = object + space.repeat(4001) + object;
    assertEquals(frameText(tooMuch), { objects: [object], fault: TOO_LONG, partial: false });
  }
  assertEquals(frameText(" ".repeat(4000) + object).objects.length, 1);
  assertEquals(frameText(" ".repeat(4001) + object).fault, TOO_LONG);
});

Deno.test("white space alone is refused at byte 4097", () => {
  assertEquals(frameText(" ".repeat(4096)).fault, undefined);
  assertEquals(frameText(" ".repeat(4097)).fault, TOO_LONG);
});

Deno.test("the 4097th byte is refused when it arrives, not when the object ends", () => {
  const stream = new JsonStream();
  assertEquals([...stream.push(bytes(`{"a":"${"x".repeat(4090)}`))], []);
  assertEquals([...stream.push(bytes("x"))], [{ ok: false, reason: TOO_LONG }]);
});

Deno.test("depth 16 passes, depth 17 is refused at its bracket, however deep it goes", () => {
  const deep = (depth: number) => '{"a":'.repeat(depth - 1) + "{" + "}".repeat(depth);
  assertEquals(frameText(deep(16)).objects, [deep(16)]);
  assertEquals(frameText(deep(17)).fault, TOO_DEEP);
  assertEquals(frameText(`{"a":${"[".repeat(15)}${"]".repeat(15)}}`).fault, undefined);
  assertEquals(frameText(`{"a":${"[".repeat(16)}`).fault, TOO_DEEP);
  assertEquals(frameText(`{"a":${"[".repeat(10_000)}`).fault, TOO_DEEP);
  assertEquals(frameText(`{"a":"${"[".repeat(100)}"}`).fault, undefined);
});

Deno.test("every first byte but white space and an opening brace is refused at once", () => {
  const mayBeGreetings = "\xef\xff\xfe\x16\x15GPHOCDS";
  for (let byte = 0; byte < 256; byte++) {
    const character = String.fromCharCode(byte);
    const allowed = byte === 0x7b || " \t\r\n".includes(character);
    const { fault, partial } = frame([Uint8Array.of(byte)]);
    if (mayBeGreetings.includes(character)) {
      // One more byte tells at the latest, if it begins no protocol that is known by name.
      assertEquals([fault, partial], [undefined, true], `byte ${byte}`);
      assertEquals(
        frame([Uint8Array.of(byte, 0x7b)]).fault,
        `expected a JSON object, received byte 0x${byte.toString(16)}`,
      );
    } else {
      assertEquals(fault === undefined, allowed, `byte ${byte}`);
    }
    const { fault: later } = frame([bytes("{}"), Uint8Array.of(byte)]);
    assertEquals(later === undefined, allowed, `byte ${byte} after an object`);
  }
});

Deno.test("another protocol is named at the first byte that tells it", () => {
  const tellingBytes = {
    "GET ": "an HTTP request: send the request itself, without HTTP",
    "HEAD ": "an HTTP request: send the request itself, without HTTP",
    "HTTP/": "an HTTP response: this port is of a web server",
    "SSH-": "an SSH greeting: use another port for SSH",
    "PROXY ": "a PROXY protocol header: switch it off at the proxy, " +
      "the peer's own address must be seen",
    "\x16\x03": "a TLS handshake: connect without TLS",
    "\0": "a NUL byte: send text in UTF-8",
  };
  for (const [start, name] of Object.entries(tellingBytes)) {
    const stream = new JsonStream();
    const framed = Array.from(start, (char) => [...stream.push(Uint8Array.of(char.charCodeAt(0)))]);
    assertEquals(framed.slice(0, -1).flat(), [], start);
    const reason = `expected a JSON object, received ${name}`;
    assertEquals(framed.at(-1), [{ ok: false, reason }]);
    assertEquals(stream.partial, false);
  }
});

Deno.test("a stream says how many bytes came after the last object", () => {
  const stream = new JsonStream();
  const pending = (text: string) => {
    for (const framed of stream.push(bytes(text))) assertEquals(framed.ok, true);
    return [stream.pendingBytes, stream.partial];
  };
  assertEquals([stream.pendingBytes, stream.partial], [0, false]);
  assertEquals(pending(" \n"), [2, false]);
  assertEquals(pending('{"a":'), [7, true]);
  assertEquals(pending('"}'), [9, true]);
  assertEquals(pending('"}'), [0, false]);
  assertEquals(pending("{} {"), [2, true]);
});

Deno.test("inside an object only bytes that JSON can have there pass", () => {
  const allowed = ' \t\r\n{["0123456789abcdefghijklmnopqrstuvwxyzE+-.,:}';
  for (let byte = 0; byte < 256; byte++) {
    const { fault } = frame([Uint8Array.of(0x7b, byte)]);
    const expected = byte < 0x80 && allowed.includes(String.fromCharCode(byte));
    assertEquals(fault === undefined, expected, `byte ${byte}`);
  }
});

Deno.test("inside a text every byte from 0x20 up passes", () => {
  for (let byte = 0; byte < 256; byte++) {
    const plain = frame([Uint8Array.of(0x7b, 0x22, byte)]).fault;
    assertEquals(plain === undefined, byte >= 0x20, `byte ${byte}`);
    const escaped = frame([Uint8Array.of(0x7b, 0x22, 0x5c, byte)]).fault;
    assertEquals(escaped === undefined, byte >= 0x20, `escaped byte ${byte}`);
  }
});

Deno.test("after a fault the stream says nothing more", () => {
  const stream = new JsonStream();
  assertEquals([...stream.push(bytes('{"a":1}X{"b":2}'))].map(({ ok }) => ok), [true, false]);
  assertEquals([...stream.push(bytes('{"c":3}'))], []);
});

Deno.test("an object that came in one chunk is a view, one that came in parts is not", () => {
  const chunk = bytes('{"a":1}');
  const [whole] = [...new JsonStream().push(chunk)];
  assertEquals(whole.ok && whole.value.buffer === chunk.buffer, true);

  const stream = new JsonStream();
  const first = bytes('{"a":');
  assertEquals([...stream.push(first)], []);
  first.fill(0x20);
  const second = bytes("1}");
  const [joined] = [...stream.push(second)];
  second.fill(0x20);
  assertEquals(joined, { ok: true, value: bytes('{"a":1}') });
});
