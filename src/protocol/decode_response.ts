/**
 * Responses as a peer reads them. Total, like `decode.ts`, and liberal: servers that know only part
 * 1 of the protocol, and servers newer than this peer, are understood as far as possible.
 *
 * @module
 */

import { type Endpoint, isUnicastSource, parseAddress, parseEndpoint } from "../address.ts";
import { MAX_LOCAL_ENDPOINTS, MAX_REQUEST_BYTES } from "./limits.ts";
import { readInt64 } from "./integer.ts";
import { JsonDocument } from "./json.ts";
import { NOWHERE, readBoolean, readText } from "./json_text.ts";
import { MemberNames } from "./member_names.ts";
import {
  type Decoded,
  type Introduction,
  type KeptAlive,
  RECEIVED_CODES,
  type ReceivedCode,
  type ResponseExtension,
} from "./message.ts";
import { readNote } from "./text_members.ts";

/** A refusal as received. */
export interface ReceivedRefusal {
  /** `"unknown"` when the text does not begin with a code of the protocol. */
  readonly code: ReceivedCode | "unknown";
  /** What follows the code, or the whole text when there is none. */
  readonly explanation: string;
}

/** A response as received. */
export type ReceivedResponse = Introduction | ReceivedRefusal | KeptAlive;

const MEMBERS = new MemberNames([
  "SourcePort",
  "SourceIP",
  "DestPort",
  "DestIP",
  "Error",
  "PairKey",
  "DestAgeMs",
  "DestLocal",
  "DestNote",
  "KeptAlive",
  "LeaseTimeoutS",
]);
/** A response is cut from the stream like a request, so no text of it is longer. */
const MAX_TEXT_CHARS = MAX_REQUEST_BYTES;
const PAIR_KEY = /^[0-9a-f]{32}$/i;
const MAX_PORT = 65_535n;
/** Beyond, a number is not exact. */
const MAX_EXACT = BigInt(Number.MAX_SAFE_INTEGER);

/**
 * Decodes one response, as {@linkcode JsonStream} cuts it.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { decodeResponse } from "./decode_response.ts";
 *
 * const line = '{"SourcePort":0,"SourceIP":"","DestPort":0,"DestIP":"","Error":"busy: too many"}';
 * assertEquals(decodeResponse(new TextEncoder().encode(line)), {
 *   ok: true,
 *   value: { code: "busy", explanation: "too many" },
 * });
 * ```
 *
 * @returns the response, or what makes the bytes none
 */
export function decodeResponse(bytes: Uint8Array): Decoded<ReceivedResponse, string> {
  const json = new JsonDocument(bytes, MEMBERS);
  if (json.fault !== undefined) return { ok: false, reason: json.fault };
  if (!json.isObject) return { ok: false, reason: "expected a JSON object" };
  const error = json.offsetOf("Error") === NOWHERE ? "" : toText(json, "Error");
  if (error === undefined) return { ok: false, reason: "Error: expected a text" };
  if (error !== "") return { ok: true, value: toRefusal(error) };
  if (readBoolean(bytes, json.offsetOf("KeptAlive")) === true) return toKeptAlive(json);
  const source = toEndpoint(json, "SourceIP", "SourcePort");
  const dest = toEndpoint(json, "DestIP", "DestPort");
  if (source === undefined) return { ok: false, reason: "expected SourceIP and SourcePort" };
  if (dest === undefined) return { ok: false, reason: "expected DestIP and DestPort" };
  const extension = toExtension(json);
  return {
    ok: true,
    value: extension === undefined ? { source, dest } : { source, dest, extension },
  };
}

function toRefusal(error: string): ReceivedRefusal {
  const colon = error.indexOf(":");
  const word = (colon < 0 ? error : error.slice(0, colon)).trim();
  const code = RECEIVED_CODES.find((code) => code === word);
  if (code === undefined) return { code: "unknown", explanation: error };
  return { code, explanation: colon < 0 ? "" : error.slice(colon + 1).trim() };
}

function toKeptAlive(json: JsonDocument): Decoded<KeptAlive, string> {
  const leaseTimeoutS = toInteger(json, "LeaseTimeoutS");
  return leaseTimeoutS === undefined || leaseTimeoutS < 1n || leaseTimeoutS > MAX_EXACT
    ? { ok: false, reason: "expected LeaseTimeoutS in an answer to KeepAlive" }
    : { ok: true, value: { leaseTimeoutS: Number(leaseTimeoutS) } };
}

function toEndpoint(json: JsonDocument, ip: string, port: string): Endpoint | undefined {
  const addressText = toText(json, ip);
  const portNumber = toInteger(json, port);
  if (addressText === undefined || portNumber === undefined) return undefined;
  const address = parseAddress(addressText);
  if (address === undefined || portNumber < 1n || portNumber > MAX_PORT) return undefined;
  const endpoint = { address, port: Number(portNumber) };
  // One datagram to an address of many reaches machines that have never heard of the server.
  return isUnicastSource(endpoint) ? endpoint : undefined;
}

/** The age is in every extended success, so it alone tells a server that knows extensions. */
function toExtension(json: JsonDocument): ResponseExtension | undefined {
  const ageMs = toInteger(json, "DestAgeMs");
  if (ageMs === undefined || ageMs < 0n || ageMs > MAX_EXACT) return undefined;
  const pairKey = toText(json, "PairKey");
  const local = json.offsetOf("DestLocal");
  const destNote = readNote(json.bytes, json.offsetOf("DestNote"));
  return {
    destAgeMs: Number(ageMs),
    ...(pairKey !== undefined && PAIR_KEY.test(pairKey) ? { pairKey: pairKey.toLowerCase() } : {}),
    ...(local !== NOWHERE && json.isArray(local) ? { destLocal: toEndpoints(json, local) } : {}),
    ...(destNote === undefined ? {} : { destNote }),
  };
}

/** One entry that this peer cannot read does not spoil the others. */
function toEndpoints(json: JsonDocument, list: number): Endpoint[] {
  return json.elements(list)
    .map((offset) => readText(json.bytes, offset, MAX_TEXT_CHARS))
    .map((text) => text === undefined ? undefined : parseEndpoint(text))
    .filter((endpoint) => endpoint !== undefined)
    .slice(0, MAX_LOCAL_ENDPOINTS);
}

function toText(json: JsonDocument, name: string): string | undefined {
  return readText(json.bytes, json.offsetOf(name), MAX_TEXT_CHARS);
}

function toInteger(json: JsonDocument, name: string): bigint | undefined {
  return readInt64(json.bytes, json.offsetOf(name));
}
