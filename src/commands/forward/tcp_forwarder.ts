/**
 * The service's side of an existing TCP application through a punched hole: `-forward=tcp:` beside
 * the application's server.
 *
 * @module
 */

import { errorLine } from "../../error_text.ts";
import type { Connection } from "../../peer/mod.ts";
import { CommandStreams, type FlowStream, refuse, RESET_CODES } from "../command_streams.ts";
import { Drops } from "../drops.ts";
import { FlowBudget, type FlowOwner } from "./flow_budget.ts";
import type { ForwardingOptions } from "./forwarding.ts";
import { IdleMap } from "./idle_map.ts";
import { joinFlow } from "./tcp_flow.ts";
import { TcpTarget } from "./tcp_target.ts";

/** What the flows of all connections share. */
interface Shared extends ForwardingOptions {
  readonly service: TcpTarget;
  readonly budget: FlowBudget;
}

/** Carries the flows of any number of connections to one service, and to no other. */
export class TcpForwarder {
  readonly #shared: Shared;

  constructor(options: ForwardingOptions) {
    const { platform, target, maxFlows, say } = options;
    const service = new TcpTarget(platform, target, say);
    this.#shared = { ...options, service, budget: new FlowBudget(maxFlows) };
  }

  /** Carries one connection until it is over. */
  async carry(connection: Connection): Promise<void> {
    const flows = new Flows(connection, this.#shared);
    new CommandStreams(connection, {
      use: "tcp_forward",
      say: this.#shared.say,
      onFlow: (stream) => flows.take(stream),
    });
    await connection.ended;
    flows.close();
  }
}

/** The flows of one connection. */
class Flows implements FlowOwner {
  readonly #shared: Shared;
  readonly #drops: Drops;
  /** With what ends each. However idle one is, only who has most loses it, to others. */
  readonly #flows: IdleMap<FlowStream, AbortController>;

  constructor({ remoteName }: Connection, shared: Shared) {
    const { platform: { clock }, budget, say } = shared;
    this.#shared = shared;
    this.#drops = new Drops(remoteName, say, "TCP connection");
    const limits = { idleMs: Infinity, maxEntries: Infinity };
    this.#flows = new IdleMap(clock, limits, (over) => over.abort());
    budget.enter(this);
  }

  get size(): number {
    return this.#flows.size;
  }

  endIdlest(): void {
    this.#flows.endIdlest();
    this.#drops.count(
      "made_room",
      () =>
        `${this.#sayAll()}, of which nobody had more: the one that was idle longest made room for ` +
        `another side's; ${MORE}`,
    );
  }

  /** Takes a flow that the other side has opened. */
  async take(stream: FlowStream): Promise<void> {
    if (!this.#shared.budget.share(this)) {
      this.#drops.count("too_many", () => `${this.#sayAll()}; ${MORE}`);
      return await refuse(stream, RESET_CODES.too_many);
    }
    const over = new AbortController();
    this.#flows.add(stream, over);
    try {
      await this.#carry(stream, over.signal);
    } catch (error) {
      // It made room, or the connection of the peers is over.
      if (!over.signal.aborted) {
        this.#drops.count("no_socket", () => `${errorLine(error)}; a smaller -max_flows may help`);
      }
      await refuse(stream, RESET_CODES.too_many);
    } finally {
      this.#flows.end(stream);
    }
  }

  /** Ends all flows. */
  close(): void {
    this.#shared.budget.leave(this);
    this.#flows.clear();
    this.#drops.sayTotal();
  }

  async #carry(stream: FlowStream, signal: AbortSignal): Promise<void> {
    const socket = await this.#shared.service.connect(signal);
    if (socket !== undefined) {
      await joinFlow(socket, stream, { signal, onUse: () => this.#flows.use(stream) });
      return;
    }
    this.#drops.count("service_refused", () => "the service cannot be reached");
    await refuse(stream, RESET_CODES.service_refused);
  }

  #sayAll(): string {
    return `${this.#shared.maxFlows} are open`;
  }
}

const MORE = "a larger -max_flows allows more";
