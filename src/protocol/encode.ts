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
  Extension,
  Introduction,
  KeepAliveExtension,
  KeptAlive,
  Refusal,
  Registration,
  Request,
  Response,
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
  }
  return `${text}}\n`;
}

function requestMembers(request: Request): string[] {
  const members: string[] = [];
  if (request.connectionType === "Client" || request.connectionType === "Peer") {
    const { address, peerPort } = request.remote;
    members.push(
      `"RemoteIP":"${address === "own" ? "" : address}"`,
      `"RemotePeerPort":${peerPort}`,
    );
  }
  if (request.connectionType !== "KeepAlive") {
    members.push(`"LocalPeerPort":${request.localPeerPort}`);
  }
  members.push(`"ConnectionType":"${request.connectionType}"`);
  if (request.extension !== undefined) {
    members.push(`"Token":${JSON.stringify(request.extension.token)}`);
    const more = request.connectionType === "KeepAlive"
      ? answerText(request.extension)
      : localEndpointsText(request.extension);
    if (more !== undefined) members.push(more);
  }
  return members;
}

/** No `Answer` says the same as a false one. */
function answerText({ answer }: KeepAliveExtension): string | undefined {
  return answer ? '"Answer":true' : undefined;
}

function localEndpointsText({ localEndpoints }: Extension): string | undefined {
  return localEndpoints.length > 0
    ? `"LocalEndpoints":${endpointsText(localEndpoints)}`
    : undefined;
}

function tokenText(token: string | undefined): string {
  return token === undefined ? "" : `,"Token":${JSON.stringify(token)}`;
}

function endpointsText(endpoints: readonly Endpoint[]): string {
  return JSON.stringify(endpoints.map(formatEndpoint));
}
