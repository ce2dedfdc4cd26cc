/**
 * The clients' side of an existing UDP application through a punched hole: `-listen` beside its
 * clients.
 *
 * @module
 */

import { type Endpoint, formatEndpoint } from "../../address.ts";
import type { Connection, Platform, UdpSocket } from "../../peer/mod.ts";
import { formatHostPort, type HostPort, resolveHost } from "../../peer/names.ts";
import { FLOW_IDLE_MS, MAX_CLIENTS } from "../limits.ts";
import type { Say } from "../status.ts";
import { describeTooLong, Drops } from "../drops.ts";
import { decodeFrame, encodeFrame, FLOW_NUMBERS, MAX_FLOW_DATAGRAM_BYTES } from "./flow_frame.ts";
import { IdleMap } from "./idle_map.ts";

/** One socket, on which each client's endpoint is a flow. */
export class FlowListener {
  readonly #socket: UdpSocket;
  readonly #say: Say;
  readonly #drops: Drops;
  readonly #clients: IdleMap<string, number>;
  readonly #endpoints = new Map<number, Endpoint>();
  #nextFlow = 0;
  #connection: Connection | undefined;

  /** Takes a socket over; what arrives without a connection is dropped, and said. */
  constructor(platform: Platform, socket: UdpSocket, say: Say) {
    this.#socket = socket;
    this.#say = say;
    this.#drops = new Drops("a client of -listen", say);
    const limits = { idleMs: FLOW_IDLE_MS, maxEntries: MAX_CLIENTS };
    this.#clients = new IdleMap(platform.clock, limits, (flow, client) => {
      this.#endpoints.delete(flow);
      this.#sayFlow("closed", flow, client);
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
    const drops = new Drops(connection.remoteName, this.#say);
    for await (const received of connection) {
      const frame = decodeFrame(received);
      if (frame === undefined) {
        drops.count("not_framed", () => `${connection.remoteName} does not use -forward`);
        continue;
      }
      const client = this.#endpoints.get(frame.flow);
      // An answer to a client that has been idle for minutes: nobody waits for it.
      if (client === undefined) continue;
      this.#clients.use(formatEndpoint(client));
      await this.#socket.send(frame.datagram, client);
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
    for await (const { bytes, source } of this.#socket) {
      if (this.#connection === undefined) {
        this.#drops.count("no_connection", () => "there is no connection to the other side yet");
      } else if (bytes.length > MAX_FLOW_DATAGRAM_BYTES) {
        this.#drops.count("too_long", () => describeTooLong(bytes.length, MAX_FLOW_DATAGRAM_BYTES));
      } else {
        const flow = this.#flowOf(source);
        // The connection may have ended in this moment.
        await this.#connection.send(encodeFrame({ flow, datagram: bytes })).catch(() => {});
      }
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
    this.#sayFlow("opened", flow, client);
    return flow;
  }

  #sayFlow(what: "opened" | "closed", flow: number, client: string): void {
    const text = `flow ${flow} of ${client} ${what}`;
    this.#say({ level: "info", kind: `flow_${what}`, text, members: { flow, client } });
  }
}

/**
 * Opens the socket that `-listen` asks for, at the first address of its name that can be had.
 *
 * @throws {Error} naming the flag, the port and what to do, when none can
 */
export async function openListenSocket(platform: Platform, at: HostPort): Promise<UdpSocket> {
  const addresses = await resolveHost(platform.network, at.host);
  let failure: unknown;
  for (const address of addresses) {
    try {
      return platform.network.openUdp({ address, port: at.port });
    } catch (error) {
      // The first address is the preferred one: what is wrong with it tells most.
      failure ??= error;
    }
  }
  const what = `Cannot listen on -listen=${formatHostPort(at)}`;
  if (failure === undefined) throw new Error(`${what}: expected a name with an address`);
  throw new Error(`${what}: ${reasonOf(failure, at.port)}`);
}

function reasonOf(error: unknown, port: number): string {
  if (error instanceof Deno.errors.AddrInUse) {
    return `UDP port ${port} is in use by another program; end that one or give -listen another port`;
  }
  if (error instanceof Deno.errors.AddrNotAvailable) {
    return "this machine has no such address; give -listen one that it has, or the port alone";
  }
  if (error instanceof Deno.errors.PermissionDenied) {
    return `the system denies UDP port ${port}; give -listen one from 1024 on`;
  }
  return error instanceof Error ? error.message.split("\n")[0] : String(error);
}
