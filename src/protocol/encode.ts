/**
 * Messages to bytes, member for member as the protocol orders them.
 *
 * The server encodes responses; peers encode registrations and requests, and decode responses
 * (`decode_response.ts`).
 *
 * @module
 */

import { type Endpoint, formatEndpoint } from "../address.ts";
import type {
  Introduction,
  KeepAliveExtension,
  KeptAlive,
  NamedRemote,
  Refusal,
  Registration,
  RemotePeer,
  RemoteRequest,
  Request,
  Response,
  ServerRequest,
} from "./message.ts";

const encoder = new TextEncoder();

/**
 * Encodes a response: one line of JSON.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { encodeResponse } from "./encode.ts";
 *
 * const line = encodeResponse({ code: "busy", explanation: "10000 sessions are open" });
 * assertEquals(
 *   new TextDecoder().decode(line),
 *   '{"SourcePort":0,"SourceIP":"","DestPort":0,"DestIP":"",' +
 *     '"Error":"busy: 10000 sessions are open"}\n',
 * );
 * ```
 */
export function encodeResponse(response: Response): Uint8Array<ArrayBuffer> {
  return encoder.encode(responseText(response));
}

/** Encodes a registration datagram. */
export function encodeRegistration(registration: Registration): Uint8Array<ArrayBuffer> {
  return encoder.encode(
    `{"PeerPort":${registration.peerPort}${tokenText(registration.token)}}`,
  );
}

/** Encodes a request; members that its type ignores are left out. */
export function encodeRequest(request: Request): Uint8Array<ArrayBuffer> {
  return encoder.encode(`{${requestMembers(request).join(",")}}`);
}

function responseText(response: Response): string {
  if ("code" in response) return refusalText(response);
  return "leaseTimeoutS" in response ? keptAliveText(response) : introductionText(response);
}

function keptAliveText({ leaseTimeoutS }: KeptAlive): string {
  return '{"SourcePort":0,"SourceIP":"","DestPort":0,"DestIP":"","Error":"",' +
    `"KeptAlive":true,"LeaseTimeoutS":${leaseTimeoutS}}\n`;
}

function refusalText({ code, explanation }: Refusal): string {
  const error = JSON.stringify(`${code}: ${explanation}`);
  return `{"SourcePort":0,"SourceIP":"","DestPort":0,"DestIP":"","Error":${error}}\n`;
}

/** Canonical addresses and numbers need no escaping. */
function introductionText({ source, dest, extension }: Introduction): string {
  let text = `{"SourcePort":${source.port},"SourceIP":"${source.address}",` +
    `"DestPort":${dest.port},"DestIP":"${dest.address}","Error":""`;
  if (extension !== undefined) {
    if (extension.pairKey !== undefined) text += `,"PairKey":"${extension.pairKey}"`;
    text += `,"DestAgeMs":${extension.destAgeMs}`;
    if (extension.destLocal !== undefined) {
      text += `,"DestLocal":${endpointsText(extension.destLocal)}`;
    }
    if (extension.destNote !== undefined) {
      text += `,"DestNote":${JSON.stringify(extension.destNote)}`;
    }
  }
  return `${text}}\n`;
}

function requestMembers(request: Request): string[] {
  const { connectionType } = request;
  if (connectionType === "KeepAlive") return keepAliveMembers(request.extension);
  return [
    ...(connectionType === "Server" ? [] : addressMembers(request.remote)),
    `"LocalPeerPort":${request.localPeerPort}`,
    `"ConnectionType":"${connectionType}"`,
    ...extensionMembers(request),
  ];
}

/** No `Answer` says the same as a false one. */
function keepAliveMembers(extension: KeepAliveExtension | undefined): string[] {
  const members = ['"ConnectionType":"KeepAlive"'];
  if (extension !== undefined) members.push(textMember("Token", extension.token));
  if (extension?.answer) members.push('"Answer":true');
  return members;
}

/** Without these a server that knows no names refuses a request by name at once. */
function addressMembers(remote: RemotePeer | NamedRemote): string[] {
  if ("name" in remote) return [];
  const ip = remote.address === "own" ? "" : remote.address;
  return [`"RemoteIP":"${ip}"`, `"RemotePeerPort":${remote.peerPort}`];
}

function extensionMembers(request: ServerRequest | RemoteRequest): string[] {
  const { extension } = request;
  if (extension === undefined) return [];
  const { token, localEndpoints, localName, note } = extension;
  const members = [textMember("Token", token)];
  if (localEndpoints.length > 0) {
    members.push(`"LocalEndpoints":${endpointsText(localEndpoints)}`);
  }
  if (localName !== undefined) members.push(textMember("LocalName", localName));
  if (request.connectionType !== "Server" && "name" in request.remote) {
    members.push(textMember("RemoteName", request.remote.name));
  }
  if (note !== undefined) members.push(textMember("Note", note));
  return members;
}

function textMember(name: string, value: string): string {
  return `"${name}":${JSON.stringify(value)}`;
}

function tokenText(token: string | undefined): string {
  return token === undefined ? "" : `,${textMember("Token", token)}`;
}

function endpointsText(endpoints: readonly Endpoint[]): string {
  return JSON.stringify(endpoints.map(formatEndpoint));
}
