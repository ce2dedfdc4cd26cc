/**
 * An existing UDP application through a punched hole: `-forward` beside the application's server,
 * `-listen` beside its clients.
 *
 * @module
 */

import { type Endpoint, familyOf, formatEndpoint } from "../../address.ts";
import type { Connection } from "../../peer/socket/connection.ts";
import { FLOW_IDLE_MS, MAX_FLOWS } from "../../peer/limits.ts";
import { formatHostPort, type HostPort, resolveHost } from "../../peer/names.ts";
import type { Platform, UdpSocket } from "../../peer/platform/platform.ts";
import { decodeFrame, encodeFrame, FLOW_NUMBERS } from "./flow_frame.ts";
import { IdleMap } from "./idle_map.ts";

const LIMITS = { idleMs: FLOW_IDLE_MS, maxEntries: MAX_FLOWS };

/** What a forwarding side says of itself. */
type Status = (line: string) => void;

/**
 * Finds the endpoint that a flag names.
 *
 * @throws {Error} when the name has no address
 */
export async function resolveEndpoint(platform: Platform, name: HostPort): Promise<Endpoint> {
  const [address] = await resolveHost(platform.network, name.host);
  if (address !== undefined) return { address, port: name.port };
  throw new Error(`Cannot find ${formatHostPort(name)}: expected a name with an address`);
}

/**
 * The application's side: gives each flow a socket of its own towards `target`, so that the
 * application sees each client apart. Returns when the connection is over.
 */
export async function forward(
  platform: Platform,
  connection: Connection,
  target: Endpoint,
  status: Status,
): Promise<void> {
  const flows = new IdleMap<number, UdpSocket>(platform.clock, LIMITS, (socket, flow) => {
    socket.close();
    status(`flow ${flow} of ${connection.remoteName} closed`);
  });
  let strangeCount = 0;
  for await (const received of connection) {
    const frame = decodeFrame(received);
    if (frame === undefined) {
      if (strangeCount++ === 0) status(`${connection.remoteName} does not use -listen`);
      continue;
    }
    let socket = flows.use(frame.flow);
    if (socket === undefined) {
      socket = platform.network.openUdp(familyOf(target.address));
      flows.add(frame.flow, socket);
      status(`flow ${frame.flow} of ${connection.remoteName} to ${formatEndpoint(target)} opened`);
      returnDatagrams(socket, frame.flow, connection, target, flows);
    }
    await socket.send(frame.datagram, target);
  }
  flows.clear();
}

/** What the application answers goes back into the hole. */
async function returnDatagrams(
  socket: UdpSocket,
  flow: number,
  connection: Connection,
  target: Endpoint,
  flows: IdleMap<number, UdpSocket>,
): Promise<void> {
  for await (const { bytes, source } of socket) {
    if (formatEndpoint(source) !== formatEndpoint(target)) continue;
    flows.use(flow);
    await connection.send(encodeFrame({ flow, datagram: bytes })).catch(() => {});
  }
}

/** The clients' side: one socket, on which each client's endpoint is a flow. */
export class FlowListener {
  readonly #socket: UdpSocket;
  readonly #status: Status;
  readonly #clients: IdleMap<string, number>;
  readonly #endpoints = new Map<number, Endpoint>();
  #nextFlow = 0;
  #connection: Connection | undefined;

  /**
   * Listens at once; what arrives without a connection is dropped.
   *
   * @throws {Error} when `at` cannot be bound
   */
  constructor(platform: Platform, at: Endpoint, status: Status) {
    this.#socket = platform.network.openUdp(at);
    this.#status = status;
    this.#clients = new IdleMap(platform.clock, LIMITS, (flow, client) => {
      this.#endpoints.delete(flow);
      status(`flow ${flow} of ${client} closed`);
    });
    this.#readClients();
  }

  /** Where it listens. */
  get local(): Endpoint {
    return this.#socket.local;
  }

  /** Carries datagrams over a connection until that is over. */
  async carry(connection: Connection): Promise<void> {
    this.#connection = connection;
    let strangeCount = 0;
    for await (const received of connection) {
      const frame = decodeFrame(received);
      if (frame === undefined) {
        if (strangeCount++ === 0) this.#status(`${connection.remoteName} does not use -forward`);
        continue;
      }
      const client = this.#endpoints.get(frame.flow);
      if (client === undefined) continue;
      this.#clients.use(formatEndpoint(client));
      await this.#socket.send(frame.datagram, client);
    }
    this.#connection = undefined;
    this.#clients.clear();
  }

  /** Stops listening. */
  close(): void {
    this.#clients.clear();
    this.#socket.close();
  }

  async #readClients(): Promise<void> {
    for await (const { bytes, source } of this.#socket) {
      if (this.#connection === undefined) continue;
      const flow = this.#flowOf(source);
      await this.#connection.send(encodeFrame({ flow, datagram: bytes })).catch(() => {});
    }
  }

  #flowOf(source: Endpoint): number {
    const client = formatEndpoint(source);
    const known = this.#clients.use(client);
    if (known !== undefined) return known;
    const flow = this.#nextFlow;
    this.#nextFlow = (flow + 1) % FLOW_NUMBERS;
    this.#clients.add(client, flow);
    this.#endpoints.set(flow, source);
    this.#status(`flow ${flow} of ${client} opened`);
    return flow;
  }
}
