/**
 * The vectors as values: exact bytes of every kind of message with the outcome of decoding them.
 *
 * In the JSON files bytes are `text` (UTF-8) or `hex`, 64-bit integers are decimal texts, endpoints
 * are `IP:port` texts. `canonical` vectors are what encoding their value gives; `quoted` ones stand
 * in docs/PROTOCOL.md.
 *
 * @module
 */

import { type Endpoint, parseEndpoint } from "../../src/address.ts";
import type { ReceivedRefusal, ReceivedResponse } from "../../src/protocol/decode_response.ts";
import type {
  Decoded,
  Extension,
  Introduction,
  KeepAliveRequest,
  KeptAlive,
  Registration,
  RegistrationFault,
  Request,
} from "../../src/protocol/message.ts";
import datagrams from "./datagrams.json" with { type: "json" };
import requests from "./requests.json" with { type: "json" };
import responses from "./responses.json" with { type: "json" };
import streams from "./streams.json" with { type: "json" };

/** Bytes with a name. */
export interface NamedBytes {
  readonly name: string;
  readonly bytes: Uint8Array;
  /** Whether docs/PROTOCOL.md quotes these bytes. */
  readonly quoted: boolean;
}

/** One message and what decoding it gives. */
export interface Vector<Value, Reason> extends NamedBytes {
  readonly expected: Decoded<Value, Reason>;
  /** Whether encoding the value gives these bytes. */
  readonly canonical: boolean;
}

/** One stream, the objects in it, and how it ends. */
export interface StreamVector extends NamedBytes {
  readonly objects: readonly string[];
  /** Why the stream is refused after the objects. */
  readonly fault: string | undefined;
  /** Whether the stream ends inside an object. */
  readonly partial: boolean;
}

interface Row {
  name: string;
  text?: string;
  hex?: string;
  quoted?: boolean;
  canonical?: boolean;
  reason?: string;
  value?: unknown;
}

/** Registration datagrams. */
export const DATAGRAM_VECTORS: readonly Vector<Registration, RegistrationFault>[] = datagrams.map(
  (row) => toVector<Registration, RegistrationFault>(row, toRegistration),
);

/** Requests, each as one complete value. */
export const REQUEST_VECTORS: readonly Vector<Request, string>[] = requests.map(
  (row) => toVector<Request, string>(row, toRequest),
);

/** Responses as a peer reads them. */
export const RESPONSE_VECTORS: readonly Vector<ReceivedResponse, string>[] = responses.map(
  (row) => toVector<ReceivedResponse, string>(row, toResponse),
);

/** Streams as they arrive on a connection. */
export const STREAM_VECTORS: readonly StreamVector[] = streams.map((row) => ({
  ...toNamedBytes(row),
  objects: row.objects,
  fault: row.fault,
  partial: row.partial ?? false,
}));

/** Every vector of every kind. */
export const ALL_VECTORS: readonly NamedBytes[] = [
  ...DATAGRAM_VECTORS,
  ...REQUEST_VECTORS,
  ...RESPONSE_VECTORS,
  ...STREAM_VECTORS,
];

/** The bytes of a `text` or `hex` row. */
export function toBytes({ text, hex }: { text?: string; hex?: string }): Uint8Array {
  return hex === undefined ? new TextEncoder().encode(text) : Uint8Array.fromHex(hex);
}

function toNamedBytes(row: Row): NamedBytes {
  return { name: row.name, bytes: toBytes(row), quoted: row.quoted ?? false };
}

// deno-lint-ignore no-explicit-any -- the shapes of the rows are checked by the tests that use them
function toVector<Value, Reason>(row: Row, revive: (value: any) => Value): Vector<Value, Reason> {
  const expected: Decoded<Value, Reason> = row.value === undefined
    ? { ok: false, reason: row.reason as Reason }
    : { ok: true, value: revive(row.value) };
  return { ...toNamedBytes(row), expected, canonical: row.canonical ?? false };
}

function toRegistration(value: { peerPort: string; token?: string }): Registration {
  return { peerPort: BigInt(value.peerPort), token: value.token };
}

function toKeepAlive(extension: ExtensionRow | undefined): KeepAliveRequest {
  const connectionType = "KeepAlive";
  if (extension === undefined) return { connectionType };
  return {
    connectionType,
    extension: { token: extension.token, answer: extension.answer === true },
  };
}

interface ExtensionRow {
  token: string;
  answer?: boolean;
  localEndpoints?: string[];
  localName?: string;
  note?: string;
}

interface RequestRow {
  connectionType: string;
  localPeerPort: string;
  remote: { address: string; peerPort: string } | { name: string };
  extension?: ExtensionRow;
}

function toRequest(value: RequestRow): Request {
  const { connectionType } = value;
  if (connectionType === "KeepAlive") return toKeepAlive(value.extension);
  const localPeerPort = BigInt(value.localPeerPort);
  const extension = toExtension(value.extension);
  if (connectionType === "Server") return { connectionType, localPeerPort, extension };
  if (connectionType !== "Client" && connectionType !== "Peer") {
    throw new Error(`Cannot read vector: expected a ConnectionType, received ${connectionType}`);
  }
  const remote = "name" in value.remote
    ? value.remote
    : { address: value.remote.address, peerPort: BigInt(value.remote.peerPort) };
  return { connectionType, localPeerPort, remote, extension };
}

function toExtension(value: ExtensionRow | undefined): Extension | undefined {
  if (value === undefined) return undefined;
  return { ...value, localEndpoints: (value.localEndpoints ?? []).map(toEndpoint) };
}

interface IntroductionRow {
  source: string;
  dest: string;
  extension?: { pairKey?: string; destAgeMs: number; destLocal?: string[]; destNote?: string };
}

function toResponse(value: ReceivedRefusal | KeptAlive | IntroductionRow): ReceivedResponse {
  if ("code" in value || "leaseTimeoutS" in value) return value;
  const endpoints = { source: toEndpoint(value.source), dest: toEndpoint(value.dest) };
  if (value.extension === undefined) return endpoints;
  const { destLocal, ...others } = value.extension;
  const introduction: Introduction = {
    ...endpoints,
    extension: destLocal === undefined
      ? others
      : { ...others, destLocal: destLocal.map(toEndpoint) },
  };
  return introduction;
}

function toEndpoint(text: string): Endpoint {
  const endpoint = parseEndpoint(text);
  if (endpoint === undefined) {
    throw new Error(`Cannot read vector: expected IP:port, received ${text}`);
  }
  return endpoint;
}
