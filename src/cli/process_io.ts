/**
 * What a command has around it: the streams of its process, and the signals that stop it.
 *
 * @module
 */

import { fstatSync } from "node:fs";
import { systemClock } from "../clock.ts";
import { LineWriter, writeAll } from "./line_writer.ts";
import { type Stops, StopSignals } from "./stop_signals.ts";

/** Where a program says something. */
export interface LineOutput {
  /** A line to standard output. */
  print(line: string): void;
  /** A line to standard error. */
  status(line: string): void;
  /** Has lines that could not be written counted in this form. */
  describeLossAs(describe: (count: number) => string): void;
}

/** What a terminal shows at once. */
export interface TerminalSize {
  readonly columns: number;
  readonly rows: number;
}

/** That of the first terminals, which programs still count on. */
const USUAL_SIZE: TerminalSize = { columns: 80, rows: 24 };

/** Streams and signals. */
export interface ProcessIo extends LineOutput {
  /** Standard input. */
  readonly input: AsyncIterable<Uint8Array>;
  /** Writes data to standard output, and waits until it is written. */
  output(bytes: Uint8Array): Promise<void>;
  /** Closes standard output: who reads it comes to its end. */
  closeOutput(): void;
  /** Whether a stream is a terminal. */
  isTerminal(stream: StandardStream): boolean;
  /** How many bytes standard input has, if it is a file. */
  inputBytes(): number | undefined;
  /** Shows a text below all lines of standard error, which must be a terminal; empty: none. */
  foot(text: string): void;
  readonly stops: Stops;
  /** The size of the terminal that a stream is, or `undefined` when it is none. */
  terminalSize(stream: "output" | "status"): TerminalSize | undefined;
}

/** One of the three of a process. */
export type StandardStream = "input" | "output" | "status";

/** The number by which the system knows standard input. */
const INPUT_DESCRIPTOR = 0;

/** Last lines that nobody reads hold the end of the process up for no longer than this. */
const FLUSH_TIMEOUT_MS = 500;

/** Those of this process. */
export class DenoProcess implements ProcessIo {
  readonly stops = new StopSignals();
  readonly #printed = new LineWriter(Deno.stdout, systemClock);
  readonly #said = new LineWriter(Deno.stderr, systemClock);

  get input(): AsyncIterable<Uint8Array> {
    return Deno.stdin.readable;
  }

  async output(bytes: Uint8Array): Promise<void> {
    await writeAll(Deno.stdout, systemClock, bytes);
  }

  closeOutput(): void {
    Deno.stdout.close();
  }

  isTerminal(stream: StandardStream): boolean {
    return { input: Deno.stdin, output: Deno.stdout, status: Deno.stderr }[stream].isTerminal();
  }

  inputBytes(): number | undefined {
    try {
      const status = fstatSync(INPUT_DESCRIPTOR);
      return status.isFile() ? status.size : undefined;
    } catch {
      // Windows says nothing of a pipe.
      return undefined;
    }
  }

  terminalSize(stream: "output" | "status"): TerminalSize | undefined {
    if (!this.isTerminal(stream)) return undefined;
    const { columns, rows } = Deno.consoleSize();
    // A terminal that nobody told its size says 0.
    const usual = USUAL_SIZE;
    return { columns: columns > 0 ? columns : usual.columns, rows: rows > 0 ? rows : usual.rows };
  }

  print(line: string): void {
    this.#printed.write(line);
  }

  status(line: string): void {
    this.#said.write(line);
  }

  foot(text: string): void {
    this.#said.foot(text);
  }

  describeLossAs(describe: (count: number) => string): void {
    for (const lines of [this.#printed, this.#said]) lines.describeLossAs(describe);
  }

  /** Ends the process, with what was said before as far as somebody reads it. */
  async exit(code: number): Promise<never> {
    await Promise.all([this.#printed, this.#said].map((lines) => lines.flush(FLUSH_TIMEOUT_MS)));
    return Deno.exit(code);
  }
}
