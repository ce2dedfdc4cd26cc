/**
 * The TCP service that `-forward` names: connects to it, and says whether that works.
 *
 * @module
 */

import { formatEndpoint } from "../../address.ts";
import { withTimeout } from "../../async/waiting.ts";
import { errorLine } from "../../error_text.ts";
import type { Platform } from "../../peer/mod.ts";
import { formatHostPort, type HostPort, resolveHost } from "../../peer/names.ts";
import { SERVICE_CONNECT_MS } from "../limits.ts";
import { codeOf } from "../../sockets/error_codes.ts";
import type { Say } from "../status.ts";
import { connectToService, type TcpSocket } from "./tcp_socket.ts";

/** See the module. Its name is looked up for each connection: it may have moved. */
export class TcpTarget {
  readonly #platform: Platform;
  readonly #name: HostPort;
  readonly #say: Say;
  #isSaidDead = false;

  constructor(platform: Platform, name: HostPort, say: Say) {
    this.#platform = platform;
    this.#name = name;
    this.#say = say;
  }

  /**
   * Connects to the first address of its name at which somebody answers.
   *
   * @returns `undefined` when nobody does, which was said then
   * @throws the signal's reason once it is aborted, or an error when this process can open no socket
   */
  async connect(signal: AbortSignal): Promise<TcpSocket | undefined> {
    const { network, clock } = this.#platform;
    const { host, port } = this.#name;
    const failures: string[] = [];
    for (const address of await resolveHost(network, host)) {
      const endpoint = { address, port };
      try {
        const socket = await withTimeout(
          clock,
          SERVICE_CONNECT_MS,
          signal,
          (limited) => connectToService(endpoint, limited),
        );
        this.#sayAlive();
        return socket;
      } catch (error) {
        signal.throwIfAborted();
        if (codeOf(error) === "EMFILE") throw error;
        const reason = errorLine(error);
        failures.push(host.kind === "name" ? `${formatEndpoint(endpoint)}: ${reason}` : reason);
      }
    }
    this.#sayDead(failures.join(", ") || "the name has no address");
    return undefined;
  }

  #sayAlive(): void {
    if (!this.#isSaidDead) return;
    this.#isSaidDead = false;
    this.#say({ level: "info", kind: "target_answers", text: `${this.#text} answers` });
  }

  #sayDead(why: string): void {
    if (this.#isSaidDead) return;
    this.#isSaidDead = true;
    const text = `-forward leads nowhere: ${this.#text}: ${why}; is the service running there, ` +
      "and open to this machine? (said once)";
    this.#say({ level: "warning", kind: "target_dead", text });
  }

  get #text(): string {
    return `tcp:${formatHostPort(this.#name)}`;
  }
}
