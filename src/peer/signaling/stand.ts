/**
 * One session at which a request stands: from its opening to its end.
 *
 * @module
 */

import { type Endpoint, formatEndpoint } from "../../address.ts";
import { sleep } from "../../async/waiting.ts";
import type { Extension, Introduction, KeptAlive, Mode, Request } from "../../protocol/message.ts";
import { PeerError } from "../errors.ts";
import { ANSWER_TIMEOUT_MS, REGISTRATION_LEAD_MS } from "../limits.ts";
import { KeepAlive } from "./keep_alive.ts";
import { untilAddress } from "./address_watch.ts";
import {
  explainRefusal,
  findNamesKnown,
  isNamed,
  UnansweredNameError,
  withoutNames,
} from "./naming.ts";
import type { RegisteredSocket } from "./registration.ts";
import type { Route } from "./routes.ts";
import { outcomeOf, type ServerSession } from "./server_session.ts";
import type { Setup } from "./setup.ts";
import { udpPortOf } from "./udp_port.ts";

/** What a stand is made of. */
export interface StandOptions {
  readonly setup: Setup;
  readonly mode: Mode;
  readonly route: Route;
  readonly session: ServerSession;
  readonly socket: RegisteredSocket;
  /** Whether this server has ever answered a KeepAlive. */
  readonly answersBefore: boolean;
  readonly onIntroduction: (introduction: Introduction) => void;
  readonly onKeptAlive: (answer: KeptAlive) => void;
  /** Whether this server is known to know names. */
  readonly knowsNames: boolean;
  /** Told when it is found to, and has answered a host. */
  readonly onNamesKnown: () => void;
}

/** A request on one session. */
export class Stand {
  readonly socket: RegisteredSocket;
  readonly route: Route;
  readonly #options: StandOptions;
  readonly #keepAlive: KeepAlive;
  readonly #closed = new AbortController();
  readonly #settled = Promise.withResolvers<void>();
  /** That by which it asks or is found; `undefined`: by address. */
  readonly #name: string | undefined;
  #isAnswered = false;

  constructor(options: StandOptions) {
    const { setup, mode, route, session, answersBefore } = options;
    const { platform: { clock }, token } = setup;
    this.#options = options;
    this.socket = options.socket;
    this.route = route;
    this.#name = mode === "Server"
      ? setup.name
      : isNamed(route.remote)
      ? route.remote.name
      : undefined;
    this.#keepAlive = new KeepAlive({
      clock,
      session,
      token,
      role: mode === "Server" ? "host" : "peer",
      known: this.#name === undefined ? "by address" : "by name",
      answersBefore,
    });
  }

  /**
   * Makes the request, and reads its answers until the session ends, beyond the moment when another
   * one has to take over: an introduction may be on its way.
   *
   * @returns why it ended, or that another session has to take over
   */
  async run(): Promise<PeerError | "replace"> {
    await this.#lead();
    await this.#options.session.request(this.#request());
    // When this stand is closed, nobody waits for either any more.
    const reading = this.#read().finally(() => this.close());
    const watching = Promise.race([this.#watch(), this.#watchAddress(), this.#watchNames()]);
    return await Promise.race([reading, watching.catch(() => reading)]);
  }

  /** Whoever has another port than its Token gives it had another socket, or somebody like it has. */
  async #lead(): Promise<void> {
    const { setup } = this.#options;
    const { platform: { clock }, token } = setup;
    if (token === undefined || this.socket.local.port === udpPortOf(setup)) return;
    await sleep(clock, REGISTRATION_LEAD_MS, this.#closed.signal).catch(() => {});
  }

  /** Something hints that the session may be dead. */
  check(): void {
    this.#keepAlive.check();
  }

  /** Resolves when the server has answered for the first time, or the session is over. */
  get settled(): Promise<void> {
    return this.#settled.promise;
  }

  /** Leaves the server. */
  close(): void {
    this.#settled.resolve();
    this.#closed.abort();
    this.#options.session.close();
  }

  #request(): Request {
    const { setup: { localPeerPort }, mode, route: { remote } } = this.#options;
    const extension = this.#extension();
    return mode === "Server" || remote === "anybody"
      ? { connectionType: "Server", localPeerPort, extension }
      : { connectionType: mode, localPeerPort, remote, extension };
  }

  #extension(): Extension | undefined {
    const { setup: { token, localEndpoints, note }, mode } = this.#options;
    if (token === undefined) return undefined;
    const isFound = this.#name !== undefined && mode !== "Client";
    return {
      token,
      localEndpoints: localEndpoints === "on" ? this.socket.localEndpoints : [],
      ...(isFound ? { localName: this.#name } : {}),
      ...(note === undefined ? {} : { note }),
    };
  }

  async #read(): Promise<PeerError> {
    for (;;) {
      const outcome = outcomeOf(await this.#options.session.receive());
      if (outcome instanceof PeerError) return await this.#explain(outcome);
      this.#isAnswered = true;
      this.#settled.resolve();
      if ("leaseTimeoutS" in outcome) this.#onKeptAlive(outcome);
      else this.#options.onIntroduction(outcome);
    }
  }

  /** A server without names refuses a request by one. */
  async #explain(error: PeerError): Promise<PeerError> {
    if (this.#name === undefined) return error;
    const { setup: { platform }, route: { server } } = this.#options;
    if (error.code !== "bad_request") return explainRefusal(error, this.#name);
    const found = await findNamesKnown(platform, server, this.#closed.signal).catch(() =>
      "unclear"
    );
    return found === "unknown to the server"
      ? withoutNames(server)
      : explainRefusal(error, this.#name);
  }

  /** A server without names takes a host for one without a name, and says nothing. */
  async #watchNames(): Promise<PeerError> {
    const { setup: { platform }, mode, route: { server }, knowsNames, onNamesKnown } =
      this.#options;
    if (this.#name !== undefined && mode === "Server" && !knowsNames) {
      const found = await findNamesKnown(platform, server, this.#closed.signal);
      if (found === "unknown to the server") return withoutNames(server);
      if (found === "unclear" && !this.#isAnswered) return new UnansweredNameError(server);
      await this.#settled.promise;
      onNamesKnown();
    }
    return await new Promise(() => {});
  }

  #onKeptAlive(answer: KeptAlive): void {
    // A third of it: two of three datagrams may be lost.
    const refreshMs = answer.leaseTimeoutS * 1000 / 3;
    this.#keepAlive.answered(refreshMs);
    this.socket.refreshEvery(refreshMs);
    this.#options.onKeptAlive(answer);
  }

  /** From an address that this machine lost nothing comes or goes. */
  async #watchAddress(): Promise<"replace"> {
    const { platform } = this.#options.setup;
    await untilAddress(this.socket.boundTo, "lost", platform, this.#closed.signal);
    return "replace";
  }

  /** A client is answered soon or never; the others wait, and are kept alive. */
  async #watch(): Promise<PeerError | "replace"> {
    const { setup: { platform: { clock } }, mode, route: { server } } = this.#options;
    if (mode !== "Client") return await this.#keepAlive.run(this.#closed.signal);
    await sleep(clock, ANSWER_TIMEOUT_MS, this.#closed.signal);
    return this.#isAnswered ? "replace" : silence(server);
  }
}

function silence(server: Endpoint): PeerError {
  return new PeerError(
    "server_unreachable",
    `Cannot get an answer of the server ${formatEndpoint(server)}: expected one within ` +
      `${
        ANSWER_TIMEOUT_MS / 1000
      } s, received none; it may hear no UDP from here (a firewall?), or ` +
      "be no rendezvous server",
  );
}
