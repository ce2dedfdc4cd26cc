/**
 * The program in a terminal of its own, by way of `script` (util-linux).
 *
 * @module
 */

import { readLines } from "./lines.ts";
import { until, within } from "./deadline.ts";

/** What stops the output of a terminal: Ctrl+S. */
const STOP_OUTPUT = "\x13";

/** Whether this machine can make one. */
export const HAS_TERMINALS: boolean = Deno.build.os === "linux" && await hasScript();

/** A running process that has a terminal for all three streams. */
export class TerminalProcess implements AsyncDisposable {
  /** What the terminal shows; the first line is the process's id. */
  readonly lines: string[] = [];
  readonly #script: Deno.ChildProcess;
  readonly #keyboard: WritableStreamDefaultWriter<Uint8Array>;
  readonly #reading: Promise<void>;

  /** Starts Deno with these arguments. */
  constructor(args: readonly string[]) {
    const words = [Deno.execPath(), ...args].map((word) => `'${word}'`).join(" ");
    this.#script = new Deno.Command("script", {
      args: ["-qec", `echo $$; exec ${words}`, "/dev/null"],
      cwd: new URL("../../", import.meta.url),
      env: { NO_COLOR: "1", SHELL: "/bin/sh" },
      stdin: "piped",
      stdout: "piped",
      stderr: "null",
    }).spawn();
    this.#keyboard = this.#script.stdin.getWriter();
    this.#reading = this.#read();
  }

  /** Waits for a line. */
  async shows(pattern: RegExp): Promise<void> {
    const found = () => this.lines.some((line) => pattern.test(line));
    await until(found, () => `${pattern} in ${JSON.stringify(this.lines.slice(-5))}`);
  }

  signal(signal: Deno.Signal): void {
    Deno.kill(this.#pid, signal);
  }

  /** Types Ctrl+S. */
  async stopOutput(): Promise<void> {
    await this.#keyboard.write(new TextEncoder().encode(STOP_OUTPUT));
  }

  /** Closes the window: the terminal is gone, and the system says so to the process. */
  async close(): Promise<void> {
    this.#script.kill("SIGKILL");
    await this.#script.status;
    await this.#reading;
  }

  /** Waits for the end of the process. @returns its exit code */
  async exitCode(): Promise<number> {
    const { code } = await within(this.#script.status, "the process in the terminal to end");
    await this.#reading;
    return code;
  }

  /** Waits for the end of the process after its terminal is gone. */
  async ends(): Promise<void> {
    await until(() => !this.#isRunning(), "the process to end");
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#isRunning()) this.signal("SIGKILL");
    await this.#keyboard.close().catch(() => {});
    await this.exitCode();
  }

  async #read(): Promise<void> {
    for await (const line of readLines(this.#script.stdout)) this.lines.push(line.trimEnd());
  }

  get #pid(): number {
    return Number(this.lines[0]);
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

async function hasScript(): Promise<boolean> {
  try {
    const command = new Deno.Command("script", { args: ["--version"], stdout: "null" });
    return (await command.output()).success;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    throw error;
  }
}
