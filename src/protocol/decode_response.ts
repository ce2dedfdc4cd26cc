/**
 * Responses as a peer reads them. Total, like `decode.ts`, and liberal: servers that know only part
 * 1 of the protocol, and servers newer than this peer, are understood as far as possible.
 *
 * @module
 */

import { type Endpoint, parseAddress, parseEndpoint } from "../address.ts";
import { MAX_LOCAL_ENDPOINTS } from "./limits.ts";
import { member } from "./decode.ts";
import { toInt64 } from "./integer.ts";
import { JsonNumber, JsonObject, type JsonValue, readJson } from "./json.ts";
import {
  type Decoded,
  type Introduction,
  type KeptAlive,
  RECEIVED_CODES,
  type ReceivedCode,
  type ResponseExtension,
} from "./message.ts";

/** A refusal as received. */
export interface ReceivedRefusal {
  /** `"unknown"` when the text does not begin with a code of the protocol. */
  readonly code: ReceivedCode | "unknown";
  /** What follows the code, or the whole text when there is none. */
  readonly explanation: string;
}

/** A response as received. */
export type ReceivedResponse = Introduction | ReceivedRefusal | KeptAlive;

const PAIR_KEY = /^[0-9a-f]{32}$/i;
const MAX_PORT = 65_535n;
/** Beyond, a number is not exact. */
const MAX_AGE_MS = BigInt(Number.MAX_SAFE_INTEGER);

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
  const json = readJson(bytes);
  if (!json.ok) return json;
  if (!(json.value instanceof JsonObject)) return { ok: false, reason: "expected a JSON object" };
  const error = member(json.value, "Error") ?? "";
  if (typeof error !== "string") return { ok: false, reason: "Error: expected a text" };
  if (error !== "") return { ok: true, value: toRefusal(error) };
  if (member(json.value, "KeptAlive") === true) return toKeptAlive(json.value);
  const source = toEndpoint(json.value, "SourceIP", "SourcePort");
  const dest = toEndpoint(json.value, "DestIP", "DestPort");
  if (source === undefined) return { ok: false, reason: "expected SourceIP and SourcePort" };
  if (dest === undefined) return { ok: false, reason: "expected DestIP and DestPort" };
  const extension = toExtension(json.value);
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

function toKeptAlive(response: JsonObject): Decoded<KeptAlive, string> {
  const leaseTimeoutS = toInteger(member(response, "LeaseTimeoutS"));
  return leaseTimeoutS === undefined || leaseTimeoutS < 1n || leaseTimeoutS > MAX_AGE_MS
    ? { ok: false, reason: "expected LeaseTimeoutS in an answer to KeepAlive" }
    : { ok: true, value: { leaseTimeoutS: Number(leaseTimeoutS) } };
}

function toEndpoint(response: JsonObject, ip: string, port: string): Endpoint | undefined {
  const addressText = member(response, ip);
  const portNumber = toInteger(member(response, port));
  if (typeof addressText !== "string" || portNumber === undefined) return undefined;
  const address = parseAddress(addressText);
  if (address === undefined || portNumber < 1n || portNumber > MAX_PORT) return undefined;
  return { address, port: Number(portNumber) };
}

/** The age is in every extended success, so it alone tells a server that knows extensions. */
function toExtension(response: JsonObject): ResponseExtension | undefined {
  const ageMs = toInteger(member(response, "DestAgeMs"));
  if (ageMs === undefined || ageMs < 0n || ageMs > MAX_AGE_MS) return undefined;
  const pairKey = member(response, "PairKey");
  const local = member(response, "DestLocal");
  return {
    destAgeMs: Number(ageMs),
    ...(typeof pairKey === "string" && PAIR_KEY.test(pairKey)
      ? { pairKey: pairKey.toLowerCase() }
      : {}),
    ...(Array.isArray(local) ? { destLocal: toEndpoints(local) } : {}),
  };
}

/** One entry that this peer cannot read does not spoil the others. */
function toEndpoints(values: readonly JsonValue[]): Endpoint[] {
  return values
    .map((value) => typeof value === "string" ? parseEndpoint(value) : undefined)
    .filter((endpoint) => endpoint !== undefined)
    .slice(0, MAX_LOCAL_ENDPOINTS);
}

function toInteger(value: JsonValue | undefined): bigint | undefined {
  return value instanceof JsonNumber ? toInt64(value) : undefined;
}
