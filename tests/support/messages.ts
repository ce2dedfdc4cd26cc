/**
 * The protocol's messages as exact text, written out here so that the tests do not read and write
 * with the code they test.
 *
 * @module
 */

import type { Endpoint } from "../../src/address.ts";

/** A registration datagram. */
export function datagram(peerPort: number | bigint, token?: string): string {
  return `{"PeerPort":${peerPort}${token === undefined ? "" : `,"Token":"${token}"`}}`;
}

/** A request in Peer mode; `more` is appended to its members. */
export function peerRequest(local: number, remoteIp: string, remote: number, more = ""): string {
  return `{"RemoteIP":"${remoteIp}","RemotePeerPort":${remote},"LocalPeerPort":${local},` +
    `"ConnectionType":"Peer"${more}}`;
}

/** A request of a host; `more` is appended to its members. */
export function serverRequest(local: number, more = ""): string {
  return `{"RemoteIP":"","RemotePeerPort":0,"LocalPeerPort":${local},` +
    `"ConnectionType":"Server"${more}}`;
}

/** A request of a client of a host; `more` is appended to its members. */
export function clientRequest(local: number, hostIp: string, host: number, more = ""): string {
  return `{"RemoteIP":"${hostIp}","RemotePeerPort":${host},"LocalPeerPort":${local},` +
    `"ConnectionType":"Client"${more}}`;
}

/** The members of an extended request. */
export function extended(token: string, localEndpoints: readonly string[] = []): string {
  const locals = localEndpoints.length === 0
    ? ""
    : `,"LocalEndpoints":${JSON.stringify(localEndpoints)}`;
  return `,"Token":"${token}"${locals}`;
}

/** Renews a host. */
export const KEEP_ALIVE =
  '{"RemoteIP":"","RemotePeerPort":0,"LocalPeerPort":0,"ConnectionType":"KeepAlive"}';

/** The line of a success; `more` is appended to its members. */
export function introduction(source: Endpoint, dest: Endpoint, more = ""): string {
  return `{"SourcePort":${source.port},"SourceIP":"${source.address}",` +
    `"DestPort":${dest.port},"DestIP":"${dest.address}","Error":""${more}}\n`;
}

/** The line of an error. */
export function refusal(code: string, explanation: string): string {
  return `{"SourcePort":0,"SourceIP":"","DestPort":0,"DestIP":"",` +
    `"Error":"${code}: ${explanation}"}\n`;
}
