/**
 * Messages as clients of all kinds write them: odd but right ones, and wrong ones of every kind.
 *
 * @module
 */

import type {
  Extension,
  PeerPort,
  RegistrationFault,
  RemoteRequest,
  Request,
} from "../../src/protocol/message.ts";
import type { DatagramMeaning } from "./checker/gate.ts";
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

/** What is no request, each with the number of bytes that show it. */
interface WrongRequest {
  readonly text: string;
  /** Default: all of it. */
  readonly bytes?: number;
  /** Behind another request nobody wonders which other protocol it is. */
  readonly bytesBehind?: number;
}

/** Bytes that end the stream of requests. */
const UNREADABLE: readonly WrongRequest[] = [
  { text: "GET / HTTP/1.1\r\n\r\n", bytes: 4, bytesBehind: 1 },
  { text: "\x16\x03\x01", bytes: 2, bytesBehind: 1 },
  { text: "}" },
  { text: "[1]", bytes: 1 },
  { text: ' "Server"', bytes: 2 },
  { text: '{"ConnectionType":"Server","LocalPeerPort":5]' },
  { text: '{"a":'.repeat(17), bytes: 81 },
  { text: " ".repeat(5_000), bytes: 4_097 },
];

/** Whole values that are no requests. */
const MALFORMED: readonly WrongRequest[] = [
  { text: '{"ConnectionType":"server","LocalPeerPort":5}' },
  { text: '{"ConnectionType":"Server"}' },
  { text: '{"ConnectionType":"Peer","LocalPeerPort":5,"RemoteIP":"localhost","RemotePeerPort":6}' },
  { text: '{"ConnectionType":"Client","LocalPeerPort":5,"RemoteIP":"","RemotePeerPort":6}' },
  { text: '{"ConnectionType":"Client","LocalPeerPort":5,"RemoteIP":"192.0.2.1"}' },
  { text: '{"ConnectionType":"Server","LocalPeerPort":5,"Token":""}' },
  { text: '{"ConnectionType":"KeepAlive","Token":"a","Answer":1}' },
  { text: '{"ConnectionType":"Server","LocalPeerPort":5,"Token":"a","LocalName":""}' },
  { text: '{"ConnectionType":"Peer","LocalPeerPort":5,"Token":"a","RemoteName":"b"}' },
  { text: '{"ConnectionType":"Client","LocalPeerPort":5,"RemoteName":"b"}' },
  { text: '{"ConnectionType":"Server","LocalPeerPort":5,"Token":"a","Note":"\\ud800"}' },
  { text: "{,}" },
];

/**
 * Bytes that are no request.
 *
 * @param where whether they are the first on their connection
 */
export function wrongRequest(where: "first" | "behind", prng: Prng): RequestSample {
  const [meaning, samples] = prng.pick(
    [
      ["unreadable", UNREADABLE],
      ["malformed", MALFORMED],
    ] as const,
  );
  const { text, bytes = text.length, bytesBehind = bytes } = prng.pick(samples);
  const meaningBytes = where === "first" ? bytes : bytesBehind;
  return { bytes: encoder.encode(text), meaning, meaningBytes };
}

/** A request in an unusual form: other order, white space, other case, further members. */
export function oddRequest(request: Request, prng: Prng): RequestSample {
  const members = [`"connectiontype":"x"`, `"ConnectionType" : "${request.connectionType}"`];
  if (request.connectionType !== "KeepAlive") {
    members.push(`"localPeerPort":${request.localPeerPort}`);
    if (request.extension !== undefined) members.push(...oddExtension(request.extension));
  }
  if (request.connectionType === "Client" || request.connectionType === "Peer") {
    members.push(...oddRemote(request));
  }
  if (prng.chance(0.5)) members.reverse();
  const space = prng.pick(["", " ", "\r\n\t"]);
  const text = `${space}{${space}${members.join(`,${space}`)}${space}}`;
  return { bytes: encoder.encode(text), meaning: request, meaningBytes: text.length };
}

function oddExtension({ token, localName, note }: Extension): string[] {
  const members = [`"token":${JSON.stringify(token)}`];
  if (localName !== undefined) members.push(`"localname":${JSON.stringify(localName)}`);
  if (note !== undefined) members.push(`"NOTE":${JSON.stringify(note)}`);
  return members;
}

/** Beside a name the address means nothing, whatever it is. */
function oddRemote({ remote }: RemoteRequest): string[] {
  if ("name" in remote) {
    return [`"REMOTENAME":${JSON.stringify(remote.name)}`, `"RemoteIP":"nowhere"`];
  }
  const ip = remote.address === "own" ? "" : remote.address.toUpperCase();
  return [`"remotePeerPort":${remote.peerPort}.000`, `"REMOTEIP":"${ip}"`];
}
