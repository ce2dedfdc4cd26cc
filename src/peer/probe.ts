/**
 * What the network between this machine and a server lets through, and what its NAT does.
 *
 * @module
 */

import {
  type Address,
  type Endpoint,
  type Family,
  familyOf,
  formatEndpoint,
  isSameEndpoint,
} from "../address.ts";
import { sleep, withTimeout } from "../async/waiting.ts";
import type { Introduction } from "../protocol/message.ts";
import { PeerError } from "./errors.ts";
import { HAIRPIN_TIMEOUT_MS } from "./limits.ts";
import { firstOfEach } from "./observe.ts";
import { type PeerOptions, setUp } from "./options.ts";
import { introducePair, type Pair, withPair } from "./probe_pair.ts";
import type { RegisteredSocket } from "./signaling/registration.ts";
import { serverEndpoints } from "./signaling/routes.ts";
import type { Setup } from "./signaling/setup.ts";
import { PeerSocket } from "./socket/peer_socket.ts";

/** What was found under one IP version. Members are missing where nothing is known. */
export interface Findings {
  /** The IP version. */
  readonly family: Family;
  /** The server's endpoint. */
  readonly server: string;
  /**
   * Whether a connection to the server comes about. `refused`: something answered that nothing listens
   * there; `blocked`: nothing answered.
   */
  readonly tcp: "through" | "refused" | "blocked";
  /** `elsewhere`: datagrams leave by another public address than connections. */
  readonly udp: "through" | "blocked" | "elsewhere" | "unknown";
  /** What the server said, or why it could not be asked. */
  readonly reason?: string;
  /** Whether the server knows part 2 of the protocol. */
  readonly extensions?: "known" | "unknown to the server";
  /** Whether the server introduces this machine to itself. */
  readonly introducesToItself?: boolean;
  /** Sockets of this machine and how the server sees them. */
  readonly endpoints?: readonly { readonly local: string; readonly public: string }[];
  /** Whether the server sees another endpoint than this machine has. */
  readonly nat?: "none" | "present";
  /** Whether the server sees the ports that this machine has. */
  readonly portPreserved?: boolean;
  /** Whether this machine reaches itself by its public endpoint. */
  readonly hairpinning?: boolean;
  /** Only a NAT that hairpins shows this to one server. */
  readonly mapping?: "same for other destinations" | "changes per destination";
  /** Whether the public endpoint is the same after so many seconds of silence. */
  readonly survives?: Readonly<Record<string, boolean>>;
}

/** How a probe is made. */
export interface ProbeOptions extends Pick<PeerOptions, "server" | "signal" | "platform"> {
  /** Silences after which the mapping is looked at again, in milliseconds. */
  readonly silencesMs: readonly number[];
  /** Whether a NAT is asked to send this machine's datagrams back to it, which takes a while. */
  readonly hairpin: "tried" | "left out";
}

type Found = Omit<Findings, "family" | "server">;

/** What every system says in words of its own, and all of them with this one. */
const REFUSED = /\brefused\b/i;

/**
 * Probes under each IP version in which the server has an address.
 *
 * @throws {PeerError} `server_unreachable` when it has none
 * @throws the signal's reason once it is aborted
 */
export async function probe(options: ProbeOptions): Promise<Findings[]> {
  const setup = setUp(options, "joiner");
  const endpoints = await serverEndpoints(setup, setup.signal);
  return await Promise.all(
    firstOfEach(["IPv4", "IPv6"], endpoints)
      .map((endpoint) => new FamilyProbe(setup, endpoint, options).findings()),
  );
}

/** A probe under one IP version. */
class FamilyProbe {
  readonly #setup: Setup;
  readonly #server: Endpoint;
  readonly #options: ProbeOptions;
  /** This machine on the way to the server, once a connection was there. */
  #local: Address | undefined;
  /** Why it was asked again, when it was. */
  #retried: PeerError | undefined;

  constructor(setup: Setup, server: Endpoint, options: ProbeOptions) {
    this.#setup = {
      ...setup,
      onEvent: (event) => {
        if (event.kind === "asked") this.#local = event.local.address;
        if (event.kind === "retry") this.#retried = event.error;
      },
    };
    this.#server = server;
    this.#options = options;
  }

  async findings(): Promise<Findings> {
    const family = familyOf(this.#server.address);
    return { family, server: formatEndpoint(this.#server), ...await this.#find() };
  }

  async #find(): Promise<Found> {
    try {
      return await withPair(this.#setup, this.#server, "own", (pair) => this.#examine(pair));
    } catch (error) {
      this.#setup.signal.throwIfAborted();
      const cause = error instanceof PeerError ? error : this.#retried ?? error as Error;
      const reason = cause.message;
      if (this.#local === undefined) {
        return { tcp: REFUSED.test(reason) ? "refused" : "blocked", udp: "unknown", reason };
      }
      if (!isRefused(cause, "bad_request")) return { tcp: "through", udp: udpAfter(cause), reason };
      return await this.#findWithPart1(this.#local);
    }
  }

  async #examine(pair: Pair): Promise<Found> {
    const [survives, loop] = await Promise.all([this.#survives(), this.#loop(pair)]);
    return {
      tcp: "through",
      udp: "through",
      extensions: "known",
      introducesToItself: true,
      ...describeEndpoints(pair),
      ...loop,
      survives,
    };
  }

  /** Without extensions an address must be known to be asked for; without NAT it is this one. */
  async #findWithPart1(local: Address): Promise<Found> {
    const known = { tcp: "through", extensions: "unknown to the server" } as const;
    try {
      const describe = (pair: Pair) => Promise.resolve(describeEndpoints(pair));
      const endpoints = await withPair(this.#setup, this.#server, local, describe);
      return { ...known, udp: "through", ...endpoints };
    } catch {
      this.#setup.signal.throwIfAborted();
      return { ...known, udp: "unknown" };
    }
  }

  /** Whether the public endpoints are the same after each silence. */
  async #survives(): Promise<Record<string, boolean>> {
    const found = this.#options.silencesMs.map((silenceMs) =>
      withPair(this.#setup, this.#server, "own", async ({ sockets, introductions }) => {
        await sleep(this.#setup.platform.clock, silenceMs, this.#setup.signal);
        const later = await introducePair(this.#setup, this.#server, "own", sockets);
        const isSame = introductions
          .every(({ source }, i) => isSameEndpoint(source, later.introductions[i].source));
        return [String(silenceMs / 1000), isSame] as const;
      })
    );
    return Object.fromEntries(await Promise.all(found));
  }

  /** Tries the way around the NAT, and sees which endpoints the packets come from there. */
  async #loop({ sockets, introductions }: Pair): Promise<Partial<Found>> {
    if (this.#options.hairpin === "left out") return {};
    if (hasNoNat(sockets[0], introductions[0])) return {};
    const { platform, signal } = this.#setup;
    const { clock } = platform;
    const peers = sockets.map(({ udp, local }) => new PeerSocket(platform, udp, local));
    try {
      const both = await withTimeout(
        clock,
        HAIRPIN_TIMEOUT_MS,
        signal,
        () =>
          Promise.all(
            peers.map((peer, i) =>
              peer.connect(withoutLocal(introductions[i]), "", { mode: "Peer" })
            ),
          ),
      );
      if (both.some(({ path }) => path.kind === "local")) return { hairpinning: true };
      const isSame = both.every(({ path }, i) =>
        isSameEndpoint(path.endpoint, introductions[i].dest)
      );
      const mapping = isSame ? "same for other destinations" : "changes per destination";
      return { hairpinning: true, mapping };
    } catch {
      signal.throwIfAborted();
      return { hairpinning: false };
    } finally {
      await Promise.all(peers.map((peer) => peer.close()));
    }
  }
}

function describeEndpoints({ sockets, introductions }: Pair): Partial<Found> {
  const endpoints = sockets.map((socket, i) => ({
    local: formatEndpoint(socket.local),
    public: formatEndpoint(introductions[i].source),
  }));
  const isNone = sockets.every((socket, i) => hasNoNat(socket, introductions[i]));
  const portPreserved = sockets.every((socket, i) =>
    socket.local.port === introductions[i].source.port
  );
  return { endpoints, nat: isNone ? "none" : "present", portPreserved };
}

function hasNoNat({ local }: RegisteredSocket, { source }: Introduction): boolean {
  return isSameEndpoint(local, source);
}

function withoutLocal(introduction: Introduction): Introduction {
  const { extension } = introduction;
  return extension === undefined
    ? introduction
    : { ...introduction, extension: { ...extension, destLocal: [] } };
}

function isRefused(error: unknown, code: PeerError["code"]): boolean {
  return error instanceof PeerError && error.code === code;
}

/** What an introduction that did not come about says of UDP. */
function udpAfter(error: unknown): Findings["udp"] {
  if (isRefused(error, "address_mismatch")) return "elsewhere";
  const isSilence = !(error instanceof PeerError) || error.code === "no_lease";
  return isSilence ? "blocked" : "unknown";
}
