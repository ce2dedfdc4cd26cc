/**
 * The same request under each IP version that may lead to the server.
 *
 * @module
 */

import { type Family, familyOf } from "../../address.ts";
import type { Mode } from "../../protocol/message.ts";
import { PeerError } from "../errors.ts";
import type { PeerEvent } from "../events.ts";
import { MissingFamilyError, ofFamily, type Route } from "./routes.ts";
import type { RegisteredSocket } from "./registration.ts";
import type { Setup, Wait } from "./setup.ts";
import { type IntroducedSocket, StandingRequest } from "./standing_request.ts";

/** What is asked under each IP version, and who is told. */
export interface FamilyRequestsOptions {
  readonly setup: Setup;
  readonly mode: Mode;
  /** In order of preference; not empty. */
  readonly families: readonly Family[];
  /** The ways to ask under all of them, see {@linkcode Question}. */
  readonly routes: (signal: AbortSignal) => Promise<readonly Route[]>;
  /** A socket to go on with, under its own IP version. */
  readonly socket?: RegisteredSocket | undefined;
  /** See {@linkcode Question}. */
  readonly onSocket?: ((socket: RegisteredSocket) => void) | undefined;
  readonly onAsked: () => void;
  /** See {@linkcode Question}. */
  readonly onNamesKnown?: () => void;
  readonly onIntroduced: (introduced: IntroducedSocket) => void;
  /** Told once when no request is left, or the server refuses this peer for good. */
  readonly onFailed: (error: unknown) => void;
}

/**
 * Requests that begin at once. A failure under one IP version is nobody's concern while the request
 * stands under another one: many networks have only one. It is tried again all the same.
 */
export class FamilyRequests {
  readonly #options: FamilyRequestsOptions;
  readonly #requests = new Map<Family, StandingRequest>();
  readonly #asked = new Set<Family>();
  /** The last failures of those that never stood. */
  readonly #failures = new Map<Family, PeerError>();
  #isOver = false;

  constructor(options: FamilyRequestsOptions) {
    this.#options = options;
    for (const family of options.families) this.#start(family, options.setup.wait);
  }

  /** Those that were not given up, by IP version. */
  get requests(): ReadonlyMap<Family, StandingRequest> {
    return this.#requests;
  }

  /** Those under which the server was asked at least once. */
  get askedFamilies(): ReadonlySet<Family> {
    return this.#asked;
  }

  /** Looks at once whether they still stand. */
  check(): void {
    for (const request of this.#requests.values()) request.check();
  }

  /** Leaves the server. */
  close(): void {
    this.#isOver = true;
    for (const request of this.#requests.values()) request.close();
  }

  async #start(family: Family, wait: Wait): Promise<void> {
    const { setup, mode, routes, socket, onSocket, onNamesKnown, onIntroduced } = this.#options;
    const onEvent = (event: PeerEvent) => this.#onEvent(family, event);
    const request = new StandingRequest({ ...setup, wait, onEvent }, {
      mode,
      routes: async (signal) => ofFamily(family, await routes(signal), setup),
      socket: socket !== undefined && familyOf(socket.local.address) === family
        ? socket
        : undefined,
      onSocket,
      onNamesKnown,
    });
    this.#requests.set(family, request);
    try {
      for await (const introduced of request) {
        if (this.#isOver) introduced.socket.close();
        else onIntroduced(introduced);
      }
    } catch (error) {
      request.close();
      this.#onFailure(family, error);
    }
  }

  #onEvent(family: Family, event: PeerEvent): void {
    if (event.kind === "asked") {
      this.#asked.add(family);
      this.#options.onAsked();
    } else if (event.kind === "retry" && !this.#asked.has(family)) {
      this.#failures.set(family, event.error);
      if (this.#asked.size > 0 || this.#tellingFamily() !== family) return;
    }
    this.#options.setup.onEvent(event);
  }

  /** Of families that all have failed, the one whose error says most. */
  #tellingFamily(): Family | undefined {
    const { families } = this.#options;
    if (this.#failures.size < families.length) return undefined;
    return families.find((family) => !(this.#failures.get(family) instanceof MissingFamilyError));
  }

  #onFailure(family: Family, error: unknown): void {
    this.#requests.delete(family);
    if (this.#isOver) return;
    const { setup, families } = this.#options;
    if (!(error instanceof PeerError) || setup.signal.aborted || isForAll(error)) {
      return this.#fail(error);
    }
    this.#failures.set(family, error);
    const failed = families.filter((other) => this.#failures.has(other));
    if (failed.length < families.length || this.#asked.size > Number(this.#asked.has(family))) {
      // Another one may do, or does: this one is tried again in the background.
      this.#start(family, "on");
    } else {
      const telling = this.#tellingFamily();
      this.#fail(telling === undefined ? error : this.#failures.get(telling));
    }
  }

  #fail(error: unknown): void {
    this.close();
    this.#options.onFailed(error);
  }
}

/** Whether an error under one IP version is one under all: it is the same peer. */
function isForAll({ code }: PeerError): boolean {
  return code === "replaced" || code === "bad_request";
}
