/**
 * The peers' side of Containment Breach: find another peer through a rendezvous server, open a path
 * through the NATs between, and exchange datagrams and streams.
 *
 * {@linkcode host}, {@linkcode join} and {@linkcode connect} are the three modes of the protocol
 * (`Server`, `Client`, `Peer`) and yield connections; peers meet by a code ({@linkcode newCode}) or
 * by address. {@linkcode introduce} and {@linkcode introduceClients} stop at the introduction and
 * hand over the socket.
 *
 * @module
 */

export type { Address, Endpoint, Family } from "../address.ts";
export type { Clock } from "../clock.ts";
export {
  DEFAULT_PORT,
  ERROR_CODES,
  type ErrorCode,
  type Introduction,
  type PeerPort,
  RECEIVED_CODES,
  type ReceivedCode,
  type ResponseExtension,
} from "../protocol/message.ts";
export type { Claims, IntroducedPeer } from "./claims.ts";
export type { Accept, Verdict } from "./socket/acceptance.ts";
export type {
  Connection,
  ConnectionCounters,
  ConnectionEnding,
  OpenStreamOptions,
  Passage,
} from "./socket/connection.ts";
export type { PeerStream } from "./socket/peer_stream.ts";
export { systemPlatform } from "./platform/node_platform.ts";
export { newCode, parseCode } from "./codes.ts";
export { PeerError, type PeerErrorCode, type PeerErrorDetails } from "./errors.ts";
export { type Host, host } from "./host.ts";
export {
  type Extensions,
  introduce,
  introduceClients,
  type IntroduceClientsOptions,
  type Introduced,
  type IntroducedClients,
  type IntroduceOptions,
} from "./introduce.ts";
export { connect, join } from "./join.ts";
export { MAX_DATAGRAM_BYTES } from "./limits.ts";
export { MIN_SECRET_CODE_POINTS } from "./channel/secrets.ts";
export type { ConnectionEvent, ConnectionNews, PeerEvent } from "./events.ts";
export {
  openPeer,
  type Peer,
  type PeerHostOptions,
  type PeerIdentityOption,
  type PeerRemoteOptions,
} from "./peer.ts";
export { observe, type ObserveOptions } from "./observe.ts";
export {
  type ConnectionOptions,
  createToken,
  type PeerOptions,
  type RemoteOptions,
} from "./options.ts";
export type { LocalEndpoints, Wait } from "./signaling/setup.ts";
export type {
  Datagram,
  Network,
  Platform,
  Secrets,
  SendOutcome,
  TcpStream,
  UdpSocket,
} from "./platform/platform.ts";
export { type Findings, probe, type ProbeOptions } from "./probe.ts";
export type { Path, PathKind, PathOrigin, PunchReport, TriedPath } from "./path.ts";
