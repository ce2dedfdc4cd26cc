/**
 * Plain sockets in a namespace, for tests that look at the lab itself.
 *
 * @module
 */

import { type Endpoint, formatEndpoint } from "../../src/address.ts";
import type { Order, Report } from "./agent.ts";
import type { ChildProcess } from "../support/child_process.ts";
import { Mailbox } from "../support/mailbox.ts";
import type { Namespace } from "./namespace.ts";

/** A datagram that arrived. */
export interface Received {
  /** The source endpoint, as the socket saw it. */
  readonly from: string;
  readonly text: string;
}

/** A process in a namespace that opens sockets there. */
export class Agent implements AsyncDisposable {
  readonly #process: ChildProcess;
  readonly #answers = new Mailbox<Report>();
  readonly #sockets: AgentSocket[] = [];

  private constructor(namespace: Namespace) {
    const script = new URL("./agent.ts", import.meta.url).href;
    this.#process = namespace.start([Deno.execPath(), "run", "-A", "--unstable-net", script], {
      sink: { put: (line) => this.#take(JSON.parse(line)), end: () => this.#end() },
    });
  }

  /** Starts an agent in `namespace`. */
  static start(namespace: Namespace): Agent {
    return new Agent(namespace);
  }

  /**
   * Opens a UDP socket.
   *
   * @param address of the interface to bind to
   * @param options `echo` sends every datagram back instead of noting it
   */
  async open(
    address: string,
    { port = 0, answer = "nothing" }: { port?: number; answer?: "echo" | "nothing" } = {},
  ): Promise<AgentSocket> {
    const number = this.#sockets.length;
    const socket = new AgentSocket((order) => this.#order(order), number, address);
    this.#sockets.push(socket);
    const opened = await this.#order({ do: "open", socket: number, address, port, answer });
    socket.port = (opened as { port: number }).port;
    return socket;
  }

  /** Listens for TCP connections, which it accepts and leaves alone. */
  async listen(address: string): Promise<Endpoint> {
    const report = await this.#order({ do: "listen", socket: -1, address });
    return { address, port: (report as { port: number }).port };
  }

  /** Opens a TCP connection and says whether that worked. */
  async connect(to: Endpoint): Promise<"connected" | "failed"> {
    const report = await this.#order({ do: "tcp", socket: -1, to });
    return (report as { outcome: "connected" | "failed" }).outcome;
  }

  /** Ends the process. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.#process.endInput();
    await this.#process.ended();
  }

  /** One order at a time: answers carry no number. */
  async #order(order: Order): Promise<Report> {
    await this.#process.write(JSON.stringify(order) + "\n");
    return (await this.#answers.take(() => true, `an answer to ${JSON.stringify(order)}`))[0];
  }

  #take(report: Report): void {
    if (report.did === "receive") this.#sockets[report.socket].received.put(report);
    else this.#answers.put(report);
  }

  #end(): void {
    this.#answers.end();
    for (const { received } of this.#sockets) received.end();
  }
}

/** A UDP socket of an {@linkcode Agent}. */
export class AgentSocket {
  /** The port it is bound to. */
  port = 0;
  /** What arrived. */
  readonly received = new Mailbox<Received>();
  readonly #address: string;
  readonly #number: number;
  readonly #order: (order: Order) => Promise<Report>;

  /** Use {@linkcode Agent.open}. */
  constructor(order: (order: Order) => Promise<Report>, number: number, address: string) {
    this.#order = order;
    this.#number = number;
    this.#address = address;
  }

  /** The endpoint it is bound to. */
  get endpoint(): Endpoint {
    return { address: this.#address, port: this.port };
  }

  /** Sends a datagram; resolves once it has been given to the kernel. */
  async send(text: string, to: Endpoint): Promise<void> {
    await this.#order({ do: "send", socket: this.#number, to, text });
  }

  /**
   * Waits for the datagram `text` and returns it as the last of all that arrived since the last
   * call. What was sent before it on the same way and is not among them never arrived.
   */
  async until(text: string): Promise<Received[]> {
    const what = `"${text}" at ${formatEndpoint(this.endpoint)}`;
    const received = await this.received.take((each) => each.text === text, what);
    return received.map(({ from, text }) => ({ from, text }));
  }
}
