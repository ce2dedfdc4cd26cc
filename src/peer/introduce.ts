/**
 * Introductions without connections, for applications with a UDP protocol of their own, and for
 * servers and peers that know no extensions.
 *
 * @module
 */

import type { Endpoint } from "../address.ts";
import type { Introduction } from "../protocol/message.ts";
import { type Claims, readClaims } from "./claims.ts";
import { type PeerKind, type PeerOptions, setUp, toRemote } from "./options.ts";
import type { UdpSocket } from "./platform/platform.ts";
import { HostPresence } from "./signaling/host_presence.ts";
import { Introducer } from "./signaling/introducer.ts";
import type { RegisteredSocket } from "./signaling/registration.ts";
import type { Setup } from "./signaling/setup.ts";
import type { IntroducedSocket } from "./signaling/standing_request.ts";

/** Whether the protocol's extensions are used: `none` keeps to part 1, as an old peer does. */
export type Extensions = "offered" | "none";

/** What {@linkcode introduce} needs. */
export interface IntroduceOptions extends PeerOptions {
  /** `join`: the remote peer hosts. `connect`: it asks for this peer as well. */
  readonly mode: "join" | "connect";
  /** `IP/PEERPORT`, `NAME/PEERPORT`, or `/PEERPORT` with extensions. */
  readonly remote: string;
  /** Default: `offered`. */
  readonly extensions?: Extensions;
}

/** What {@linkcode introduceClients} needs. */
export interface IntroduceClientsOptions extends PeerOptions {
  /** Default: `offered`. */
  readonly extensions?: Extensions;
}

/** Both peers' endpoints, and the socket whose mapping the remote peer was told of. */
export interface Introduced {
  /** Not read from by anybody else. */
  readonly socket: UdpSocket;
  /** This peer as the server sees it. */
  readonly source: Endpoint;
  /** The remote peer as the server sees it. */
  readonly dest: Endpoint;
  /** The remote peer inside its own network; empty without extensions. */
  readonly destLocal: readonly Endpoint[];
  /** What the remote peer says of itself; nobody vouches for it. */
  readonly claims: Claims;
  /** The same secret on both sides; `undefined` unless server and remote peer know extensions. */
  readonly pairKey: string | undefined;
}

/**
 * Has the server introduce this peer, and hands over the socket and both endpoints; the socket is the
 * caller's to close. Opening the hole is up to the caller: both sides send to each other, and repeat
 * it, since the first datagrams of one side are dropped by the other's NAT.
 *
 * @throws {PeerError} `server_unreachable`, or a code of the protocol
 * @throws the signal's reason once it is aborted
 */
export async function introduce(options: IntroduceOptions): Promise<Introduced> {
  const setup = setUpPlain(options, options.mode === "join" ? "joiner" : "peer");
  const mode = options.mode === "join" ? "Client" : "Peer";
  const introducer = new Introducer(setup, toRemote(options.remote), mode);
  return toIntroduced(await introducer.introduce());
}

/**
 * Hosts, and has the server introduce every client; all share the host's socket, from which its
 * registrations go on leaving.
 *
 * @throws {PeerError} `server_unreachable` when no session can be opened at first
 * @throws the signal's reason once it is aborted
 */
export async function introduceClients(
  options: IntroduceClientsOptions,
): Promise<IntroducedClients> {
  const setup = setUpPlain(options, "host");
  setup.signal.throwIfAborted();
  const clients = new PresentClients(setup);
  await clients.presence.asked();
  return clients;
}

/**
 * The clients of a host as they are introduced. Iteration ends when it is closed or aborted, and
 * throws a {@linkcode PeerError} when the server refuses the host for good.
 */
export interface IntroducedClients extends AsyncIterable<Introduced>, AsyncDisposable {
  /** Clients as they are introduced. */
  [Symbol.asyncIterator](): AsyncIterator<Introduced, undefined>;

  /** Stops to host and closes the sockets. */
  close(): Promise<void>;
}

class PresentClients implements IntroducedClients {
  readonly presence: HostPresence<Introduced>;
  readonly #sockets = new Set<RegisteredSocket>();

  constructor(setup: Setup) {
    this.presence = new HostPresence<Introduced>(setup, {
      onClient: (introduced) => {
        const { introduction: { source, dest }, socket } = introduced;
        if (this.#sockets.has(socket)) socket.close();
        else this.#sockets.add(socket);
        try {
          setup.onEvent({ kind: "introduced", source, dest });
        } catch {
          // Its handler gave this one client up; the others are none of its business.
          return;
        }
        this.presence.clients.push(toIntroduced(introduced));
      },
    });
    this.presence.ended.addEventListener("abort", () => {
      for (const socket of this.#sockets) socket.close();
    }, { once: true });
  }

  [Symbol.asyncIterator](): AsyncIterator<Introduced, undefined> {
    return this.presence.clients;
  }

  close(): Promise<void> {
    this.presence.end();
    return Promise.resolve();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }
}

function setUpPlain(
  options: PeerOptions & { readonly extensions?: Extensions },
  kind: PeerKind,
): Setup {
  const setup = setUp(options, kind);
  return options.extensions === "none" ? { ...setup, token: undefined } : setup;
}

function toIntroduced({ introduction, socket: { udp } }: IntroducedSocket): Introduced {
  return new Handover(introduction, udp);
}

/** The PairKey is told to who asks for it, and to nobody who prints the object. */
class Handover implements Introduced {
  readonly socket: UdpSocket;
  readonly source: Endpoint;
  readonly dest: Endpoint;
  readonly destLocal: readonly Endpoint[];
  readonly #claims: Claims;
  readonly #pairKey: string | undefined;

  constructor({ source, dest, extension }: Introduction, socket: UdpSocket) {
    this.socket = socket;
    this.source = source;
    this.dest = dest;
    this.destLocal = extension?.destLocal ?? [];
    this.#claims = readClaims(extension?.destNote);
    this.#pairKey = extension?.pairKey;
  }

  /** No field either: JSON has no words for a PeerPort of 64 bits. */
  get claims(): Claims {
    return this.#claims;
  }

  get pairKey(): string | undefined {
    return this.#pairKey;
  }
}
