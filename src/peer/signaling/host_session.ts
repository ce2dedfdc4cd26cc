/**
 * A host's presence at the server under one IP version: a registration that is refreshed, a session
 * that is kept alive, opened again when it is lost, and renewed before it can go stale.
 *
 * @module
 */

import { type Endpoint, familyOf } from "../../address.ts";
import type { Introduction } from "../../protocol/message.ts";
import { askWith } from "./ask.ts";
import { ForeignServerError, PeerError, type PeerErrorCode } from "../errors.ts";
import {
  MIRROR_KEPT_MS,
  SESSION_KEEP_ALIVE_MS,
  SESSION_RENEWAL_MS,
  SESSION_SOUND_MS,
} from "../limits.ts";
import { newToken, randomPeerPort, type Setup } from "../options.ts";
import { PeerSocket } from "../socket/peer_socket.ts";
import { outcomeOf, Session } from "./server_session.ts";
import { Backoff, sleep } from "../../async/waiting.ts";

/** Refusals that asking again cannot change. */
const FINAL: readonly PeerErrorCode[] = ["bad_request", "replaced"];

/** Refusals of the first session that asking again is unlikely to change; later ones may pass. */
const FINAL_AT_FIRST: readonly PeerErrorCode[] = ["no_lease", "address_mismatch"];

/** Keeps one peer present as a host. */
export class HostSession {
  readonly socket: PeerSocket;
  readonly #setup: Setup;
  readonly #endpoints: readonly Endpoint[];
  readonly #onIntroduction: (introduction: Introduction, socket: PeerSocket) => void;
  readonly #backoff: Backoff;
  readonly #asked = Promise.withResolvers<void>();
  readonly #open = new Set<Session>();
  /** Ports of sockets on this machine that asked for this very host, and when to forget them. */
  readonly #mirrors = new Map<number, number>();
  #server: Endpoint | undefined;
  #observed: Endpoint | undefined;
  #sessionCount = 0;

  /**
   * @param endpoints of the server, all of one IP version
   * @param onIntroduction told of each client
   */
  constructor(
    setup: Setup,
    endpoints: readonly Endpoint[],
    onIntroduction: (introduction: Introduction, socket: PeerSocket) => void,
  ) {
    this.#setup = setup;
    this.#endpoints = endpoints;
    this.#onIntroduction = onIntroduction;
    this.#backoff = new Backoff(setup.platform.secrets);
    this.socket = new PeerSocket(setup.platform, familyOf(endpoints[0].address));
  }

  /** Resolves once the server was asked. Rejects when it could not be at the first attempt. */
  get asked(): Promise<void> {
    return this.#asked.promise;
  }

  /** Whether the server was ever asked. */
  get hasAsked(): boolean {
    return this.#sessionCount > 0;
  }

  /** How the server sees it; known after the first introduction. */
  get observed(): Endpoint | undefined {
    return this.#observed;
  }

  /**
   * Asks how the server sees this host: another socket of this machine joins it, and the connection
   * that could come of that is left alone.
   *
   * @returns `undefined` when the host is not live, or the server knows no extensions
   */
  async observe(): Promise<Endpoint | undefined> {
    const { platform, localPeerPort: peerPort } = this.#setup;
    if (this.#server === undefined) return undefined;
    const mirror = new PeerSocket(platform, this.socket.family);
    // The host may be told of its mirror before the mirror is, or a little later.
    this.#mirrors.set(mirror.udp.local.port, platform.clock.nowMs() + MIRROR_KEPT_MS);
    const setup = {
      ...this.#setup,
      localPeerPort: randomPeerPort(platform.secrets),
      token: newToken(platform.secrets),
      onEvent: () => {},
    };
    const route = { server: this.#server, remote: { address: "own", peerPort } } as const;
    try {
      this.#observed = (await askWith(mirror, setup, route, "Client")).dest;
    } catch (error) {
      if (!(error instanceof PeerError)) throw error;
      return undefined;
    } finally {
      mirror.close();
    }
    return this.#observed;
  }

  /**
   * Keeps the host present until the signal is aborted.
   *
   * @throws {PeerError} when the server refuses it for good, or cannot be reached at first
   */
  async run(): Promise<void> {
    const { signal } = this.#setup;
    const abort = () => this.#close();
    signal.addEventListener("abort", abort, { once: true });
    try {
      for (;;) await this.#present();
    } catch (error) {
      this.#asked.reject(error);
      if (!signal.aborted) throw error;
    } finally {
      signal.removeEventListener("abort", abort);
      this.#close();
    }
  }

  /** Sessions that renew each other, until one is lost. */
  async #present(): Promise<void> {
    const { platform, signal, onEvent } = this.#setup;
    const startedMs = platform.clock.nowMs();
    let error = await this.#attempt("tell");
    while (error === "renew") error = await this.#attempt("do not tell");
    signal.throwIfAborted();
    if (this.#isFinal(error)) throw error;
    if (platform.clock.nowMs() - startedMs >= SESSION_SOUND_MS) this.#backoff.reset();
    const delayMs = this.#backoff.nextMs();
    onEvent({ kind: "retry", error, delayMs });
    await sleep(platform.clock, delayMs, signal);
  }

  /** One session, from its opening until it is lost or due to be renewed. */
  async #attempt(watcher: "tell" | "do not tell"): Promise<PeerError | "renew"> {
    const { platform, signal, onEvent } = this.#setup;
    let session: Session;
    try {
      session = await Session.open(platform, this.#endpoints, signal);
    } catch (error) {
      if (error instanceof PeerError) return error;
      throw error;
    }
    this.#open.add(session);
    await this.#ask(session);
    const { server, local } = session;
    if (watcher === "tell") onEvent({ kind: "asked", server, local });
    const stop = new AbortController();
    try {
      return await Promise.race([
        this.#read(session),
        this.#keepAlive(session, stop.signal),
      ]);
    } finally {
      stop.abort();
    }
  }

  async #ask(session: Session): Promise<void> {
    const { localPeerPort, token } = this.#setup;
    const { server, local } = session;
    this.#sessionCount++;
    this.#server = server;
    this.socket.register({ peerPort: localPeerPort, token }, server, local.address);
    const { localEndpoints } = this.socket;
    await session.request({
      connectionType: "Server",
      localPeerPort,
      extension: token === undefined ? undefined : { token, localEndpoints },
    });
    this.#asked.resolve();
  }

  /** Reads a session to its end, beyond its renewal: a client may be on its way on the old one. */
  async #read(session: Session): Promise<PeerError> {
    let error: PeerError | undefined;
    while (error === undefined) {
      const response = outcomeOf(await session.receive());
      if (response instanceof PeerError) {
        error = response;
      } else {
        this.#backoff.reset();
        this.#observed = response.source;
        if (this.#isMirror(response)) continue;
        this.#setup.onEvent({ kind: "introduced", introduction: response });
        this.#onIntroduction(response, this.socket);
      }
    }
    session.close();
    this.#open.delete(session);
    return error;
  }

  /** @returns when the session is due to be renewed */
  async #keepAlive(session: Session, signal: AbortSignal): Promise<"renew"> {
    const { clock } = this.#setup.platform;
    const renewalMs = clock.nowMs() + SESSION_RENEWAL_MS;
    while (clock.nowMs() < renewalMs) {
      await sleep(clock, SESSION_KEEP_ALIVE_MS, signal);
      await session.request({ connectionType: "KeepAlive" });
    }
    return "renew";
  }

  #isFinal(error: PeerError): boolean {
    if (this.#sessionCount === 0 || FINAL.includes(error.code)) return true;
    const isFinalAtFirst = error instanceof ForeignServerError ||
      FINAL_AT_FIRST.includes(error.code);
    return this.#sessionCount === 1 && isFinalAtFirst;
  }

  #isMirror({ extension }: Introduction): boolean {
    const nowMs = this.#setup.platform.clock.nowMs();
    for (const [port, untilMs] of this.#mirrors) {
      if (untilMs < nowMs) this.#mirrors.delete(port);
    }
    const here = this.socket.localEndpoints.map(({ address }) => address);
    return extension?.destLocal?.some(({ address, port }) =>
      here.includes(address) && this.#mirrors.has(port)
    ) ?? false;
  }

  #close(): void {
    for (const session of this.#open) session.close();
    this.socket.stopRegistering();
  }
}
