/**
 * The server as a process of its own, for tests and for what measures it.
 *
 * @module
 */

import { type Endpoint, formatEndpoint, parseEndpoint } from "../../src/address.ts";
import { ChildProcess, type Ended, freePort, PROGRAM } from "./child_process.ts";
import { until } from "./deadline.ts";
import { RawClient } from "./raw_client.ts";

/** A port that was free may be taken a moment later. */
const ATTEMPTS = 5;

/** How to start a {@linkcode ChildServer}. */
export interface ChildServerOptions {
  /** Default: any free one. */
  readonly port?: number;
  /** How `port` is said. Default: `-port=PORT`. */
  readonly portFlags?: readonly string[];
  /** Default: `127.0.0.1`. `"all"` means all addresses of both families. */
  readonly host?: "all";
  /** What shows that it listens. Default: `"line"`, which a log level above info never prints. */
  readonly readyAt?: "line" | "answer";
  /** What stands before the flags. Default: the program from its sources. */
  readonly program?: readonly string[];
  /** Nobody reads what it prints until `readOutput`; it is ready at an answer then. */
  readonly printed?: "unread";
  /** Descriptors that the process may have; Linux and macOS only. */
  readonly maxDescriptors?: number;
}

/** A running server process. */
export class ChildServer implements AsyncDisposable {
  readonly endpoint: Endpoint;
  readonly #process: ChildProcess;

  private constructor(process: ChildProcess, port: number) {
    this.#process = process;
    this.endpoint = { address: "127.0.0.1", port };
  }

  /** Starts a server on 127.0.0.1 and waits until it says that it listens. */
  static async start(
    flags: readonly string[] = [],
    options: ChildServerOptions = {},
  ): Promise<ChildServer> {
    const { port, host, program = PROGRAM, maxDescriptors, printed = "read" } = options;
    const { readyAt = printed === "read" ? "line" : "answer" } = options;
    const limit = maxDescriptors === undefined
      ? []
      : ["sh", "-c", `ulimit -n ${maxDescriptors}; exec "$0" "$@"`];
    const hostFlags = host === "all" ? [] : ["-host=127.0.0.1"];
    for (let left = port === undefined ? ATTEMPTS : 1;; left--) {
      const tried = port ?? freePort();
      const portFlags = options.portFlags ?? [`-port=${tried}`];
      const command = [...limit, ...program, ...hostFlags, ...portFlags, ...flags];
      const server = new ChildServer(ChildProcess.start(command, { printed }), tried);
      if (await server.#listens(readyAt)) return server;
      if (left === 1) throw new Error(`Cannot start a server: ${server.errorLines.join("\n")}`);
    }
  }

  /** Lines of standard output so far; the first says where it listens. */
  get lines(): readonly string[] {
    return this.#process.output.things;
  }

  /** Lines of standard error so far. */
  get errorLines(): readonly string[] {
    return this.#process.errors.things;
  }

  get pid(): number {
    return this.#process.pid;
  }

  /** `127.0.0.1:PORT`. */
  get address(): string {
    return formatEndpoint(this.endpoint);
  }

  /** Returns when the server has taken what was sent before: it takes it in order. */
  async catchesUp(): Promise<void> {
    await until(() => this.#answers(), "an answer");
  }

  signal(signal: Deno.Signal): void {
    this.#process.signal(signal);
  }

  /** Begins to read what the server prints. */
  readOutput(): void {
    this.#process.readOutput();
  }

  /** Closes what it prints to, as a reader that has ended does. */
  async closeOutput(): Promise<void> {
    await this.#process.closeOutput();
  }

  /** Waits for the end of the process. */
  async ended(): Promise<Ended> {
    return await this.#process.ended();
  }

  /** Ends the process, whatever state it is in. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.#process[Symbol.asyncDispose]();
  }

  async #answers(): Promise<boolean> {
    try {
      using client = await RawClient.connect(this.endpoint);
      await client.send("}");
      return (await client.readToEnd()).includes("bad_request");
    } catch (error) {
      if (error instanceof Deno.errors.ConnectionRefused) return false;
      throw error;
    }
  }

  async #listens(readyAt: "line" | "answer"): Promise<boolean> {
    const isReady = () => readyAt === "line" ? this.lines.length > 0 : this.#answers();
    try {
      await until(
        async () => !this.#process.isRunning || await isReady(),
        "the server to listen",
      );
    } catch (error) {
      await this[Symbol.asyncDispose]();
      throw error;
    }
    if (this.#process.isRunning) return true;
    await this.ended();
    return false;
  }
}

/** The endpoints that a server's first line names. */
export function endpointsIn(line: string): Endpoint[] {
  const words = line.split(/[\s,]+/).map(parseEndpoint);
  return words.filter((endpoint) => endpoint !== undefined);
}
