/**
 * Messages as clients of all kinds write them: odd but right ones, and wrong ones of every kind.
 *
 * @module
 */

import type { PeerPort, RegistrationFault, Request } from "../../src/protocol/message.ts";
import type { DatagramMeaning } from "./checker/checker.ts";
import type { Prng } from "../simulated/prng.ts";
import type { RequestMeaning } from "./watched_manager.ts";

const encoder = new TextEncoder();

/** Bytes of a datagram and what they mean. */
export interface DatagramSample {
  readonly bytes: Uint8Array;
  readonly meaning: DatagramMeaning;
}

/** Bytes on a stream, and what they mean once this many of them have arrived. */
export interface RequestSample {
  readonly bytes: Uint8Array;
  readonly meaning: RequestMeaning;
  readonly meaningBytes: number;
}

const WRONG_DATAGRAMS: readonly (readonly [string, RegistrationFault])[] = [
  ["", "not_json"],
  ["hello", "not_json"],
  ['{"PeerPort":5', "not_json"],
  ['{"PeerPort":5}}', "not_json"],
  ['{"PeerPort":05}', "not_json"],
  ["[5]", "not_object"],
  ["5", "not_object"],
  ["{}", "missing_peer_port"],
  ['{"Peer Port":5}', "missing_peer_port"],
  ['{"PeerPort":"5"}', "bad_peer_port"],
  ['{"PeerPort":1.5}', "bad_peer_port"],
  ['{"PeerPort":9223372036854775808}', "bad_peer_port"],
  ['{"PeerPort":null}', "bad_peer_port"],
  ['{"PeerPort":5,"Token":""}', "bad_token"],
  ['{"PeerPort":5,"Token":null}', "bad_token"],
  [`{"PeerPort":5,"Token":"${"x".repeat(65)}"}`, "bad_token"],
  [`{"PeerPort":5${" ".repeat(500)}}`, "too_long"],
];

/** A datagram that is no registration. */
export function wrongDatagram(prng: Prng): DatagramSample {
  const [text, fault] = prng.pick(WRONG_DATAGRAMS);
  return { bytes: encoder.encode(text), meaning: { fault } };
}

/** A registration, written in an unusual way. */
export function oddRegistration(peerPort: PeerPort, prng: Prng): DatagramSample {
  const text = prng.pick([
    ` {"peerport": ${peerPort}.0 }\r\n`,
    `{"PEERPORT":1,"PeerPort":${peerPort},"More":[{"PeerPort":2}]}`,
    `{"PeerPort":"x","PeerPort":${peerPort}}`,
  ]);
  return { bytes: encoder.encode(text), meaning: { peerPort, token: undefined } };
}

/** Text, and how many of its bytes show that it is wrong, unless it takes all. */
const WRONG_REQUESTS: readonly (readonly [text: string, bytes?: number])[] = [
  ["GET / HTTP/1.1\r\n\r\n", 4],
  ["\x16\x03\x01", 2],
  ["}"],
  ["[1]", 1],
  [' "Server"', 2],
  ['{"ConnectionType":"server","LocalPeerPort":5}'],
  ['{"ConnectionType":"Server"}'],
  ['{"ConnectionType":"Server","LocalPeerPort":5]'],
  ['{"ConnectionType":"Peer","LocalPeerPort":5,"RemoteIP":"localhost","RemotePeerPort":6}'],
  ['{"ConnectionType":"Client","LocalPeerPort":5,"RemoteIP":"","RemotePeerPort":6}'],
  ['{"ConnectionType":"Client","LocalPeerPort":5,"RemoteIP":"192.0.2.1"}'],
  ['{"ConnectionType":"Server","LocalPeerPort":5,"Token":""}'],
  ["{,}"],
  ['{"a":'.repeat(17), 81],
  [" ".repeat(5_000), 4_097],
];

/** Bytes that are no request. */
export function wrongRequest(prng: Prng): RequestSample {
  const [text, meaningBytes = text.length] = prng.pick(WRONG_REQUESTS);
  return { bytes: encoder.encode(text), meaning: "malformed", meaningBytes };
}

/** A request in an unusual form: other order, white space, other case, further members. */
export function oddRequest(request: Request, prng: Prng): RequestSample {
  const members = [`"connectiontype":"x"`, `"ConnectionType" : "${request.connectionType}"`];
  if (request.connectionType !== "KeepAlive") {
    members.push(`"localPeerPort":${request.localPeerPort}`);
    if (request.extension !== undefined) {
      members.push(`"token":${JSON.stringify(request.extension.token)}`);
    }
  }
  if (request.connectionType === "Client" || request.connectionType === "Peer") {
    const { address, peerPort } = request.remote;
    members.push(`"remotePeerPort":${peerPort}.000`);
    members.push(`"REMOTEIP":"${address === "own" ? "" : address.toUpperCase()}"`);
  }
  if (prng.chance(0.5)) members.reverse();
  const space = prng.pick(["", " ", "\r\n\t"]);
  const text = `${space}{${space}${members.join(`,${space}`)}${space}}`;
  return { bytes: encoder.encode(text), meaning: request, meaningBytes: text.length };
}
