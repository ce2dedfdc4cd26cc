/**
 * The application's side of an existing UDP application through a punched hole: `-forward` beside the
 * application's server.
 *
 * @module
 */

import { type Endpoint, familyOf, formatEndpoint } from "../../address.ts";
import { errorText } from "../../error_text.ts";
import type { Connection, Platform, UdpSocket } from "../../peer/mod.ts";
import { CommandStreams } from "../command_streams.ts";
import { FLOW_IDLE_MS } from "../limits.ts";
import type { Say } from "../status.ts";
import { describeTooLong, Drops } from "../drops.ts";
import { FlowBudget } from "./flow_budget.ts";
import { decodeFrame, FrameWriter, MAX_FLOW_DATAGRAM_BYTES } from "./flow_frame.ts";
import type { ForwardingOptions } from "./forwarding.ts";
import { IdleMap } from "./idle_map.ts";
import { SendWindow } from "../send_window.ts";
import { PathSize } from "./path_size.ts";
import { UdpTarget } from "./udp_target.ts";

/** What the flows of all connections share. */
interface Shared {
  readonly platform: Platform;
  readonly target: UdpTarget;
  readonly budget: FlowBudget;
  readonly frames: FrameWriter;
  readonly say: Say;
}

/** Carries the flows of any number of connections to one service. */
export class UdpForwarder {
  readonly #shared: Shared;

  constructor({ platform, target, maxFlows, say }: ForwardingOptions) {
    this.#shared = {
      platform,
      target: new UdpTarget(platform, target, say),
      budget: new FlowBudget(maxFlows),
      frames: new FrameWriter(),
      say,
    };
    this.#shared.target.find();
  }

  /** Carries one connection until it is over. */
  async carry(connection: Connection): Promise<void> {
    const flows = new Flows(connection, this.#shared);
    new CommandStreams(connection, { use: "udp_forward", say: this.#shared.say });
    try {
      for await (const received of connection) await flows.take(received);
    } finally {
      flows.close();
    }
  }
}

/** A socket towards the service, by which the service knows one client. */
interface Flow {
  readonly socket: UdpSocket;
  /** Where the service was when the flow was opened. */
  readonly service: Endpoint;
  /** Where datagrams go: to whoever of the service answered first. */
  to: Endpoint;
  hasAnswer: boolean;
}

/** The flows of one connection. */
class Flows {
  readonly #platform: Platform;
  readonly #connection: Connection;
  readonly #target: UdpTarget;
  readonly #budget: FlowBudget;
  readonly #say: Say;
  readonly #drops: Drops;
  readonly #frames: FrameWriter;
  readonly #pathSize: PathSize;
  readonly #toService: SendWindow;
  readonly #toRemote: SendWindow;
  readonly #flows: IdleMap<number, Flow>;

  constructor(connection: Connection, { platform, target, budget, frames, say }: Shared) {
    this.#platform = platform;
    this.#connection = connection;
    this.#target = target;
    this.#budget = budget;
    this.#frames = frames;
    this.#say = say;
    this.#drops = new Drops(connection.remoteName, say);
    this.#pathSize = new PathSize(connection, platform, say);
    this.#toService = new SendWindow(this.#drops);
    this.#toRemote = new SendWindow(this.#drops);
    const limits = { idleMs: FLOW_IDLE_MS, maxEntries: Infinity };
    this.#flows = new IdleMap(platform.clock, limits, ({ socket }, flow) => {
      socket.close();
      this.#sayFlow("closed", flow);
    });
    budget.enter(this.#flows);
  }

  /** A datagram from the other side. @returns what to wait for before the next one, if anything */
  take(received: Uint8Array): Promise<void> | undefined {
    const frame = decodeFrame(received);
    if (frame === undefined) {
      const { remoteName } = this.#connection;
      this.#drops.count("not_framed", () => `${remoteName} does not use -listen`);
      return undefined;
    }
    this.#target.sending();
    const { endpoint } = this.#target;
    if (endpoint === undefined) {
      this.#drops.count("no_target", () => "the name in -forward has no address");
      return undefined;
    }
    const flow = this.#flowOf(frame.flow, endpoint);
    const { datagram } = frame;
    return flow && this.#toService.pass(flow.socket.send(datagram, flow.to), datagram.length);
  }

  /** Ends all flows. */
  close(): void {
    this.#drops.add("unread", this.#connection.droppedCount);
    this.#drops.sayTotal();
    this.#flows.clear();
    this.#budget.leave(this.#flows);
  }

  #flowOf(number: number, service: Endpoint): Flow | undefined {
    const known = this.#flows.use(number);
    if (known !== undefined && known.service === service) return known;
    this.#flows.end(number);
    this.#budget.makeRoom(this.#flows);
    let socket: UdpSocket;
    try {
      socket = this.#platform.network.openUdp(familyOf(service.address));
    } catch (error) {
      const reason = errorText(error);
      this.#drops.count(
        "no_socket",
        () => `Cannot open a socket for flow ${number}: ${reason}; a smaller -max_flows may help`,
      );
      return undefined;
    }
    const flow = { socket, service, to: service, hasAnswer: false };
    this.#flows.add(number, flow);
    this.#sayFlow("opened", number, service);
    this.#returnDatagrams(number, flow);
    return flow;
  }

  /**
   * What the application answers goes back into the hole. Whoever has sent a datagram to a service
   * trusts its machine: any port of it may answer (TFTP takes a new one for each transfer), and any of
   * the addresses that its name has. Where the service itself has not answered, the next datagrams go
   * to the one that did. Others could be anybody.
   */
  async #returnDatagrams(number: number, flow: Flow): Promise<void> {
    for await (const { bytes, source } of flow.socket) {
      if (!this.#target.isService(source.address)) {
        this.#drops.count(
          "from_elsewhere",
          () =>
            `it came from ${formatEndpoint(source)}, which is not the service ` +
            formatEndpoint(flow.service),
        );
        continue;
      }
      if (!flow.hasAnswer) flow.to = source;
      flow.hasAnswer = true;
      this.#target.answered();
      this.#flows.use(number);
      await this.#sendBack(number, bytes);
    }
  }

  /** @returns what to wait for before the next one, if anything */
  #sendBack(flow: number, datagram: Uint8Array): Promise<void> | undefined {
    const { length } = datagram;
    if (length > MAX_FLOW_DATAGRAM_BYTES) {
      this.#drops.count("too_long", () => describeTooLong(length, MAX_FLOW_DATAGRAM_BYTES));
      return undefined;
    }
    this.#pathSize.carries(length);
    return this.#toRemote.pass(this.#connection.send(this.#frames.write(flow, datagram)), length);
  }

  #sayFlow(what: "opened" | "closed", flow: number, to?: Endpoint): void {
    const { remoteName: remote } = this.#connection;
    const target = to === undefined ? "" : ` to ${formatEndpoint(to)}`;
    this.#say({
      level: "info",
      kind: `flow_${what}`,
      text: `flow ${flow} of ${remote}${target} ${what}`,
      members: { flow, remote, target: to && formatEndpoint(to) },
    });
  }
}
