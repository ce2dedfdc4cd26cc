/**
 * What a command has around it: the streams of its process, and the signals that stop it.
 *
 * @module
 */

import { systemClock } from "../clock.ts";
import { LineWriter } from "./line_writer.ts";
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
  readonly stops: Stops;
  /** The size of the terminal that standard output is, or `undefined` when it is none. */
  terminalSize(): TerminalSize | undefined;
}

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
    for (let done = 0; done < bytes.length;) done += await Deno.stdout.write(bytes.subarray(done));
  }

  terminalSize(): TerminalSize | undefined {
    if (!Deno.stdout.isTerminal()) return undefined;
    const { columns, rows } = Deno.consoleSize();
    // A terminal that nobody told its size says 0.
    return columns > 0 && rows > 0 ? { columns, rows } : USUAL_SIZE;
  }

  print(line: string): void {
    this.#printed.write(line);
  }

  status(line: string): void {
    this.#said.write(line);
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
