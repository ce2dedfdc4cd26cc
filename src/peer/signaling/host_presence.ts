/**
 * A host as the server knows it: present under each IP version that the server has.
 *
 * @module
 */

import { type Endpoint, type Family, familyOf } from "../../address.ts";
import { Queue } from "../../async/queue.ts";
import { Bell } from "../../async/waiting.ts";
import type { Introduction, RemotePeer } from "../../protocol/message.ts";
import { PeerError } from "../errors.ts";
import type { PeerEvent } from "../events.ts";
import {
  GHOST_CHECK_MS,
  MAX_QUEUED_CLIENTS,
  MIRROR_KEPT_MS,
  MIRROR_PROOF_MS,
  SUSPICION_PAUSE_MS,
} from "../limits.ts";
import { FamilyRequests } from "./family_requests.ts";
import type { RegisteredSocket } from "./registration.ts";
import { familiesOf, serverEndpoints } from "./routes.ts";
import { introduceMirror } from "./self_introduction.ts";
import type { Setup } from "./setup.ts";
import type { IntroducedSocket, StandingRequest } from "./standing_request.ts";

/** A socket of this machine that asked for this very host. */
interface Mirror {
  readonly untilMs: number;
  /** Rung when this host's own session is told of it. */
  readonly told: Bell;
  wasTold: boolean;
}

/** What becomes of what a host hears. */
export interface PresenceOptions<Client> {
  /** Is to put something into the clients of the presence. */
  readonly onClient: (introduced: IntroducedSocket) => void;
  /** Told of clients that nobody iterated in time. */
  readonly onDropped?: (client: Client) => void;
  /** See {@linkcode Question}. */
  readonly onSocket?: (socket: RegisteredSocket) => void;
}

/** The requests of one host, and what its clients become, to be iterated. */
export class HostPresence<Client> {
  /** What was made of the clients. */
  readonly clients: Queue<Client>;
  readonly #setup: Setup;
  readonly #onClient: (introduced: IntroducedSocket) => void;
  readonly #ended = new AbortController();
  readonly #asked = Promise.withResolvers<void>();
  readonly #requests: FamilyRequests;
  readonly #observed = new Map<Family, Endpoint>();
  /** By port. */
  readonly #mirrors = new Map<number, Mirror>();
  #ghostCheckMs = -Infinity;
  #checkedMs = -Infinity;

  /** Becomes present, until the signal of `setup` is aborted. */
  constructor(setup: Setup, { onClient, onDropped, onSocket }: PresenceOptions<Client>) {
    this.#setup = { ...setup, signal: this.#ended.signal };
    this.#onClient = onClient;
    this.clients = new Queue(MAX_QUEUED_CLIENTS, onDropped);
    this.#asked.promise.catch(() => {});
    this.#requests = new FamilyRequests({
      setup: { ...this.#setup, onEvent: (event) => this.#onEvent(event) },
      mode: "Server",
      families: familiesOf(setup.server),
      routes: async (signal) =>
        (await serverEndpoints(setup, signal)).map((server) => ({ server, remote: "anybody" })),
      onSocket,
      onAsked: () => setup.name === undefined && this.#asked.resolve(),
      onNamesKnown: () => this.#asked.resolve(),
      onIntroduced: (introduced) => this.#onIntroduced(introduced),
      onFailed: (error) => this.#fail(error),
    });
    const abort = () => {
      this.#asked.reject(setup.signal.reason);
      this.end(setup.signal.reason);
    };
    if (setup.signal.aborted) abort();
    setup.signal.addEventListener("abort", abort, { once: true, signal: this.#ended.signal });
  }

  /**
   * Resolves when the server was asked under one IP version at least, and knows names if need be.
   *
   * @throws {PeerError} why it could not be
   * @throws the signal's reason once it is aborted
   */
  asked(): Promise<void> {
    return this.#asked.promise;
  }

  /** Resolves when it is present no more, whatever the reason. */
  get ended(): AbortSignal {
    return this.#ended.signal;
  }

  /** How the server sees it, per IP version, as far as known. */
  get observedEndpoints(): readonly Endpoint[] {
    return [...this.#observed.values()];
  }

  /** Where its sockets are inside its own network. */
  get localEndpoints(): readonly Endpoint[] {
    return [...this.#requests.requests.values()].flatMap(({ socket }) =>
      socket?.localEndpoints ?? []
    );
  }

  /** Something hints that the server has forgotten it: looks at once, unless it did so just now. */
  check(): void {
    const nowMs = this.#setup.platform.clock.nowMs();
    if (nowMs < this.#checkedMs + SUSPICION_PAUSE_MS) return;
    this.#checkedMs = nowMs;
    this.#requests.check();
  }

  /**
   * The names under which clients can ask for it. One counts only when the host's own session is told
   * of who used it: another host may have the name.
   */
  async names(): Promise<string[]> {
    const { requests } = this.#requests;
    const endpoints = await Promise.all(
      [...requests].map(([family, request]) => this.#observe(family, request)),
    );
    return endpoints.flatMap((endpoint) =>
      endpoint === undefined ? [] : [`${endpoint.address}/${this.#setup.localPeerPort}`]
    );
  }

  /** Leaves the server and ends the iteration. The sockets stay with who was given them. */
  end(reason: unknown = new PeerError("cancelled", "the host was closed on this side")): void {
    this.#ended.abort(reason);
    this.#requests.close();
    this.clients.end();
  }

  #fail(error: unknown): void {
    this.#asked.reject(error);
    this.clients.fail(error);
    this.end(error);
  }

  #onIntroduced(introduced: IntroducedSocket): void {
    const { introduction, socket } = introduced;
    this.#observed.set(familyOf(introduction.source.address), introduction.source);
    const mirror = this.#mirrorOf(introduction, socket);
    if (mirror === undefined) {
      this.#onClient(introduced);
    } else {
      socket.close();
      mirror.wasTold = true;
      mirror.told.ring();
    }
  }

  /** The mirror that another peer is; known by its port at an address of this machine. */
  #mirrorOf({ extension }: Introduction, { local }: RegisteredSocket): Mirror | undefined {
    const nowMs = this.#setup.platform.clock.nowMs();
    for (const [port, { untilMs }] of this.#mirrors) {
      if (untilMs < nowMs) this.#mirrors.delete(port);
    }
    const here = extension?.destLocal?.find(({ address, port }) =>
      address === local.address && this.#mirrors.has(port)
    );
    return here === undefined ? undefined : this.#mirrors.get(here.port);
  }

  async #observe(family: Family, request: StandingRequest): Promise<Endpoint | undefined> {
    const isStanding = await request.stands();
    const { server } = request;
    if (!isStanding || server === undefined) return undefined;
    const { platform: { clock }, localPeerPort: peerPort, signal } = this.#setup;
    const remote: RemotePeer = { address: "own", peerPort };
    const mirror: Mirror = {
      untilMs: clock.nowMs() + MIRROR_KEPT_MS,
      told: new Bell(),
      wasTold: false,
    };
    const introduction = await introduceMirror(this.#setup, server, remote, (port) => {
      this.#mirrors.set(port, mirror);
    });
    if (introduction === undefined) return undefined;
    if (!mirror.wasTold) await mirror.told.wait(clock, MIRROR_PROOF_MS, signal);
    if (!mirror.wasTold) return undefined;
    this.#observed.set(family, introduction.dest);
    return introduction.dest;
  }

  #onEvent(event: PeerEvent): void {
    this.#setup.onEvent(event);
    if (event.kind === "retry" && event.error.code === "busy") this.#askForGhost();
  }

  /**
   * Its name is taken, perhaps by the session of a process whose machine was reset: what the server
   * sends there is answered by a reset, and the name is free. The server sends something when
   * somebody asks for the host. A host that lives is bothered by that, so it is done rarely.
   */
  #askForGhost(): void {
    const nowMs = this.#setup.platform.clock.nowMs();
    if (nowMs < this.#ghostCheckMs + GHOST_CHECK_MS) return;
    this.#ghostCheckMs = nowMs;
    const { name, localPeerPort: peerPort } = this.#setup;
    const remote = name === undefined ? { address: "own", peerPort } as const : { name };
    for (const { server, askedServer } of this.#requests.requests.values()) {
      if (server !== undefined || askedServer === undefined) continue;
      introduceMirror(this.#setup, askedServer, remote, () => {})
        .catch(() => {});
    }
  }
}
