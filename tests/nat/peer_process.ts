/**
 * The project's own programs, run inside a lab: the server and the peers' commands.
 *
 * @module
 */

import type { PeerErrorCode } from "../../src/peer/errors.ts";
import { readLines } from "../support/lines.ts";
import { Mailbox } from "./mailbox.ts";
import type { Lab } from "./lab.ts";
import type { Namespace } from "./namespace.ts";

const MAIN = new URL("../../main.ts", import.meta.url).href;

/** What a peer process is told to do. */
export interface PeerTask {
  readonly command: "host" | "join" | "peer";
  readonly server: string;
  readonly local: number;
  /** `IP/PEERPORT`; a host has none. */
  readonly remote?: string;
}

/** A running peer: what it says of itself, and the lines it exchanges. */
export class PeerProcess implements AsyncDisposable {
  /** Lines of standard error. */
  readonly status = new Mailbox<string>();
  /** Lines from the other side. */
  readonly received = new Mailbox<string>();
  readonly #child: Deno.ChildProcess;
  readonly #input: WritableStreamDefaultWriter<Uint8Array>;
  readonly #reading: Promise<unknown>;
  readonly #exitCode = new Mailbox<number>();

  private constructor(child: Deno.ChildProcess) {
    this.#child = child;
    this.#input = child.stdin.getWriter();
    this.#reading = Promise.all([
      collect(child.stderr, this.status),
      collect(child.stdout, this.received),
    ]);
    child.status.then(({ code }) => this.#exitCode.put(code));
  }

  /** Starts a peer in `namespace`. */
  static start(namespace: Namespace, { command, server, local, remote }: PeerTask): PeerProcess {
    const target = remote === undefined ? [] : [`-remote=${remote}`];
    const args = ["run", "--allow-net", MAIN, command, `-server=${server}`, `-local=${local}`];
    return new PeerProcess(
      namespace.spawn(Deno.execPath(), [...args, ...target], { stderr: "piped" }),
    );
  }

  /** Whether the process has not ended. */
  get isRunning(): boolean {
    return this.#exitCode.things.length === 0;
  }

  /** Whether it has ever said that it is connected. */
  get wasConnected(): boolean {
    return this.status.things.some(isConnected);
  }

  /** Waits until it asked the server. */
  async asked(): Promise<void> {
    await this.status.find((line) => line.startsWith("asked"), "a request");
  }

  /**
   * Waits until it is connected.
   *
   * @returns which kind of path is in use
   * @throws {Error} with what it said instead
   */
  async connected(): Promise<"local" | "public"> {
    const line = await this.status.find(isConnected, "a connection");
    return line.includes(" local path ") ? "local" : "public";
  }

  /**
   * Waits until the process ends with an error.
   *
   * @returns the error's code
   */
  async failed(): Promise<PeerErrorCode> {
    try {
      await this.#exitCode.find((code) => code === 1, "exit code 1");
    } catch (error) {
      throw new Error(`${(error as Error).message} after ${this.status.things.join(" / ")}`);
    }
    await this.#reading;
    return this.status.things.at(-1)?.split(":")[0] as PeerErrorCode;
  }

  /** Sends a line to the other side. */
  async send(text: string): Promise<void> {
    await this.#input.write(new TextEncoder().encode(`${text}\n`));
  }

  /** Ends the process. */
  async [Symbol.asyncDispose](): Promise<void> {
    if (this.isRunning) this.#child.kill("SIGTERM");
    await this.#input.close().catch(() => {});
    await this.#child.status;
    await this.#reading;
  }
}

const SERVER_PORT = 6969;
let serversOfThisProcess = 0;

/** Where a server listens. */
export interface ServerAddress {
  readonly ipv4: string;
  readonly ipv6: string;
  readonly port: number;
}

/**
 * Starts a server on the lab's internet; it ends with the lab.
 *
 * @param leaseTimeoutSeconds for tests that wait until a lease ends
 */
export async function startServer(lab: Lab, leaseTimeoutSeconds = 90): Promise<ServerAddress> {
  const namespace = await lab.namespace(`server${++serversOfThisProcess}`);
  const addresses = await lab.internet.connect(namespace);
  const flags = [`-port=${SERVER_PORT}`, `-lease_timeout=${leaseTimeoutSeconds}`];
  const child = namespace.spawn(Deno.execPath(), ["run", "--allow-net", MAIN, ...flags]);
  const output = new Mailbox<string>();
  const reading = collect(child.stdout, output);
  lab.own({
    async [Symbol.asyncDispose]() {
      child.kill("SIGTERM");
      await child.stdin.close();
      await child.status;
      await reading;
    },
  });
  await output.find((line) => line.includes("listens on"), "a listening server");
  return { ...addresses, port: SERVER_PORT };
}

async function collect(stream: ReadableStream<Uint8Array>, into: Mailbox<string>): Promise<void> {
  for await (const line of readLines(stream)) into.put(line);
  into.end();
}

function isConnected(line: string): boolean {
  return line.startsWith("connected");
}
