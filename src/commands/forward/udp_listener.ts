/**
 * The clients' side of an existing UDP application through a punched hole: `-listen` beside its
 * clients.
 *
 * @module
 */

import { type Endpoint, type EndpointKey, endpointKey, formatEndpoint } from "../../address.ts";
import type { Connection, Platform, UdpSocket } from "../../peer/mod.ts";
import { CommandStreams } from "../command_streams.ts";
import { FLOW_IDLE_MS, MAX_CLIENTS } from "../limits.ts";
import type { Say } from "../status.ts";
import { describeTooLong, Drops } from "../drops.ts";
import { decodeFrame, FLOW_NUMBERS, FrameWriter, MAX_FLOW_DATAGRAM_BYTES } from "./flow_frame.ts";
import { IdleMap } from "./idle_map.ts";
import { PathSize } from "./path_size.ts";
import { SendWindow } from "../send_window.ts";

/** A client of the application. */
interface Client {
  readonly endpoint: Endpoint;
  readonly flow: number;
}

/** One socket, on which each client's endpoint is a flow. */
export class UdpListener {
  readonly #platform: Platform;
  readonly #socket: UdpSocket;
  readonly #say: Say;
  readonly #drops: Drops;
  readonly #frames = new FrameWriter();
  readonly #clients: IdleMap<EndpointKey, Client>;
  readonly #byFlow = new Map<number, Client>();
  #nextFlow = 0;
  #connection: Connection | undefined;
  #pathSize: PathSize | undefined;

  /** Takes a socket over; what arrives without a connection is dropped, and said. */
  constructor(platform: Platform, socket: UdpSocket, say: Say) {
    this.#platform = platform;
    this.#socket = socket;
    this.#say = say;
    this.#drops = new Drops("a client of -listen", say);
    const limits = { idleMs: FLOW_IDLE_MS, maxEntries: MAX_CLIENTS };
    this.#clients = new IdleMap(platform.clock, limits, (client) => {
      this.#byFlow.delete(client.flow);
      this.#sayFlow("closed", client);
    });
    this.#readClients();
  }

  /** Where it listens. */
  get local(): Endpoint {
    return this.#socket.local;
  }

  /** Carries datagrams over a connection until that is over. */
  async carry(connection: Connection): Promise<void> {
    this.#drops.sayTotal();
    this.#connection = connection;
    new CommandStreams(connection, { use: "udp_listen", say: this.#say });
    this.#pathSize = new PathSize(connection, this.#platform, this.#say);
    const drops = new Drops(connection.remoteName, this.#say);
    const sends = new SendWindow(drops);
    for await (const received of connection) {
      const frame = decodeFrame(received);
      if (frame === undefined) {
        drops.count("not_framed", () => `${connection.remoteName} does not use -forward`);
        continue;
      }
      const client = this.#byFlow.get(frame.flow);
      if (client === undefined) {
        drops.count("no_client", () => `nobody has used flow ${frame.flow} for minutes`);
        continue;
      }
      this.#clients.use(endpointKey(client.endpoint));
      const { datagram } = frame;
      await sends.pass(this.#socket.send(datagram, client.endpoint), datagram.length);
    }
    this.#connection = undefined;
    drops.add("unread", connection.droppedCount);
    drops.sayTotal();
    this.#drops.sayTotal();
    this.#clients.clear();
  }

  /** Stops listening. */
  close(): void {
    this.#drops.sayTotal();
    this.#clients.clear();
    this.#socket.close();
  }

  async #readClients(): Promise<void> {
    const sends = new SendWindow(this.#drops);
    for await (const { bytes, source } of this.#socket) {
      if (this.#connection === undefined) {
        this.#drops.count("no_connection", () => "there is no connection to the other side yet");
      } else if (bytes.length > MAX_FLOW_DATAGRAM_BYTES) {
        this.#drops.count("too_long", () => describeTooLong(bytes.length, MAX_FLOW_DATAGRAM_BYTES));
      } else {
        this.#pathSize?.carries(bytes.length);
        const frame = this.#frames.write(this.#flowOf(source), bytes);
        await sends.pass(this.#connection.send(frame), bytes.length);
      }
    }
  }

  #flowOf(endpoint: Endpoint): number {
    const key = endpointKey(endpoint);
    const known = this.#clients.use(key);
    if (known !== undefined) return known.flow;
    const flow = this.#nextFlow;
    this.#nextFlow = (flow + 1) % FLOW_NUMBERS;
    const client = { endpoint, flow };
    this.#clients.add(key, client);
    this.#byFlow.set(flow, client);
    this.#sayFlow("opened", client);
    return flow;
  }

  #sayFlow(what: "opened" | "closed", { endpoint, flow }: Client): void {
    const client = formatEndpoint(endpoint);
    const text = `flow ${flow} of ${client} ${what}`;
    this.#say({ level: "detail", kind: `flow_${what}`, text, members: { flow, client } });
  }
}
