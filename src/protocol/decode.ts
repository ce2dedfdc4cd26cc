/**
 * Bytes to messages. Total: any input gives a value or a reason, nothing is thrown, and no result
 * shares memory with its input.
 *
 * @module
 */

import { type Endpoint, parseAddress, parseEndpoint } from "../address.ts";
import {
  MAX_DATAGRAM_BYTES,
  MAX_LOCAL_ENDPOINTS,
  MAX_QUOTED_CHARS,
  MAX_TOKEN_CHARS,
} from "./limits.ts";
import { toInt64 } from "./integer.ts";
import { JsonNumber, JsonObject, type JsonValue, readJson } from "./json.ts";
import type {
  Decoded,
  Extension,
  PeerPort,
  Registration,
  RegistrationFault,
  RemotePeer,
  Request,
} from "./message.ts";

const TOKEN = new RegExp(`^[ -~]{1,${MAX_TOKEN_CHARS}}$`);

/**
 * Decodes a registration datagram.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { decodeRegistration } from "./decode.ts";
 *
 * const datagram = new TextEncoder().encode('{"PeerPort": 9007199254740993}');
 * assertEquals(decodeRegistration(datagram), {
 *   ok: true,
 *   value: { peerPort: 9007199254740993n, token: undefined },
 * });
 * ```
 */
export function decodeRegistration(
  datagram: Uint8Array,
): Decoded<Registration, RegistrationFault> {
  if (datagram.length > MAX_DATAGRAM_BYTES) return { ok: false, reason: "too_long" };
  const json = readJson(datagram);
  if (!json.ok) return { ok: false, reason: "not_json" };
  if (!(json.value instanceof JsonObject)) return { ok: false, reason: "not_object" };
  const number = member(json.value, "PeerPort");
  if (number === undefined) return { ok: false, reason: "missing_peer_port" };
  const peerPort = number instanceof JsonNumber ? toInt64(number) : undefined;
  if (peerPort === undefined) return { ok: false, reason: "bad_peer_port" };
  const token = member(json.value, "Token");
  if (token !== undefined && !isToken(token)) return { ok: false, reason: "bad_token" };
  return { ok: true, value: { peerPort, token } };
}

/**
 * Decodes one complete request, as {@linkcode JsonStream} cuts it.
 *
 * @returns the request, or an explanation that says what was expected and what came
 */
export function decodeRequest(bytes: Uint8Array): Decoded<Request, string> {
  const json = readJson(bytes);
  if (!json.ok) return { ok: false, reason: `${json.reason} of the request` };
  if (!(json.value instanceof JsonObject)) {
    return { ok: false, reason: `expected a JSON object, received ${quote(json.value)}` };
  }
  try {
    return { ok: true, value: toRequest(json.value) };
  } catch (error) {
    if (error instanceof Mismatch) return { ok: false, reason: error.message };
    throw error;
  }
}

/** A member that is not what the protocol says; never leaves this module. */
class Mismatch extends Error {
  constructor(name: string, expected: string, received: JsonValue | undefined) {
    super(`${name}: expected ${expected}, received ${quote(received)}`);
  }
}

function toRequest(request: JsonObject): Request {
  const connectionType = member(request, "ConnectionType");
  switch (connectionType) {
    case "KeepAlive":
      toExtension(request);
      return { connectionType };
    case "Server":
      return {
        connectionType,
        localPeerPort: toPeerPort(request, "LocalPeerPort"),
        extension: toExtension(request),
      };
    case "Client":
    case "Peer": {
      const localPeerPort = toPeerPort(request, "LocalPeerPort");
      const extension = toExtension(request);
      const remote = toRemote(request, extension);
      return { connectionType, localPeerPort, remote, extension };
    }
    default:
      throw new Mismatch(
        "ConnectionType",
        '"Server", "Client", "Peer" or "KeepAlive"',
        connectionType,
      );
  }
}

function toPeerPort(request: JsonObject, name: string): PeerPort {
  const value = member(request, name);
  const peerPort = value instanceof JsonNumber ? toInt64(value) : undefined;
  if (peerPort === undefined) throw new Mismatch(name, "a 64-bit integer", value);
  return peerPort;
}

function toRemote(request: JsonObject, extension: Extension | undefined): RemotePeer {
  const ip = member(request, "RemoteIP");
  const peerPort = toPeerPort(request, "RemotePeerPort");
  if (ip === "" && extension !== undefined) return { address: "own", peerPort };
  const address = typeof ip === "string" ? parseAddress(ip) : undefined;
  if (address === undefined) throw new Mismatch("RemoteIP", "an IP address", ip);
  return { address, peerPort };
}

function toExtension(request: JsonObject): Extension | undefined {
  const token = member(request, "Token");
  if (token === undefined) return undefined;
  if (!isToken(token)) {
    throw new Mismatch("Token", `1 to ${MAX_TOKEN_CHARS} printable ASCII characters`, token);
  }
  return { token, localEndpoints: toLocalEndpoints(member(request, "LocalEndpoints")) };
}

function toLocalEndpoints(value: JsonValue | undefined): Endpoint[] {
  if (value === undefined) return [];
  if (!Array.isArray(value) || value.length > MAX_LOCAL_ENDPOINTS) {
    throw new Mismatch("LocalEndpoints", `a list of at most ${MAX_LOCAL_ENDPOINTS}`, value);
  }
  return value.map((text) => {
    const endpoint = typeof text === "string" ? parseEndpoint(text) : undefined;
    if (endpoint === undefined) throw new Mismatch("LocalEndpoints", "IP:port texts", text);
    return endpoint;
  });
}

function isToken(value: JsonValue): value is string {
  return typeof value === "string" && TOKEN.test(value);
}

/**
 * The value of a member: the last one of exactly this name, else the last one whose name differs
 * only in case.
 */
export function member({ members }: JsonObject, name: string): JsonValue | undefined {
  let inAnotherCase: JsonValue | undefined;
  for (let i = members.length - 1; i >= 0; i--) {
    const { name: written, value } = members[i];
    if (written === name) return value;
    if (inAnotherCase === undefined && isSameButCase(written, name)) inAnotherCase = value;
  }
  return inAnotherCase;
}

function isSameButCase(written: string, name: string): boolean {
  return written.length === name.length && written.toLowerCase() === name.toLowerCase();
}

/** What came, in short and on one line, for an explanation. */
function quote(value: JsonValue | undefined): string {
  if (value === undefined) return "nothing";
  if (value instanceof JsonNumber) return shorten(value.text);
  if (value instanceof JsonObject) return "an object";
  if (Array.isArray(value)) return `a list of ${value.length}`;
  return typeof value === "string" ? JSON.stringify(shorten(value)) : String(value);
}

function shorten(text: string): string {
  return text.length > MAX_QUOTED_CHARS ? `${text.slice(0, MAX_QUOTED_CHARS)}...` : text;
}
