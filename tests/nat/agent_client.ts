/**
 * Plain sockets in a namespace, for tests that look at the lab itself.
 *
 * @module
 */

import { type Endpoint, formatEndpoint } from "../../src/address.ts";
import type { Order, Report } from "./agent.ts";
import { readLines } from "./lines.ts";
import type { Namespace } from "./namespace.ts";

/** Nothing in the lab takes this long: a test that waits longer has failed. */
const DEADLINE_MS = 10_000;

/** A datagram that arrived. */
export interface Received {
  /** The source endpoint, as the socket saw it. */
  readonly from: string;
  readonly text: string;
}

/** A process in a namespace that opens sockets there. */
export class Agent implements AsyncDisposable {
  readonly #child: Deno.ChildProcess;
  readonly #input: WritableStreamDefaultWriter<Uint8Array>;
  readonly #answers: PromiseWithResolvers<Report>[] = [];
  readonly #sockets: AgentSocket[] = [];
  readonly #reading: Promise<void>;

  private constructor(child: Deno.ChildProcess) {
    this.#child = child;
    this.#input = child.stdin.getWriter();
    this.#reading = this.#read();
  }

  /** Starts an agent in `namespace`. */
  static start(namespace: Namespace): Agent {
    const script = new URL("./agent.ts", import.meta.url).pathname;
    return new Agent(namespace.spawn(Deno.execPath(), ["run", "-A", "--unstable-net", script]));
  }

  /**
   * Opens a UDP socket.
   *
   * @param address of the interface to bind to
   * @param answer `echo` sends every datagram back instead of noting it
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
    await this.#input.close();
    await this.#child.status;
    await this.#reading;
  }

  async #order(order: Order): Promise<Report> {
    const answer = Promise.withResolvers<Report>();
    this.#answers.push(answer);
    await this.#input.write(new TextEncoder().encode(JSON.stringify(order) + "\n"));
    return await withDeadline(answer.promise, `an answer to ${JSON.stringify(order)}`);
  }

  async #read(): Promise<void> {
    for await (const line of readLines(this.#child.stdout)) {
      const report = JSON.parse(line) as Report;
      if (report.did === "receive") this.#sockets[report.socket].note(report);
      else this.#answers.shift()?.resolve(report);
    }
  }
}

/** A UDP socket of an {@linkcode Agent}. */
export class AgentSocket {
  /** The port it is bound to. */
  port = 0;
  readonly #address: string;
  readonly #number: number;
  readonly #order: (order: Order) => Promise<Report>;
  #received: Received[] = [];
  #wake = Promise.withResolvers<void>();

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
    const arrived = async () => {
      while (!this.#received.some((each) => each.text === text)) await this.#wake.promise;
    };
    const what = `"${text}" at ${formatEndpoint(this.endpoint)}`;
    await withDeadline(arrived(), what);
    const end = this.#received.findIndex((each) => each.text === text) + 1;
    return this.#received.splice(0, end);
  }

  /** Notes a datagram. */
  note({ from, text }: Received): void {
    this.#received.push({ from, text });
    this.#wake.resolve();
    this.#wake = Promise.withResolvers();
  }
}

/**
 * The same promise, bounded in time.
 *
 * @param what names what was waited for
 * @throws {Error} when `promise` is still pending at the deadline
 */
export async function withDeadline<T>(
  promise: Promise<T>,
  what: string,
  deadlineMs = DEADLINE_MS,
): Promise<T> {
  const expired = Promise.withResolvers<never>();
  const message = `Cannot go on: expected ${what} within ${deadlineMs} ms, received nothing`;
  const timer = setTimeout(() => expired.reject(new Error(message)), deadlineMs);
  return await Promise.race([promise, expired.promise]).finally(() => clearTimeout(timer));
}
