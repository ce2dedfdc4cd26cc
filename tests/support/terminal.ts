/**
 * A program in a terminal of its own, by way of `script` (util-linux).
 *
 * @module
 */

import { ChildProcess } from "./child_process.ts";
import { until } from "./deadline.ts";
import { hasProgram } from "./needs.ts";

/** What stops the output of a terminal: Ctrl+S. */
const STOP_OUTPUT = "\x13";

/** Whether this machine can make one. */
export const HAS_TERMINALS: boolean = Deno.build.os === "linux" && hasProgram("script");

/** A running process that has a terminal for all three streams. */
export class TerminalProcess implements AsyncDisposable {
  readonly #script: ChildProcess;

  /** Starts a command. */
  constructor(command: readonly string[]) {
    const words = command.map((word) => `'${word}'`).join(" ");
    this.#script = ChildProcess.start(["script", "-qec", `echo $$; exec ${words}`, "/dev/null"], {
      env: { NO_COLOR: "1", SHELL: "/bin/sh" },
      stdin: "piped",
    });
  }

  /** Waits until the terminal shows a line. */
  async shows(pattern: RegExp): Promise<void> {
    await this.#script.output.find((line) => pattern.test(line.trimEnd()), String(pattern));
  }

  signal(signal: Deno.Signal): void {
    Deno.kill(this.#pid, signal);
  }

  /** Types Ctrl+S. */
  async stopOutput(): Promise<void> {
    await this.#script.write(STOP_OUTPUT);
  }

  /** Closes the window: the terminal is gone, and the system says so to the process. */
  async close(): Promise<void> {
    this.#script.signal("SIGKILL");
    await this.#script.ended();
  }

  /** Waits for the end of the process. @returns its exit code; not after `close` */
  async exitCode(): Promise<number> {
    return (await this.#script.ended()).code;
  }

  /** Waits for the end of the process, also after its terminal is gone. */
  async ends(): Promise<void> {
    await until(() => !this.#isRunning(), "the process to end");
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#isRunning()) this.signal("SIGKILL");
    await this.#script[Symbol.asyncDispose]();
  }

  /** The terminal's first line. */
  get #pid(): number {
    return Number(this.#script.output.things[0]);
  }

  #isRunning(): boolean {
    try {
      return !/^State:\s+Z/m.test(Deno.readTextFileSync(`/proc/${this.#pid}/status`));
    } catch (error) {
      if (error instanceof Deno.errors.NotFound) return false;
      throw error;
    }
  }
}
