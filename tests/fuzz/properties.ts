/**
 * What must hold for any bytes at all, whoever sent them.
 *
 * @module
 */

import { MAX_REQUEST_BYTES } from "../../src/protocol/limits.ts";
import { decodeRegistration, decodeRequest } from "../../src/protocol/decode.ts";
import { decodeResponse, type ReceivedResponse } from "../../src/protocol/decode_response.ts";
import { encodeRegistration, encodeRequest, encodeResponse } from "../../src/protocol/encode.ts";
import { JsonDocument } from "../../src/protocol/json.ts";
import { MemberNames } from "../../src/protocol/member_names.ts";
import type { Decoded, Response } from "../../src/protocol/message.ts";
import { frame, type FramedStream } from "../protocol/framing.ts";
import type { Prng } from "../simulated/prng.ts";

/** What one input was, for statistics: a fuzzer that decodes nothing tests nothing. */
export type Outcome =
  | "registration"
  | "request"
  | "response"
  | "other_json"
  | "not_json";

const JSON_FAULT = /^expected .+ at byte \d+$/;
/** No controls, no separators of lines, nothing that formats or reorders, no halves of pairs. */
const VISIBLE = /^[^\p{C}\p{Zl}\p{Zp}]+$/u;
/** What was expected, and a quoted text of which every character is written as an escape. */
const MAX_REASON_CHARS = 512;
const NO_MEMBERS = new MemberNames([]);
const SCRIBBLE = 0xaa;
/** Checking by an independent reader costs more than all else, so only some are that are no JSON. */
const JUDGED_FRACTION = 0.05;
const strictUtf8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/**
 * Checks every property on one input.
 *
 * @param prng draws how the stream is split
 * @returns what the input was
 * @throws {Error} naming the property that does not hold
 */
export function checkProperties(input: Uint8Array, prng: Prng): Outcome {
  const framed = frame([input]);
  checkFraming(input, framed, prng);
  const json = new JsonDocument(input, NO_MEMBERS);
  require(json.fault === undefined || JSON_FAULT.test(json.fault), `fault: ${json.fault}`);
  if (json.isJson || prng.chance(JUDGED_FRACTION)) checkAgainstPlatform(input, json);
  const outcomes: [Outcome, boolean][] = [
    ["registration", checkMessage(input, decodeRegistration, encodeRegistration)],
    ["request", checkMessage(input, decodeRequest, encodeRequest)],
    ["response", checkMessage(input, decodeResponse, encodeKnownResponse)],
    ["other_json", json.isJson],
  ];
  return outcomes.find(([, ok]) => ok)?.[0] ?? "not_json";
}

/** What other servers say is read, but never written. */
function encodeKnownResponse(response: ReceivedResponse): Uint8Array | undefined {
  const isForeign = "code" in response &&
    (response.code === "unknown" || response.code === "unavailable");
  return isForeign ? undefined : encodeResponse(response as Response);
}

/** Decoding never throws, keeps no part of its input, and undoes encoding. */
function checkMessage<Value>(
  input: Uint8Array,
  decode: (bytes: Uint8Array) => Decoded<Value, string>,
  encode: (value: Value) => Uint8Array | undefined,
): boolean {
  const bytes = input.slice();
  const decoded = decode(bytes);
  if (!decoded.ok) {
    require(decoded.reason !== "", `${decode.name} gives no reason`);
    require(VISIBLE.test(decoded.reason), `${decode.name} hides something in its reason`);
    require(decoded.reason.length <= MAX_REASON_CHARS, `${decode.name} gives a long reason`);
    return false;
  }
  require(isSameBytes(bytes, input), `${decode.name} changes its input`);
  const encoded = encode(decoded.value);
  if (encoded === undefined) return true;
  const again = decode(encoded);
  require(again.ok && isSame(again.value, decoded.value), `${decode.name} undoes ${encode.name}`);
  bytes.fill(SCRIBBLE);
  const encodedLater = encode(decoded.value) as Uint8Array;
  require(isSameBytes(encodedLater, encoded), `${decode.name} keeps a part of its input`);
  return true;
}

/** Objects and faults do not depend on how the stream was cut, and keep their limits. */
function checkFraming(input: Uint8Array, whole: FramedStream, prng: Prng): void {
  const split = frame(randomChunks(input, prng));
  require(isSame(split, whole), "framing depends on how the stream is cut");
  for (const object of whole.objects) {
    require(object.startsWith("{") && object.endsWith("}"), "framing cuts an object");
    require(object.length <= MAX_REQUEST_BYTES, "framing passes an object that is too long");
  }
}

/** The platform's reader knows no depth limit; apart from that both must agree. */
function checkAgainstPlatform(input: Uint8Array, json: JsonDocument): void {
  if (json.fault?.startsWith("expected nesting")) return;
  let isJson = true;
  try {
    JSON.parse(strictUtf8.decode(input));
  } catch {
    isJson = false;
  }
  require(json.isJson === isJson, `the reader says ${json.isJson}, the platform ${isJson}`);
}

/** Chunks as a socket delivers them, in one buffer that each overwrites. */
function* randomChunks(input: Uint8Array, prng: Prng): Generator<Uint8Array> {
  const longest = prng.pick([3, 16, 64, 1_500]);
  const buffer = new Uint8Array(longest);
  for (let start = 0; start < input.length;) {
    const part = input.subarray(start, start + prng.integer(1, longest));
    buffer.set(part);
    const chunk = buffer.subarray(0, part.length);
    yield chunk;
    chunk.fill(SCRIBBLE);
    start += part.length;
  }
}

function isSame(a: unknown, b: unknown): boolean {
  if (Object.is(a, b)) return true;
  if (typeof a !== "object" || typeof b !== "object" || a === null || b === null) return false;
  const keysOfA = Object.keys(a) as (keyof typeof a)[];
  return keysOfA.length === Object.keys(b).length &&
    keysOfA.every((key) => isSame(a[key], b[key]));
}

function isSameBytes(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && a.every((byte, i) => byte === b[i]);
}

function require(holds: boolean, property: string): void {
  if (!holds) throw new Error(`Property does not hold: ${property}`);
}
