/**
 * Asks the server for one remote peer, as often as that is needed: at first, and again when the path
 * is lost.
 *
 * @module
 */

import { type Family, familyOf } from "../../address.ts";
import { Queue } from "../../async/queue.ts";
import { sleep } from "../../async/waiting.ts";
import type { Mode } from "../../protocol/message.ts";
import { FAMILY_GRACE_MS, MAX_QUEUED_CLIENTS } from "../limits.ts";
import { FamilyRequests } from "./family_requests.ts";
import { isNamed } from "./naming.ts";
import type { RegisteredSocket } from "./registration.ts";
import {
  checkFamilies,
  familiesOf,
  findRoutes,
  ofFamily,
  type Route,
  type SoughtPeer,
} from "./routes.ts";
import type { Setup } from "./setup.ts";
import { type IntroducedSocket, StandingRequest } from "./standing_request.ts";

/** `Client`: the remote peer hosts. `Peer`: it asks for this peer as well. */
export type AskMode = Exclude<Mode, "Server">;

/** What differs from asking for the first time. */
export interface AskOptions {
  /** The IP versions under which there is no path. */
  readonly except?: ReadonlySet<Family>;
  /** A socket to go on with where this machine's address is still the same. */
  readonly socket?: RegisteredSocket | undefined;
  /** See {@linkcode Question}. */
  readonly onSocket?: ((socket: RegisteredSocket) => void) | undefined;
}

type SocketOptions = Pick<AskOptions, "socket" | "onSocket">;

/** Whoever asks for one remote peer. */
export class Introducer {
  readonly #setup: Setup;
  readonly #remote: SoughtPeer;
  readonly #mode: AskMode;

  constructor(setup: Setup, remote: SoughtPeer, mode: AskMode) {
    this.#setup = setup;
    this.#remote = remote;
    this.#mode = mode;
  }

  /**
   * Asks until there is an introduction.
   *
   * @throws {PeerError} when there will be none
   * @throws the signal's reason once it is aborted
   */
  async introduce({ except = new Set(), ...sockets }: AskOptions = {}): Promise<IntroducedSocket> {
    checkFamilies(this.#setup.server, this.#remote);
    const families = this.#families().filter((family) => !except.has(family));
    const introduced = this.#mode === "Client" || families.length === 1
      ? await this.#ask(families, sockets)
      : await this.#askUnderAll(families, sockets);
    const { source, dest } = introduced.introduction;
    try {
      this.#setup.onEvent({ kind: "introduced", source, dest });
      return introduced;
    } catch (error) {
      introduced.socket.close();
      throw error;
    }
  }

  /** Whether one could ask under another IP version than these. */
  hasOther(families: ReadonlySet<Family>): boolean {
    return this.#families().some((family) => !families.has(family));
  }

  /** In order of preference: one's own address is shared with other machines in IPv4 alone. */
  #families(): Family[] {
    const families = familiesOf(this.#setup.server);
    if (isNamed(this.#remote)) return families.toReversed();
    const { host } = this.#remote;
    if (host.kind === "own") return families;
    const reachable = host.kind === "address"
      ? families.filter((family) => family === familyOf(host.address))
      : families;
    // Where there is none in common the routes say so, with the addresses.
    return reachable.length > 0 ? reachable.toReversed() : families;
  }

  async #ask(
    families: readonly Family[],
    sockets: SocketOptions,
  ): Promise<IntroducedSocket> {
    const isExcepted = families.length < this.#families().length;
    const request = new StandingRequest(this.#setup, {
      mode: this.#mode,
      routes: async (signal) => {
        const found = await this.#routes(signal);
        return isExcepted ? ofFamily(families[0], found, this.#setup) : found;
      },
      ...sockets,
    });
    try {
      return (await request[Symbol.asyncIterator]().next()).value as IntroducedSocket;
    } finally {
      request.close();
    }
  }

  /**
   * Both peers have to ask under the same IP version, and neither knows which one the other has: each
   * asks under all. Where both answers come at about the same time, both peers take the same one.
   */
  async #askUnderAll(
    families: readonly Family[],
    sockets: SocketOptions,
  ): Promise<IntroducedSocket> {
    const { platform: { clock }, signal } = this.#setup;
    const answers = new Queue<IntroducedSocket>(MAX_QUEUED_CLIENTS);
    let isChosen = false;
    const requests = new FamilyRequests({
      setup: this.#setup,
      mode: this.#mode,
      families,
      routes: (signal) => this.#routes(signal),
      ...sockets,
      onAsked: () => {},
      onIntroduced: (introduced) => isChosen ? introduced.socket.close() : answers.push(introduced),
      onFailed: (error) => answers.fail(error),
    });
    try {
      const first = (await answers.next()).value as IntroducedSocket;
      const isAlone = requests.askedFamilies.size === 1;
      if (isAlone || familyOfSocket(first) === families[0]) return first;
      await sleep(clock, FAMILY_GRACE_MS, signal).catch((error) => {
        first.socket.close();
        throw error;
      });
      const all = [first, ...answers.drain()];
      const best = all.find((answer) => familyOfSocket(answer) === families[0]) ?? first;
      for (const answer of all) if (answer !== best) answer.socket.close();
      return best;
    } finally {
      isChosen = true;
      for (const { socket } of answers.drain()) socket.close();
      requests.close();
    }
  }

  #routes(signal: AbortSignal): Promise<Route[]> {
    return findRoutes(this.#setup, this.#remote, signal);
  }
}

function familyOfSocket({ socket }: IntroducedSocket): Family {
  return familyOf(socket.local.address);
}
