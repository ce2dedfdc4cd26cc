/**
 * Asks the server for a remote peer until there is an introduction or a final answer.
 *
 * @module
 */

import { familyOf } from "../../address.ts";
import type { Introduction } from "../../protocol/message.ts";
import { ForeignServerError, PeerError } from "../errors.ts";
import { REQUEST_RETRY_WINDOW_MS, SESSION_RENEWAL_MS } from "../limits.ts";
import { formatRemote, type RemoteText, resolveHost, type Route, routes } from "../names.ts";
import { serverAddresses, type Setup } from "../options.ts";
import { PeerSocket } from "../socket/peer_socket.ts";
import { outcomeOf, Session } from "./server_session.ts";
import { Backoff, sleep } from "../../async/waiting.ts";

/** `Client`: the remote peer hosts. `Peer`: it asks for this peer as well. */
export type AskMode = "Client" | "Peer";

/** The outcome: the socket whose mapping was introduced, and what the server said. */
export interface Asked {
  readonly socket: PeerSocket;
  readonly introduction: Introduction;
}

/**
 * Asks on each route that both sides share, until one leads to an introduction.
 *
 * @throws {PeerError} of the last route that was tried
 * @throws the signal's reason once it is aborted
 */
export async function ask(setup: Setup, remote: RemoteText, mode: AskMode): Promise<Asked> {
  const found = routes(
    setup.server,
    await serverAddresses(setup),
    remote,
    remote.host === "own" ? "own" : await resolveRemote(setup, remote),
  );
  for (let i = 0;; i++) {
    try {
      return await askOnRoute(setup, found[i], mode);
    } catch (error) {
      if (i + 1 === found.length || !leadsElsewhere(error, found[i], found[i + 1])) throw error;
    }
  }
}

async function resolveRemote({ platform, signal }: Setup, remote: RemoteText): Promise<string[]> {
  const addresses = await resolveHost(platform.network, remote.host);
  signal.throwIfAborted();
  if (addresses.length > 0) return addresses;
  throw new PeerError(
    "host_not_found",
    `Cannot find the remote peer ${formatRemote(remote)}: expected a name with an address`,
  );
}

/** Another server address may be reachable; a host may be known under its other address. */
function leadsElsewhere(error: unknown, route: Route, next: Route): boolean {
  if (!(error instanceof PeerError)) return false;
  return error.code === "server_unreachable" ||
    error.code === "host_not_found" && route.remote.address !== next.remote.address;
}

async function askOnRoute(setup: Setup, route: Route, mode: AskMode): Promise<Asked> {
  const socket = new PeerSocket(setup.platform, familyOf(route.server.address));
  try {
    return { socket, introduction: await askWith(socket, setup, route, mode) };
  } catch (error) {
    socket.close();
    throw error;
  }
}

/**
 * Asks on one route, with a socket that is there already.
 *
 * @throws {PeerError} when there is no introduction
 * @throws the signal's reason once it is aborted
 */
export function askWith(
  socket: PeerSocket,
  setup: Setup,
  route: Route,
  mode: AskMode,
): Promise<Introduction> {
  return new Asking(setup, route, mode, socket).introduction();
}

/** The sessions on one route, one after the other. */
class Asking {
  readonly #setup: Setup;
  readonly #route: Route;
  readonly #mode: AskMode;
  readonly #socket: PeerSocket;
  readonly #backoff: Backoff;
  readonly #startedMs: number;
  /** Whether the server has once taken the request. */
  #wasWaiting = false;

  constructor(setup: Setup, route: Route, mode: AskMode, socket: PeerSocket) {
    this.#setup = setup;
    this.#route = route;
    this.#mode = mode;
    this.#socket = socket;
    this.#backoff = new Backoff(setup.platform.secrets);
    this.#startedMs = setup.platform.clock.nowMs();
  }

  async introduction(): Promise<Introduction> {
    const { platform, signal, onEvent } = this.#setup;
    for (;;) {
      const error = await this.#attempt();
      if (!(error instanceof PeerError)) return error;
      signal.throwIfAborted();
      if (!this.#mayRetry(error)) throw error;
      const delayMs = this.#backoff.nextMs();
      onEvent({ kind: "retry", error, delayMs });
      await sleep(platform.clock, delayMs, signal);
    }
  }

  /**
   * Asks once. Whoever waits long asks again on a new session from time to time: a network that
   * silently forgot the old one would not be noticed otherwise.
   */
  async #attempt(): Promise<Introduction | PeerError> {
    const { platform, signal } = this.#setup;
    const done = new AbortController();
    const sessions: Session[] = [];
    const close = () => sessions.forEach((session) => session.close());
    signal.addEventListener("abort", close, { once: true });
    try {
      let outcome = this.#askOn(sessions);
      for (;;) {
        const renewal = sleep(platform.clock, SESSION_RENEWAL_MS, done.signal);
        const first = await Promise.race([outcome, renewal]);
        if (first !== undefined) return first;
        outcome = either(outcome, this.#askOn(sessions));
      }
    } finally {
      done.abort();
      signal.removeEventListener("abort", close);
      this.#socket.stopRegistering();
      close();
    }
  }

  async #askOn(sessions: Session[]): Promise<Introduction | PeerError> {
    const { platform, signal, localPeerPort, token, onEvent } = this.#setup;
    let session: Session;
    try {
      session = await Session.open(platform, [this.#route.server], signal);
    } catch (error) {
      if (error instanceof PeerError) return error;
      throw error;
    }
    sessions.push(session);
    const { server, local } = session;
    this.#socket.register({ peerPort: localPeerPort, token }, server, local.address);
    const { localEndpoints } = this.#socket;
    await session.request({
      connectionType: this.#mode,
      localPeerPort,
      remote: this.#route.remote,
      extension: token === undefined ? undefined : { token, localEndpoints },
    });
    this.#wasWaiting = true;
    if (sessions.length === 1) onEvent({ kind: "asked", server, local });
    const outcome = outcomeOf(await session.receive());
    if (!(outcome instanceof PeerError)) onEvent({ kind: "introduced", introduction: outcome });
    return outcome;
  }

  /** A peer may wait for its partner for days; a client wants to know soon. */
  #mayRetry(error: PeerError): boolean {
    if (error instanceof ForeignServerError) return false;
    const elapsedMs = this.#setup.platform.clock.nowMs() - this.#startedMs;
    switch (error.code) {
      case "shutting_down":
      case "server_unreachable":
        return this.#wasWaiting && (this.#mode === "Peer" || elapsedMs < REQUEST_RETRY_WINDOW_MS);
      case "busy":
        return elapsedMs < REQUEST_RETRY_WINDOW_MS;
      default:
        return false;
    }
  }
}

/** The introduction of the older session if it has one (it was under way), else what the newer got. */
function either(
  older: Promise<Introduction | PeerError>,
  newer: Promise<Introduction | PeerError>,
): Promise<Introduction | PeerError> {
  return new Promise((resolve, reject) => {
    older.then((outcome) => outcome instanceof PeerError || resolve(outcome), reject);
    newer.then(resolve, reject);
  });
}
