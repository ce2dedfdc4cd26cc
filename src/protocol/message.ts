/**
 * What is on the wire, as values (docs/PROTOCOL.md).
 *
 * @module
 */

import type { Address, Endpoint } from "../address.ts";

/**
 * The application's number of a peer, unique among the peers behind one public IP: any 64-bit
 * signed integer, hence a bigint (a `number` is exact only to 2^53). It is not a network port.
 */
export type PeerPort = bigint;

/** Smallest {@linkcode PeerPort}. */
export const MIN_PEER_PORT = -(2n ** 63n);
/** Largest {@linkcode PeerPort}. */
export const MAX_PEER_PORT = 2n ** 63n - 1n;

/** UDP and TCP port of a server, where nobody says another: that of the original program. */
export const DEFAULT_PORT = 6969;

/** A registration datagram: UDP, peer to server. */
export interface Registration {
  readonly peerPort: PeerPort;
  /** Secret of one socket's lease; `undefined` for a peer that does not use extensions. */
  readonly token: string | undefined;
}

/** Why a datagram is not a registration. */
export type RegistrationFault =
  | "too_long"
  | "not_json"
  | "not_object"
  | "missing_peer_port"
  | "bad_peer_port"
  | "bad_token";

/** What makes a request an extended one. */
export interface Extension {
  readonly token: string;
  /** Endpoints of the peer's UDP socket inside its own network. */
  readonly localEndpoints: readonly Endpoint[];
  /** What a Server is found by, and a Peer that asks by name is met by; a Client has none. */
  readonly localName?: string;
  /** For the remote peer, which gets it unread; at most 512 bytes of UTF-8. */
  readonly note?: string;
}

/** The remote peer of a request; `"own"` stands for the requester's own address. */
export interface RemotePeer {
  readonly address: Address | "own";
  readonly peerPort: PeerPort;
}

/** The remote peer of an extended request by its name, whatever its address and PeerPort. */
export interface NamedRemote {
  readonly name: string;
}

/** `Server`: tell me of every client. */
export interface ServerRequest {
  readonly connectionType: "Server";
  readonly localPeerPort: PeerPort;
  readonly extension: Extension | undefined;
}

/**
 * `Client`: introduce me to a host. `Peer`: introduce me to a peer that asks for me as well, and
 * if I ask by name, by the name that I have myself.
 */
export interface RemoteRequest {
  readonly connectionType: "Client" | "Peer";
  readonly localPeerPort: PeerPort;
  readonly remote: RemotePeer | NamedRemote;
  readonly extension: Extension | undefined;
}

/** As what a peer asks: `Server`, for any client; `Client`, for a host; `Peer`, for one that asks too. */
export type Mode = (ServerRequest | RemoteRequest)["connectionType"];

/** What makes a KeepAlive an extended one. */
export interface KeepAliveExtension {
  /** Token of the session that it belongs to. */
  readonly token: string;
  /** Whether the peer wants a {@linkcode KeptAlive}. */
  readonly answer: boolean;
}

/** `KeepAlive`: renew my Server session. */
export interface KeepAliveRequest {
  readonly connectionType: "KeepAlive";
  readonly extension?: KeepAliveExtension;
}

/** A request: TCP, peer to server. */
export type Request = ServerRequest | RemoteRequest | KeepAliveRequest;

/** Stable error codes of a response. */
export const ERROR_CODES = [
  "bad_request",
  "no_lease",
  "lease_timeout",
  "host_not_found",
  "family_mismatch",
  "replaced",
  "address_mismatch",
  "cancelled",
  "busy",
  "shutting_down",
] as const;

/** One of {@linkcode ERROR_CODES}. */
export type ErrorCode = typeof ERROR_CODES[number];

/** What a peer may be told: also by servers of a cluster, which cannot always ask each other. */
export const RECEIVED_CODES = [...ERROR_CODES, "unavailable"] as const;

/** One of {@linkcode RECEIVED_CODES}. */
export type ReceivedCode = typeof RECEIVED_CODES[number];

/** The members of an extended response that an old client never sees. */
export interface ResponseExtension {
  /** 32 hex digits, the same for both peers; absent when the remote peer is not extended. */
  readonly pairKey?: string;
  /** Milliseconds since the remote peer's last datagram. */
  readonly destAgeMs: number;
  /** The remote peer's local endpoints; absent when it gave none. */
  readonly destLocal?: readonly Endpoint[];
  /** The remote peer's Note; absent when it gave none. */
  readonly destNote?: string;
}

/** A successful response: the receiving peer's own observed endpoint and the remote peer's. */
export interface Introduction {
  /** The receiver's own endpoint, as the server observed it. */
  readonly source: Endpoint;
  /** The remote peer's, as the server observed it. */
  readonly dest: Endpoint;
  /** What only an extended request is told. */
  readonly extension?: ResponseExtension;
}

/** A response that says why there is no introduction. */
export interface Refusal {
  readonly code: ErrorCode;
  /** In words, naming the values that were wrong. */
  readonly explanation: string;
}

/** The answer to a KeepAlive that asked for one. */
export interface KeptAlive {
  /** The server's lease timeout in seconds: registrations have to come more often. */
  readonly leaseTimeoutS: number;
}

/** A response: TCP, server to peer. */
export type Response = Introduction | Refusal | KeptAlive;

/** The outcome of decoding: a value, or why there is none. Decoding never throws. */
export type Decoded<Value, Reason> =
  | { readonly ok: true; readonly value: Value }
  | { readonly ok: false; readonly reason: Reason };
