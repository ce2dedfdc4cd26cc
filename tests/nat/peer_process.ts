/**
 * The project's own programs, run inside a lab: the server and the peers' commands.
 *
 * @module
 */

import type { PeerErrorCode } from "../../src/peer/errors.ts";
import { type ChildProcess, PROGRAM, programWith } from "../support/child_process.ts";
import type { Mailbox } from "../support/mailbox.ts";
import type { Lab } from "./lab.ts";
import type { Namespace } from "./namespace.ts";

/** What a peer process is told to do. */
export interface PeerTask {
  readonly command: "host" | "join" | "peer";
  readonly server: string;
  readonly local?: number;
  /** `IP/PEERPORT`; a host has none. */
  readonly remote?: string;
  /** By which both sides meet, in place of all numbers. */
  readonly code?: string;
  /** What it carries for others, or for whom. */
  readonly forward?: string;
  readonly listen?: string;
  /** Whether it also says what only the curious want to know; default: it does not. */
  readonly detail?: "told";
  /** Whether it may know the addresses of its machine; default: it may not. */
  readonly addresses?: "known";
}

/** A running peer: what it says of itself, and the lines it exchanges. */
export class PeerProcess implements AsyncDisposable {
  readonly #process: ChildProcess;

  private constructor(process: ChildProcess) {
    this.#process = process;
  }

  /** Starts a peer in `namespace`. */
  static start(
    namespace: Namespace,
    { command, server, detail, addresses, ...values }: PeerTask,
  ): PeerProcess {
    const isForwarding = "forward" in values || "listen" in values;
    const flags = [
      command,
      // Several joiners talk to one host, and no stream here is a terminal.
      ...isForwarding ? [] : ["-datagrams"],
      `-server=${server}`,
      ...Object.entries(values).map(([name, value]) => `-${name}=${value}`),
      ...detail === undefined ? [] : ["-v"],
    ];
    const program = addresses === undefined ? PROGRAM : programWith("--allow-net", "--allow-sys");
    return new PeerProcess(namespace.start([...program, ...flags], { stderr: "piped" }));
  }

  /** Lines of standard error. */
  get status(): Mailbox<string> {
    return this.#process.errors;
  }

  /** Lines from the other side. */
  get received(): Mailbox<string> {
    return this.#process.output;
  }

  /** Whether the process has not ended. */
  get isRunning(): boolean {
    return this.#process.isRunning;
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
    const { code, stderr } = await this.#process.ended(FAILURE_DEADLINE_MS);
    if (code !== 1) {
      throw new Error(`Cannot go on: expected exit code 1, received ${code}: ${stderr}`);
    }
    return this.status.things.at(-1)?.split(":")[0] as PeerErrorCode;
  }

  /** Sends a line to the other side. */
  async send(text: string): Promise<void> {
    await this.#process.write(`${text}\n`);
  }

  /** Ends the process. */
  async [Symbol.asyncDispose](): Promise<void> {
    await end(this.#process);
  }
}

const SERVER_PORT = 6969;
/** Peers behind NATs that cannot meet try for a while before they give up. */
const FAILURE_DEADLINE_MS = 30_000;
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
  const server = namespace.start([...PROGRAM, ...flags]);
  lab.own({ [Symbol.asyncDispose]: () => end(server) });
  await server.output.find((line) => line.includes("listens on"), "a listening server");
  return { ...addresses, port: SERVER_PORT };
}

/** Lets a process say goodbye. */
async function end(process: ChildProcess): Promise<void> {
  if (process.isRunning) process.signal("SIGTERM");
  await process.endInput().catch(() => {});
  await process.ended();
}

function isConnected(line: string): boolean {
  return line.startsWith("connected");
}
