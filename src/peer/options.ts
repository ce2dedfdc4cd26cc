/**
 * What users say about themselves and the server, and what they are told meanwhile.
 *
 * @module
 */

import type { Endpoint } from "../address.ts";
import { DEFAULT_PORT } from "../protocol/message.ts";
import type { Introduction, PeerPort } from "../protocol/message.ts";
import { MAX_PEER_PORT, MIN_PEER_PORT } from "../protocol/message.ts";
import { denoPlatform } from "./platform/deno_platform.ts";
import { PeerError } from "./errors.ts";
import {
  formatHostPort,
  type HostPort,
  parseHostPort,
  parseRemote,
  type RemoteText,
  resolveHost,
} from "./names.ts";
import type { Platform, Secrets } from "./platform/platform.ts";

/** Random bits of a Token: nobody guesses 128. */
const TOKEN_BYTES = 16;

/** What happens before a connection is there, for people who watch. */
export type PeerEvent =
  /** A request was made on a new session; `local` is this machine on the way to the server. */
  | { readonly kind: "asked"; readonly server: Endpoint; readonly local: Endpoint }
  /** The session was lost or refused, a new one will be tried. */
  | { readonly kind: "retry"; readonly error: PeerError; readonly delayMs: number }
  | { readonly kind: "introduced"; readonly introduction: Introduction }
  /** A host could not reach a client; it goes on. */
  | { readonly kind: "punch_failed"; readonly error: PeerError };

/** What every mode needs. */
export interface PeerOptions {
  /** The server: `HOST`, `HOST:PORT` or `[IPV6]:PORT`. The port is 6969 where none is given. */
  readonly server: string;
  /** This peer's PeerPort: any number that is unique among the peers behind its public address. */
  readonly localPeerPort: bigint | number;
  /** Ends the attempt, and later what came of it: connections are closed with notice. */
  readonly signal?: AbortSignal;
  /** Told of what happens meanwhile. */
  readonly onEvent?: (event: PeerEvent) => void;
  /** Sockets, time and randomness; default: {@linkcode denoPlatform}. */
  readonly platform?: Platform;
}

/** What `join` and `connect` need. */
export interface RemoteOptions extends PeerOptions {
  /**
   * The remote peer: `IP/PEERPORT`, `NAME/PEERPORT`, or `/PEERPORT` for one behind the same public
   * address as this peer.
   */
  readonly remote: string;
}

/** Checked options. */
export interface Setup {
  readonly server: HostPort;
  readonly localPeerPort: PeerPort;
  /** Tells this peer's datagrams from those of an earlier socket; secret. Without one, part 1. */
  readonly token: string | undefined;
  readonly signal: AbortSignal;
  readonly onEvent: (event: PeerEvent) => void;
  readonly platform: Platform;
}

/** Checks what all modes share. @throws {TypeError} naming what was expected */
export function setUp(options: PeerOptions): Setup {
  const platform = options.platform ?? denoPlatform;
  const server = parseHostPort(options.server, DEFAULT_PORT);
  if (server === undefined) throw mistake("server", "HOST or HOST:PORT", options.server);
  return {
    server,
    localPeerPort: toPeerPort(options.localPeerPort),
    token: newToken(platform.secrets),
    signal: options.signal ?? new AbortController().signal,
    onEvent: options.onEvent ?? (() => {}),
    platform,
  };
}

/** A Token that nobody guesses. */
export function newToken(secrets: Secrets): string {
  return secrets.randomBytes(TOKEN_BYTES).toHex();
}

/** A PeerPort that nobody else has. */
export function randomPeerPort(secrets: Secrets): PeerPort {
  const { buffer, byteOffset } = secrets.randomBytes(BigInt64Array.BYTES_PER_ELEMENT);
  return new DataView(buffer, byteOffset).getBigInt64(0);
}

/** Checks the name of a remote peer. @throws {TypeError} naming what was expected */
export function toRemote(text: string): RemoteText {
  const remote = parseRemote(text);
  if (remote === undefined) throw mistake("remote", "IP/PEERPORT", text);
  return remote;
}

/** The addresses of the server. @throws {PeerError} `server_unreachable` when it has none */
export async function serverAddresses({ platform, server, signal }: Setup): Promise<string[]> {
  const addresses = await resolveHost(platform.network, server.host);
  signal.throwIfAborted();
  if (addresses.length > 0) return addresses;
  throw new PeerError(
    "server_unreachable",
    `Cannot find the server ${formatHostPort(server)}: expected a name with an address`,
  );
}

function toPeerPort(value: bigint | number): PeerPort {
  if (typeof value === "number" && !Number.isSafeInteger(value)) {
    throw mistake("localPeerPort", "a whole number, as a bigint if beyond 2^53", String(value));
  }
  const peerPort = BigInt(value);
  if (peerPort >= MIN_PEER_PORT && peerPort <= MAX_PEER_PORT) return peerPort;
  throw mistake("localPeerPort", "a 64-bit integer", String(value));
}

function mistake(name: string, expected: string, received: string): TypeError {
  return new TypeError(
    `Cannot use ${name}: expected ${expected}, received ${JSON.stringify(received)}`,
  );
}
