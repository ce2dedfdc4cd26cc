/**
 * The program as its user runs it: a process of its own with network permission only.
 *
 * @module
 */

import { type Endpoint, parseEndpoint } from "../../src/address.ts";
import { close, listen, ListenError } from "../../src/net/listen.ts";
import { readLines } from "./lines.ts";
import { until, within } from "./deadline.ts";
import { RawClient } from "./raw_client.ts";

const ROOT = new URL("../../", import.meta.url);
/** The command that README names. */
const RUN = ["run", "--allow-net", "main.ts"];
/** A port that was free may be taken a moment later. */
const ATTEMPTS = 5;
/** Below the ports that systems give to outgoing connections. */
const PORTS = { first: 10_000, last: 32_000 };

/** How a process ended, and everything it printed. */
export interface Ended {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs the program to its end. */
export async function runProgram(flags: readonly string[], run = RUN): Promise<Ended> {
  const child = spawn(Deno.execPath(), [...run, ...flags]);
  const output = child.output();
  try {
    const { code, stdout, stderr } = await within(output, `an end of ${flags.join(" ")}`);
    return { code, stdout: text(stdout), stderr: text(stderr) };
  } catch (error) {
    child.kill("SIGKILL");
    await output;
    throw error;
  }
}

/** A port of 127.0.0.1 that is free for TCP and UDP. */
export function freePort(): number {
  for (;;) {
    const { first, last } = PORTS;
    const port = first + Math.floor(Math.random() * (last - first));
    try {
      for (const listener of listen("127.0.0.1", port)) close(listener);
      return port;
    } catch (error) {
      if (!(error instanceof ListenError)) throw error;
    }
  }
}

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
  /** Arguments of Deno before the program. */
  readonly run?: readonly string[];
  /** Nobody reads what it prints until `readOutput`; `readyAt` is `"answer"` then. */
  readonly output?: "unread";
  /** Descriptors that the process may have; Linux and macOS only. */
  readonly maxDescriptors?: number;
}

/** A running server process. */
export class ChildServer {
  /** Lines of standard output so far; the first says where it listens. */
  readonly lines: string[] = [];
  /** Lines of standard error so far. */
  readonly errorLines: string[] = [];
  readonly #child: Deno.ChildProcess;
  #reading: Promise<unknown> | undefined;
  readonly endpoint: Endpoint;

  private constructor(child: Deno.ChildProcess, port: number) {
    this.#child = child;
    this.endpoint = { address: "127.0.0.1", port };
  }

  /** Starts a server on 127.0.0.1 and waits until it says that it listens. */
  static async start(
    flags: readonly string[] = [],
    options: ChildServerOptions = {},
  ): Promise<ChildServer> {
    const { port, host, run = RUN, readyAt = "line", output, maxDescriptors } = options;
    for (let left = port === undefined ? ATTEMPTS : 1;; left--) {
      const tried = port ?? freePort();
      const hostFlags = host === "all" ? [] : ["-host=127.0.0.1"];
      const portFlags = options.portFlags ?? [`-port=${tried}`];
      const args = [...run, ...hostFlags, ...portFlags, ...flags];
      const child = maxDescriptors === undefined ? spawn(Deno.execPath(), args) : spawn("sh", [
        "-c",
        `ulimit -n ${maxDescriptors}; exec "$0" "$@"`,
        Deno.execPath(),
        ...args,
      ]);
      const server = new ChildServer(child, tried);
      if (output !== "unread") server.readOutput();
      if (await server.#listens(readyAt)) return server;
      if (left === 1) throw new Error(`Cannot start a server: ${server.errorLines.join("\n")}`);
    }
  }

  get pid(): number {
    return this.#child.pid;
  }

  /** Begins to read what the server prints. */
  readOutput(): void {
    this.#reading ??= Promise.all([
      collect(this.#child.stdout, this.lines),
      collect(this.#child.stderr, this.errorLines),
    ]);
  }

  /** Closes the reading ends of its output, as a reader that has ended does. */
  async closeOutput(): Promise<void> {
    this.#reading = Promise.all([this.#child.stdout.cancel(), this.#child.stderr.cancel()]);
    await this.#reading;
  }

  /** Returns when the server has taken what was sent before: it takes it in order. */
  async catchesUp(): Promise<void> {
    await until(() => this.#answers(), "an answer");
  }

  signal(signal: Deno.Signal): void {
    this.#child.kill(signal);
  }

  /** Waits for the end of the process. */
  async ended(): Promise<Ended> {
    const { code } = await within(this.#child.status, "the server process to end");
    this.readOutput();
    await this.#reading;
    return { code, stdout: this.lines.join("\n"), stderr: this.errorLines.join("\n") };
  }

  /** Ends the process, whatever state it is in. */
  async [Symbol.asyncDispose](): Promise<void> {
    try {
      this.#child.kill("SIGKILL");
    } catch (error) {
      // It has ended.
      if (!(error instanceof TypeError)) throw error;
    }
    await this.ended();
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
    let running = true;
    this.#child.status.then(() => running = false);
    const isReady = () => readyAt === "line" ? this.lines.length > 0 : this.#answers();
    try {
      await until(async () => !running || await isReady(), "the server to listen");
    } catch (error) {
      await this[Symbol.asyncDispose]();
      throw error;
    }
    return running;
  }
}

/** The endpoints that a server's first line names. */
export function endpointsIn(line: string): Endpoint[] {
  const words = line.split(/[\s,]+/).map(parseEndpoint);
  return words.filter((endpoint) => endpoint !== undefined);
}

function spawn(command: string, args: readonly string[]): Deno.ChildProcess {
  return new Deno.Command(command, {
    args: [...args],
    cwd: ROOT,
    env: { NO_COLOR: "1" },
    stdin: "null",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
}

async function collect(stream: ReadableStream<Uint8Array>, lines: string[]): Promise<void> {
  for await (const line of readLines(stream)) lines.push(line);
}

function text(bytes: Uint8Array): string {
  return new TextDecoder().decode(bytes);
}
