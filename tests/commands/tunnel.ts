/**
 * Existing programs and what carries them: a host that forwards, and a listener.
 *
 * @module
 */

import { systemPlatform } from "../../src/peer/platform/node_platform.ts";
import { freePort } from "../support/child_process.ts";
import { TestServer } from "../support/test_server.ts";
import { type CommandName, CommandRun } from "./command_run.ts";

/** A host and a joiner, over real sockets of this machine. */
export class Tunnel implements AsyncDisposable {
  /** Where the joiner listens, on 127.0.0.1 unless its flags say otherwise. */
  readonly port = freePort();
  hosting!: CommandRun;
  joined!: CommandRun;
  readonly #owned = new AsyncDisposableStack();
  readonly #server = this.#owned.use(new TestServer());

  private constructor() {}

  /**
   * Opens one.
   *
   * @param hostFlags such as `-forward`
   * @param joinFlags those with which the joiner listens at a free port
   */
  static async open(
    hostFlags: string,
    joinFlags = (port: number) => `-listen=tcp:${port}`,
  ): Promise<Tunnel> {
    const tunnel = new Tunnel();
    tunnel.hosting = tunnel.start("host", `-local=1 ${hostFlags}`);
    await tunnel.hosting.says("reachable as");
    const flags = `-local=2 -remote=127.0.0.1/1 ${joinFlags(tunnel.port)}`;
    tunnel.joined = tunnel.start("join", flags);
    await tunnel.joined.says("connected");
    return tunnel;
  }

  /** Starts one more command at the same server; it ends with the tunnel. */
  start(name: CommandName, flags: string): CommandRun {
    const server = `-server=127.0.0.1:${this.#server.at().port}`;
    return this.#owned.use(new CommandRun(name, `${server} ${flags}`, systemPlatform));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#owned.disposeAsync();
  }
}
