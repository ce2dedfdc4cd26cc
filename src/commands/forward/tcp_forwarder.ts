/**
 * The service's side of an existing TCP application through a punched hole: `-forward=tcp:` beside
 * the application's server.
 *
 * @module
 */

import { errorLine } from "../../error_text.ts";
import type { Connection, Platform } from "../../peer/mod.ts";
import type { HostPort } from "../../peer/names.ts";
import { CommandStreams, type FlowStream, refuse, RESET_CODES } from "../command_streams.ts";
import { Drops } from "../drops.ts";
import type { Say } from "../status.ts";
import { joinFlow } from "./tcp_flow.ts";
import { TcpTarget } from "./tcp_target.ts";

/** What a TCP service is carried with. */
export interface TcpForwarderOptions {
  readonly platform: Platform;
  readonly target: HostPort;
  /** TCP connections over all connections of peers. */
  readonly maxFlows: number;
  readonly say: Say;
}

/** Carries the flows of any number of connections to one service, and to no other. */
export class TcpForwarder {
  readonly #target: TcpTarget;
  readonly #maxFlows: number;
  readonly #say: Say;
  #flows = 0;

  constructor({ platform, target, maxFlows, say }: TcpForwarderOptions) {
    this.#target = new TcpTarget(platform, target, say);
    this.#maxFlows = maxFlows;
    this.#say = say;
  }

  /** Carries one connection until it is over. */
  async carry(connection: Connection): Promise<void> {
    const drops = new Drops(connection.remoteName, this.#say, "TCP connection");
    const over = new AbortController();
    new CommandStreams(connection, {
      use: "tcp_forward",
      say: this.#say,
      onFlow: (stream) => this.#take(stream, drops, over.signal),
    });
    await connection.ended;
    over.abort();
    drops.sayTotal();
  }

  /** One that is open is never ended for a new one: half an answer is worse than none. */
  async #take(stream: FlowStream, drops: Drops, signal: AbortSignal): Promise<void> {
    if (this.#flows >= this.#maxFlows) {
      drops.count("too_many", () => `${this.#maxFlows} are open; a larger -max_flows allows more`);
      return await refuse(stream, RESET_CODES.too_many);
    }
    this.#flows++;
    try {
      const socket = await this.#target.connect(signal);
      if (socket === undefined) {
        drops.count("service_refused", () => "the service cannot be reached");
        await refuse(stream, RESET_CODES.service_refused);
      } else {
        await joinFlow(socket, stream);
      }
    } catch (error) {
      // Where the connection of the peers is over, so is the stream.
      if (signal.aborted) return;
      drops.count("no_socket", () => `${errorLine(error)}; a smaller -max_flows may help`);
      await refuse(stream, RESET_CODES.too_many);
    } finally {
      this.#flows--;
    }
  }
}
