/**
 * What users say about themselves and the server, checked once. The platform is chosen here and
 * nowhere else.
 *
 * @module
 */

import { DEFAULT_PORT, MAX_PEER_PORT, MIN_PEER_PORT, type PeerPort } from "../protocol/message.ts";
import { writeClaims } from "./claims.ts";
import type { PeerEvent } from "./events.ts";
import { parseHostPort, parseRemote, parseToken, type RemoteSpec, TOKEN_WORDS } from "./names.ts";
import { systemPlatform } from "./platform/node_platform.ts";
import type { Platform } from "./platform/platform.ts";
import { OwnSockets } from "./signaling/own_sockets.ts";
import {
  type LocalEndpoints,
  newToken,
  randomPeerPort,
  type Setup,
  type Wait,
} from "./signaling/setup.ts";
import type { Accept } from "./socket/acceptance.ts";

/** What every mode needs. */
export interface PeerOptions {
  /** The server: `HOST`, `HOST:PORT` or `[IPV6]:PORT`. The port is 6969 where none is given. */
  readonly server: string;
  /**
   * This peer's PeerPort: any number that is unique among the peers behind its public address, by
   * which others find it there. Default: a random one for each call.
   */
  readonly localPeerPort?: bigint | number;
  /**
   * The secret by which the server knows this peer again: who gives the same one in the next process
   * takes its own place at once, where a stranger would be refused until the server has forgotten the
   * last process. 1 to 64 characters from space to `~`, see {@linkcode createToken}; default: a new
   * one for each call, or with a code the one that this program used for it before.
   */
  readonly token?: string;
  /**
   * A text that both users have agreed on, which the server never hears: at least eight characters.
   * Without one, whoever sits on both the server's TCP and the UDP can read and change everything.
   */
  readonly secret?: string;
  /**
   * A text for the remote peer, which the server passes on with the introduction, unread and in clear:
   * who somebody is, a version, a public key. With the PeerPort, as JSON in UTF-8, it has to fit 512
   * bytes. See {@linkcode Claims} for what the other side may think of it.
   */
  readonly note?: string;
  /**
   * What becomes of it while there is no server, or nobody to meet: `on` tries again until it is
   * ended, with events; `off` fails at once with what is wrong. Once a host or a waiting peer was
   * taken by the server it stays, either way. Default: `on` for `host` and `connect`, `off` for `join`.
   */
  readonly wait?: Wait;
  /**
   * Whether the remote peer is told where this one is inside its own network, by way of the server:
   * two peers behind one NAT often reach each other no other way. Told are the address by which the
   * server is reached and, where this program may know them (Deno: `--allow-sys`), private ones in other
   * networks, eight at most. Default: `on` for `join` and
   * `connect`, which choose whom they meet; `off` for `host`, whose name anybody may know: it still
   * uses what a client tells of itself.
   */
  readonly localEndpoints?: LocalEndpoints;
  /** Ends the attempt, and later what came of it: connections are closed with notice. */
  readonly signal?: AbortSignal;
  /**
   * Told of what happens meanwhile. What it throws ends what it was told of and nothing else: the
   * attempt to reach one peer, or a connection, whose reader gets it. What it throws about the request
   * itself (`asked`, `retry`, `moved`) ends that.
   */
  readonly onEvent?: (event: PeerEvent) => void;
  /** Sockets, time and randomness; default: {@linkcode systemPlatform}. */
  readonly platform?: Platform;
}

/** What `host`, `join` and `connect` need: those that make connections. */
export interface ConnectionOptions extends PeerOptions {
  /**
   * A code of {@linkcode newCode}, for who has it to meet by, wherever both are: a host is found by it
   * (and still by its PeerPort), `join` finds that host, and two that call `connect` with it meet. Of
   * what is said then nobody without it can read or change anything, the server included.
   */
  readonly code?: string;
  /**
   * Asked of each peer that the server introduces, before anything is sent to it; default: all are
   * accepted. Also of one that comes back from a new address: where it then proves to be that of a
   * connection which lasts, it goes on, unless the answer was `ignore`. It may take 5 s, and 256 peers
   * may be asked about at a time: whoever is beyond is refused. What it throws refuses that peer, and
   * is told as `punch_failed` by a host, or thrown by `join` and `connect`.
   */
  readonly accept?: Accept;
  /**
   * How often an idle connection is used, so that NATs keep their mappings, in milliseconds: 1,000 to
   * 300,000; default: 15,000, twice within the 30 s after which some forget.
   */
  readonly keepAliveMs?: number;
  /**
   * How long nothing may come back before the path is looked at, in milliseconds: 1,000 to 60,000;
   * default: 3,000. The peers are introduced again 1.5 s later, if nothing comes back then either.
   */
  readonly checkAfterMs?: number;
  /**
   * How long nothing may come before a connection is lost, in milliseconds: 6,000 to 3,600,000, and at
   * least 5,000 more than `keepAliveMs`; default: 50,000. A peer that can have the two introduced again
   * goes on trying, see `wait`.
   */
  readonly lostAfterMs?: number;
  /** How long a path is sought, in milliseconds: 1,000 to 60,000; default: 10,000. */
  readonly punchTimeoutMs?: number;
}

/** What `join` and `connect` need: either `remote` or `code`. */
export interface RemoteOptions extends ConnectionOptions {
  /**
   * The remote peer: `IP/PEERPORT`, `NAME/PEERPORT`, or `/PEERPORT` for one behind the same public
   * address as this peer.
   */
  readonly remote?: string;
}

/** What a peer is to the one that it meets. */
export type PeerKind = "host" | "joiner" | "peer";

/** What holds where users say nothing, see {@linkcode PeerOptions}. */
const DEFAULTS: Readonly<Record<PeerKind, Pick<Setup, "wait" | "localEndpoints">>> = {
  host: { wait: "on", localEndpoints: "off" },
  joiner: { wait: "off", localEndpoints: "on" },
  peer: { wait: "on", localEndpoints: "on" },
};

/**
 * Checks what all modes share.
 *
 * @param kind by which it is decided what was left open
 * @throws {TypeError} naming what was expected
 */
export function setUp(options: PeerOptions, kind: PeerKind): Setup {
  const { wait, localEndpoints } = DEFAULTS[kind];
  const platform = options.platform ?? systemPlatform;
  const server = isText(options.server) ? parseHostPort(options.server, DEFAULT_PORT) : undefined;
  if (server === undefined) throw mistake("server", "HOST or HOST:PORT", options.server);
  const { signal = new AbortController().signal, onEvent = () => {} } = options;
  if (!(signal instanceof AbortSignal)) throw mistake("signal", "an AbortSignal", signal);
  const localPeerPort = options.localPeerPort === undefined
    ? randomPeerPort(platform.secrets)
    : toPeerPort(options.localPeerPort);
  return {
    server,
    localPeerPort,
    note: writeClaims(localPeerPort, options.note),
    token: options.token === undefined ? newToken(platform.secrets) : toToken(options.token),
    localEndpoints: toSwitch("localEndpoints", options.localEndpoints ?? localEndpoints),
    wait: toSwitch("wait", options.wait ?? wait),
    networks: "one",
    sockets: new OwnSockets(),
    signal,
    onEvent: toFunction("onEvent", onEvent),
    platform,
  };
}

/** A Token that nobody guesses, for who keeps it beyond one process. */
export function createToken(platform: Platform = systemPlatform): string {
  return newToken(platform.secrets);
}

/**
 * Checks whom a peer wants to meet.
 *
 * @returns `undefined` for who has the same code
 * @throws {TypeError} unless there is either a remote peer or a code
 */
export function toRemoteOrCode({ remote, code }: RemoteOptions): RemoteSpec | undefined {
  if ((remote === undefined) === (code === undefined)) {
    const received = code === undefined ? "neither" : "both";
    throw new TypeError(`Cannot meet: expected either remote or code, received ${received}`);
  }
  return remote === undefined ? undefined : toRemote(remote);
}

/** Checks the name of a remote peer. @throws {TypeError} naming what was expected */
export function toRemote(text: string): RemoteSpec {
  const remote = isText(text) ? parseRemote(text) : undefined;
  if (remote === undefined) throw mistake("remote", "IP/PEERPORT", text);
  return remote;
}

/** Checks what is to be called. @throws {TypeError} naming what was expected */
export function toFunction<Called>(name: string, value: Called): Called {
  if (typeof value === "function") return value;
  throw mistake(name, "a function", value);
}

function toPeerPort(value: bigint | number): PeerPort {
  if (typeof value !== "bigint" && !Number.isSafeInteger(value)) {
    throw mistake("localPeerPort", "a whole number, as a bigint if beyond 2^53", value);
  }
  const peerPort = BigInt(value);
  if (peerPort >= MIN_PEER_PORT && peerPort <= MAX_PEER_PORT) return peerPort;
  throw mistake("localPeerPort", "a 64-bit integer", value);
}

/** What was received is a secret and stays out of the message. */
function toToken(token: string): string {
  const read = isText(token) ? parseToken(token) : undefined;
  if (read !== undefined) return read;
  const received = isText(token) ? `${token.length} characters or others` : "no text";
  throw new TypeError(`Cannot use token: expected ${TOKEN_WORDS}, received ${received}`);
}

/** Programs without types may say anything; what is not understood must not count as consent. */
function toSwitch(name: string, value: "on" | "off"): "on" | "off" {
  if (value === "on" || value === "off") return value;
  throw mistake(name, '"on" or "off"', value);
}

function isText(value: unknown): value is string {
  return typeof value === "string";
}

function mistake(name: string, expected: string, value: unknown): TypeError {
  const received = isText(value) ? JSON.stringify(value) : String(value);
  return new TypeError(`Cannot use ${name}: expected ${expected}, received ${received}`);
}
