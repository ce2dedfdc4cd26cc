/**
 * A command in this process, with its input, output and status in the hands of a test.
 *
 * @module
 */

import { type ExitCode, runProgram } from "../../src/cli/command.ts";
import { PEER_COMMANDS, peerCommands } from "../../src/commands/mod.ts";
import type { Platform } from "../../src/peer/platform/platform.ts";
import { Queue } from "../../src/async/queue.ts";
import { SERVER_COMMAND } from "../../src/server/command.ts";
import { until } from "../support/deadline.ts";
import { FakeStops } from "../support/fake_stops.ts";

/** The name of a command. */
export type CommandName = keyof typeof PEER_COMMANDS;

/** What the streams of a command are. */
export interface CommandStreamOptions {
  /** Default: both are terminals, between which lines go as datagrams. */
  readonly piped?: "input and output" | "input" | "output";
  /** The bytes of the file that standard input is. */
  readonly inputBytes?: number;
  /** Gets what is written to standard output, in place of `output`. */
  readonly sink?: (bytes: Uint8Array) => Promise<void>;
  /** Columns of the terminal that standard error is; default: it is none. */
  readonly columns?: number;
}

/** A running command. */
export class CommandRun implements AsyncDisposable {
  /** Lines of standard output. */
  readonly output: string[] = [];
  /** Lines of standard error. */
  readonly status: string[] = [];
  /** Texts below those lines, one after the other. */
  readonly feet: string[] = [];
  readonly exit: Promise<ExitCode>;
  readonly #input = new Queue<Uint8Array>(100_000);
  readonly #stops = new FakeStops();
  #rest = "";
  #isOutputClosed = false;

  /** @param commandLine arguments, separated by blanks */
  constructor(
    name: CommandName,
    commandLine: string,
    platform: Platform,
    { piped, inputBytes, sink, columns }: CommandStreamOptions = {},
  ) {
    const args = commandLine.split(" ").filter((argument) => argument !== "");
    const decoder = new TextDecoder();
    const program = {
      name: "containment_breach",
      summary: "a rendezvous server",
      version: "1.2.3",
      description: [],
      examples: [],
      main: SERVER_COMMAND,
      commands: peerCommands(platform, "containment_breach"),
    };
    this.exit = runProgram(program, [name, ...args], {
      input: this.#input,
      output: (bytes) => {
        if (sink !== undefined) return sink(bytes);
        const lines = (this.#rest + decoder.decode(bytes)).split("\n");
        this.#rest = lines.pop() as string;
        this.output.push(...lines);
        return Promise.resolve();
      },
      status: (line) => this.status.push(line),
      print: (line) => this.output.push(line),
      describeLossAs: () => {},
      stops: this.#stops,
      terminalSize: (stream) =>
        stream === "output" || columns === undefined ? undefined : { columns, rows: 24 },
      isTerminal: (stream) =>
        stream === "status" ? columns !== undefined : !(piped ?? "").includes(stream),
      inputBytes: () => inputBytes,
      closeOutput: () => void (this.#isOutputClosed = true),
      foot: (text) => this.feet.push(text),
    });
  }

  /** Whether standard output was closed. */
  get isOutputClosed(): boolean {
    return this.#isOutputClosed;
  }

  /** Pipes bytes in. */
  write(bytes: Uint8Array): void {
    this.#input.push(bytes);
  }

  /** Makes standard input fail. */
  failInput(error: Error): void {
    this.#input.fail(error);
  }

  /** Types text. */
  type(text: string): void {
    this.#input.push(new TextEncoder().encode(text));
  }

  /** Ends the input. */
  endInput(): void {
    this.#input.end();
  }

  /** As an interrupt from the keyboard. */
  interrupt(): void {
    this.#stops.receive({ name: "SIGINT", number: 2 });
  }

  /** Waits, in real time, until standard error has a line that begins so. */
  async says(beginning: string): Promise<void> {
    const found = () => this.status.some((line) => line.startsWith(beginning));
    await until(found, () => `"${beginning}" among ${JSON.stringify(this.status)}`);
  }

  /** Waits, in real time, until standard output has that line. */
  async prints(line: string): Promise<void> {
    await until(() => this.output.includes(line), () => `"${line}", not ${this.output.slice(-5)}`);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.interrupt();
    await this.exit;
  }
}
