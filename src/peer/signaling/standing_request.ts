/**
 * A request that stands at the server: it registers, asks, is kept alive, asks again on another
 * session when one is lost, and yields introductions until one is enough or for ever.
 *
 * @module
 */

import { type Endpoint, isSameEndpoint } from "../../address.ts";
import { Backoff } from "../../async/backoff.ts";
import { Queue } from "../../async/queue.ts";
import { Bell, sleep } from "../../async/waiting.ts";
import type { Introduction, Mode } from "../../protocol/message.ts";
import { ForeignServerError, PeerError, type PeerErrorCode } from "../errors.ts";
import {
  HOST_RETRY,
  MAX_QUEUED_CLIENTS,
  RECONNECT,
  REQUEST_RETRY_WINDOW_MS,
  SESSION_OVERLAP_MS,
  SESSION_SOUND_MS,
  SUSPECT_ANSWER_MS,
} from "../limits.ts";
import { withZoneOf } from "../names.ts";
import { untilAddress } from "./address_watch.ts";
import { Detours } from "./detours.ts";
import { dial } from "./dial.ts";
import { type FollowUp, followUp } from "./follow_up.ts";
import { UnansweredNameError } from "./naming.ts";
import type { RegisteredSocket } from "./registration.ts";
import type { Route } from "./routes.ts";
import { ServerSession } from "./server_session.ts";
import { randomFraction, type Setup } from "./setup.ts";
import { Stand } from "./stand.ts";
import { udpPortOf } from "./udp_port.ts";

/** What is asked, and where. */
export interface Question {
  readonly mode: Mode;
  /**
   * The ways to ask, best first; called for each session, so that names are resolved anew.
   *
   * @throws {PeerError} when there is none
   */
  readonly routes: (signal: AbortSignal) => Promise<readonly Route[]>;
  /** A socket to go on with where this machine's address is still the same. */
  readonly socket?: RegisteredSocket | undefined;
  /** Told of each socket before it is registered: who reads it misses nothing. */
  readonly onSocket?: ((socket: RegisteredSocket) => void) | undefined;
  /** Told when the server is found to know names, and has answered a host that has one. */
  readonly onNamesKnown?: (() => void) | undefined;
}

/** What the server said of both peers, and the socket of which it told the remote one. */
export interface IntroducedSocket {
  readonly introduction: Introduction;
  /** Shared with whoever takes the introduction, and closes it. */
  readonly socket: RegisteredSocket;
  readonly server: Endpoint;
}

/** What became of a session. */
interface FailedStand {
  readonly error: PeerError;
  readonly route: Route;
  readonly lastedMs: number;
}

/** Refusals after which the server is known to have taken the request before. */
const TAKEN_BEFORE: readonly PeerErrorCode[] = [
  "lease_timeout",
  "shutting_down",
  "cancelled",
  "server_unreachable",
];

/**
 * Stands from its making until it is closed. Iterate over it for introductions; the iteration throws
 * a {@linkcode PeerError} when the request has failed for good, and the signal's reason when that is
 * aborted.
 */
export class StandingRequest implements AsyncIterable<IntroducedSocket> {
  readonly #setup: Setup;
  readonly #question: Question;
  readonly #startedMs: number;
  readonly #introductions = new Queue<IntroducedSocket>(
    MAX_QUEUED_CLIENTS,
    ({ socket }) => socket.close(),
  );
  readonly #over = new AbortController();
  readonly #pause = new Bell();
  readonly #reconnect: Backoff;
  readonly #hostRetry: Backoff;
  /** All that are open; the last one is the present one. */
  readonly #stands = new Set<Stand>();
  readonly #detours = new Detours();
  readonly #cancelTimers = new Set<() => void>();
  #socket: RegisteredSocket | undefined;
  #stand: Stand | undefined;
  #askedServer: Endpoint | undefined;
  #failures = 0;
  /** Whether the server has once taken the request. */
  #wasTaken = false;
  /** The server that answered a KeepAlive last. */
  #answering: Endpoint | undefined;
  /** The server that was last found to know names. */
  #naming: Endpoint | undefined;

  /** Begins at once. */
  constructor(setup: Setup, question: Question) {
    const { clock, secrets } = setup.platform;
    this.#setup = setup;
    this.#question = question;
    this.#startedMs = clock.nowMs();
    this.#reconnect = new Backoff(RECONNECT, randomFraction(secrets));
    this.#hostRetry = new Backoff(HOST_RETRY, randomFraction(secrets));
    this.#socket = question.socket?.share();
    const abort = () => this.#end(setup.signal.reason);
    if (setup.signal.aborted) abort();
    setup.signal.addEventListener("abort", abort, { once: true, signal: this.#over.signal });
    this.#run();
  }

  /** Where the request stands now; `undefined` while it stands nowhere. */
  get server(): Endpoint | undefined {
    return this.#stand?.route.server;
  }

  /** Where it was asked last. */
  get askedServer(): Endpoint | undefined {
    return this.#askedServer;
  }

  /** The socket that is registered now; `undefined` before the server was reached. */
  get socket(): RegisteredSocket | undefined {
    return this.#socket;
  }

  /** Introductions as they come. */
  [Symbol.asyncIterator](): AsyncIterator<IntroducedSocket, undefined> {
    return this.#introductions;
  }

  /**
   * Whether it stands, once the server had the time to refuse it. An older server does not say; then
   * it is taken to stand after a while.
   */
  async stands(): Promise<boolean> {
    const stand = this.#stand;
    if (stand === undefined) return false;
    const over = new AbortController();
    const pause = sleep(this.#setup.platform.clock, SUSPECT_ANSWER_MS, over.signal);
    await Promise.race([stand.settled, pause]).finally(() => over.abort());
    return stand === this.#stand;
  }

  /** Something hints that the session is dead, or that the network is back: looks at once. */
  check(): void {
    this.#stand?.check();
    this.#pause.ring();
  }

  /** Leaves the server. Introductions that nobody has taken are not given out any more. */
  close(): void {
    this.#introductions.end();
    for (const { socket } of this.#introductions.drain()) socket.close();
    this.#end(new PeerError("cancelled", "the request was closed on this side"));
  }

  #end(reason: unknown): void {
    if (this.#over.signal.aborted) return;
    this.#introductions.fail(reason);
    this.#over.abort(reason);
    for (const cancel of this.#cancelTimers) cancel();
    for (const stand of this.#stands) this.#leave(stand);
    this.#stand = undefined;
    this.#socket?.stopRegistering(this);
    this.#socket?.close();
  }

  async #run(): Promise<void> {
    try {
      while (!this.#over.signal.aborted) await this.#attempt();
    } catch (error) {
      this.#end(error);
    }
  }

  /** Sessions that take over from each other until one fails, and what follows from that. */
  async #attempt(): Promise<void> {
    const failure = await this.#standUntilFailure();
    if (failure instanceof PeerError) {
      return await this.#recover(this.#detours.mostTelling(failure));
    }
    const { error, route, lastedMs } = failure;
    const wasAnswered =
      !(error instanceof ForeignServerError || error instanceof UnansweredNameError);
    if (wasAnswered && TAKEN_BEFORE.includes(error.code)) this.#wasTaken = true;
    if (lastedMs >= SESSION_SOUND_MS) this.#resetPauses();
    if (!this.#detours.failed(route, error)) {
      await this.#recover(this.#detours.mostTelling(error));
    }
  }

  /** @returns why no session could be opened, or what became of the last one */
  async #standUntilFailure(): Promise<PeerError | FailedStand> {
    const { clock } = this.#setup.platform;
    for (let occasion: "first" | "renewal" = "first";; occasion = "renewal") {
      const stand = await this.#open(occasion).catch((error) => {
        if (this.#over.signal.aborted || !(error instanceof PeerError)) throw error;
        return error;
      });
      if (stand instanceof PeerError) return stand;
      const startedMs = clock.nowMs();
      const error = await stand.run();
      this.#over.signal.throwIfAborted();
      if (error !== "replace") {
        this.#leave(stand);
        return { error, route: stand.route, lastedMs: clock.nowMs() - startedMs };
      }
      this.#wasTaken = true;
    }
  }

  /** Pauses before the next attempt, or fails for good. */
  async #recover(error: PeerError): Promise<void> {
    const { onEvent } = this.#setup;
    const next = this.#followUp(error);
    if (next === "end") throw error;
    this.#detours.forget();
    const delayMs = (next === "soon" ? this.#hostRetry : this.#reconnect).nextMs();
    onEvent({ kind: "retry", error, delayMs, attempt: ++this.#failures });
    await this.#sleep(delayMs);
  }

  /** Sleeps for so long, or until this machine has its address again: then the network is back. */
  async #sleep(delayMs: number): Promise<void> {
    const { platform } = this.#setup;
    const address = this.#socket?.boundTo;
    const awake = new AbortController();
    if (address !== undefined && !platform.network.hasAddress(address)) {
      untilAddress(address, "back", platform, awake.signal)
        .then(() => this.#pause.ring(), () => {});
    }
    await this.#pause.wait(platform.clock, delayMs, this.#over.signal)
      .finally(() => awake.abort());
  }

  /**
   * Who was taken once and does not only want a quick answer waits on. A client that does want one is
   * given a few seconds, for a server that restarts.
   */
  #followUp(error: PeerError): FollowUp {
    const { wait, platform: { clock } } = this.#setup;
    if (wait === "on") return followUp(error, "on");
    if (this.#question.mode !== "Client") return followUp(error, this.#wasTaken ? "on" : "off");
    if (clock.nowMs() - this.#startedMs >= REQUEST_RETRY_WINDOW_MS) return "end";
    const isBack = this.#wasTaken && error.code === "server_unreachable";
    return followUp(error, isBack ? "on" : "off");
  }

  async #open(occasion: "first" | "renewal"): Promise<Stand> {
    const { signal } = this.#over;
    const routes = this.#detours.choose(await this.#question.routes(signal));
    const servers = new Set(routes.map(({ server }) => server));
    const { stream, endpoint } = await dial(this.#setup.platform, [...servers], signal);
    const session = new ServerSession(stream);
    try {
      signal.throwIfAborted();
      const socket = this.#socketAt(withZoneOf(session.local.address, endpoint.address));
      const route = routes.find(({ server }) => server === endpoint) as Route;
      return this.#register(session, socket, route, occasion);
    } catch (error) {
      session.close();
      throw error;
    }
  }

  #register(
    session: ServerSession,
    socket: RegisteredSocket,
    route: Route,
    occasion: "first" | "renewal",
  ): Stand {
    const { localPeerPort: peerPort, token, onEvent } = this.#setup;
    const { server } = route;
    this.#question.onSocket?.(socket);
    socket.register(this, { peerPort, token }, server);
    const stand = new Stand({
      setup: this.#setup,
      mode: this.#question.mode,
      route,
      session,
      socket,
      answersBefore: this.#answering !== undefined && isSameEndpoint(this.#answering, server),
      knowsNames: this.#naming !== undefined && isSameEndpoint(this.#naming, server),
      onNamesKnown: () => {
        this.#naming = server;
        this.#question.onNamesKnown?.();
      },
      onIntroduction: (introduction) => this.#introduce(introduction, socket, server),
      onKeptAlive: () => this.#answering = server,
    });
    for (const older of this.#stands) this.#leaveLater(older);
    this.#stands.add(stand);
    this.#stand = stand;
    this.#askedServer = server;
    if (occasion === "first") onEvent({ kind: "asked", server, local: socket.local });
    return stand;
  }

  #introduce(introduction: Introduction, socket: RegisteredSocket, server: Endpoint): void {
    if (this.#over.signal.aborted) return;
    this.#wasTaken = true;
    this.#resetPauses();
    this.#introductions.push({ introduction, socket: socket.share(), server });
  }

  /** The socket at `address`: TCP and UDP of one peer leave from one address. */
  #socketAt(address: string): RegisteredSocket {
    const old = this.#socket;
    if (old?.boundTo === address) return old;
    // One port at two addresses inside looks like two flows of one peer to a NAT that keeps ports:
    // until it has forgotten the old one it would map the new one anew for each destination.
    const port = old === undefined ? udpPortOf(this.#setup) : 0;
    const socket = this.#setup.sockets.at(this.#setup, address, port);
    this.#socket = socket;
    if (old === undefined) return socket;
    old.stopRegistering(this);
    if (![...this.#stands].some((stand) => stand.socket === old)) old.close();
    this.#setup.onEvent({ kind: "moved", from: old.local, to: socket.local });
    return socket;
  }

  #resetPauses(): void {
    this.#failures = 0;
    this.#reconnect.reset();
    this.#hostRetry.reset();
  }

  #leaveLater(stand: Stand): void {
    const cancel = this.#setup.platform.clock.schedule(SESSION_OVERLAP_MS, () => {
      this.#cancelTimers.delete(cancel);
      this.#leave(stand);
    });
    this.#cancelTimers.add(cancel);
  }

  #leave(stand: Stand): void {
    stand.close();
    this.#stands.delete(stand);
    if (this.#stand === stand) this.#stand = undefined;
    const { socket } = stand;
    const isInUse = socket === this.#socket ||
      [...this.#stands].some((one) => one.socket === socket);
    if (!isInUse) socket.close();
  }
}
