import { assert, assertEquals } from "@std/assert";
import { decodeRegistration, decodeRequest } from "../../src/protocol/decode.ts";
import { decodeResponse } from "../../src/protocol/decode_response.ts";
import { encodeRegistration, encodeRequest, encodeResponse } from "../../src/protocol/encode.ts";
import { JsonStream } from "../../src/protocol/json_stream.ts";
import {
  type Decoded,
  ERROR_CODES,
  type RegistrationFault,
  type Response,
} from "../../src/protocol/message.ts";
import { frame } from "../protocol/framing.ts";
import {
  ALL_VECTORS,
  DATAGRAM_VECTORS,
  REQUEST_VECTORS,
  RESPONSE_VECTORS,
  STREAM_VECTORS,
  type Vector,
} from "./vectors.ts";

const CLOSE_BRACE = 0x7d;
const OPEN_BRACE = 0x7b;

type Decode<Value, Reason> = (bytes: Uint8Array) => Decoded<Value, Reason>;

Deno.test("every vector has a name of its own", () => {
  const names = ALL_VECTORS.map(({ name }) => name);
  assertEquals(names.filter((name, i) => names.indexOf(name) !== i), []);
});

Deno.test("datagram vectors decode and encode as written", () => {
  checkVectors(DATAGRAM_VECTORS, decodeRegistration, encodeRegistration);
});

Deno.test("request vectors decode and encode as written", () => {
  checkVectors(REQUEST_VECTORS, decodeRequest, encodeRequest);
});

Deno.test("response vectors decode and encode as written", () => {
  // A code that this project does not know is read, but never written.
  const isKnown = (response: object): response is Response =>
    !("code" in response && response.code === "unknown");
  checkVectors(
    RESPONSE_VECTORS,
    decodeResponse,
    (response) => isKnown(response) ? encodeResponse(response) : undefined,
  );
});

Deno.test("stream vectors are cut as written", () => {
  for (const { name, bytes, objects, fault, partial } of STREAM_VECTORS) {
    assertEquals(frame([bytes]), { objects, fault, partial }, name);
  }
});

Deno.test("a good request is cut whole from a stream", () => {
  for (const { name, bytes, expected } of REQUEST_VECTORS) {
    if (!expected.ok) continue;
    const framed = [...new JsonStream().push(bytes)];
    assertEquals(framed.length, 1, name);
    assert(framed[0].ok && decodeRequest(framed[0].value).ok, name);
  }
});

Deno.test("vectors show every reason to drop a datagram and every error code", () => {
  const reasons: RegistrationFault[] = [
    "too_long",
    "not_json",
    "not_object",
    "missing_peer_port",
    "bad_peer_port",
    "bad_token",
  ];
  const shown = DATAGRAM_VECTORS.map(({ expected }) => expected.ok ? "" : expected.reason);
  assertEquals(reasons.filter((reason) => !shown.includes(reason)), []);
  const codes = RESPONSE_VECTORS.filter(({ canonical }) => canonical).map(({ expected }) =>
    expected.ok && "code" in expected.value ? expected.value.code : ""
  );
  assertEquals(ERROR_CODES.filter((code) => !codes.includes(code)), []);
});

Deno.test("a prefix of a message without its closing brace gives a reason", () => {
  checkPrefixes(DATAGRAM_VECTORS, decodeRegistration);
  checkPrefixes(REQUEST_VECTORS, decodeRequest);
  checkPrefixes(RESPONSE_VECTORS, decodeResponse);
});

Deno.test("a prefix of a stream gives the objects that are complete in it", () => {
  for (const { name, bytes, objects, fault } of STREAM_VECTORS) {
    let complete = 0;
    for (let length = 0; length < bytes.length; length++) {
      const framed = frame([bytes.subarray(0, length)]);
      assertEquals(framed.objects, objects.slice(0, framed.objects.length), `${name} ${length}`);
      assert(framed.objects.length >= complete, `${name} ${length}`);
      assert(framed.fault === undefined || framed.fault === fault, `${name} ${length}`);
      complete = framed.objects.length;
    }
    assert(complete >= objects.length - 1, name);
  }
});

function checkVectors<Value, Reason>(
  vectors: readonly Vector<Value, Reason>[],
  decode: Decode<Value, Reason>,
  encode: (value: Value) => Uint8Array | undefined,
) {
  for (const { name, bytes, expected, canonical } of vectors) {
    assertEquals(decode(bytes), expected, name);
    if (!expected.ok) continue;
    const encoded = encode(expected.value);
    if (canonical) assertEquals(text(encoded), text(bytes), name);
    if (encoded !== undefined) assertEquals(decode(encoded), expected, `${name} encoded`);
  }
}

function checkPrefixes<Value, Reason>(
  vectors: readonly Vector<Value, Reason>[],
  decode: Decode<Value, Reason>,
) {
  for (const { name, bytes, expected } of vectors) {
    const complete = bytes.indexOf(OPEN_BRACE) < 0 ? 0 : bytes.lastIndexOf(CLOSE_BRACE);
    for (let length = 0; length < bytes.length; length++) {
      const { ok } = decode(bytes.subarray(0, length));
      if (expected.ok && length <= complete) assertEquals(ok, false, `${name} ${length}`);
    }
  }
}

function text(bytes: Uint8Array | undefined): string {
  return new TextDecoder().decode(bytes);
}
