/**
 * What a command has around it.
 *
 * @module
 */

import { abortable } from "../async/waiting.ts";
import type { ProcessIo, StandardStream, TerminalSize } from "../cli/process_io.ts";
import { describeIgnored } from "../cli/stop_signals.ts";
import type { Platform } from "../peer/mod.ts";
import { type Say, type StatusValues, statusWriter } from "./status.ts";

/** What a command was asked to do to its end. */
export interface Undertaking {
  readonly direction: string;
  readonly bytes: number;
  /** How far it came, in words. */
  readonly extent: string;
}

/** Input, output and an end. */
export interface CommandIo {
  /** Standard input. */
  readonly input: AsyncIterable<Uint8Array>;
  /** Writes to standard output. @throws the signal's reason once it is aborted */
  readonly output: (bytes: Uint8Array) => Promise<void>;
  /** Closes standard output: who reads it comes to its end. */
  readonly closeOutput: () => void;
  /** Whether a stream is a terminal. */
  readonly isTerminal: (stream: StandardStream) => boolean;
  /** How many bytes standard input has, if it is a file. */
  readonly inputBytes: () => number | undefined;
  /** The same after the end, too: for what a terminal must be left with. */
  readonly restore: (bytes: Uint8Array) => Promise<void>;
  /** Writes a line to standard error. */
  readonly say: Say;
  /** Shows a text below those lines, which may be as wide as `footColumns`. */
  readonly foot: (text: string) => void;
  /** 0 where nobody is to see such a text. */
  readonly footColumns: () => number;
  /** The size of the terminal that standard output is, or `undefined` when it is none. */
  readonly terminalSize: () => TerminalSize | undefined;
  /** Ends the command as its user wants it to end. */
  readonly signal: AbortSignal;
  /** What has begun and is not known to be whole: a command that is stopped then has failed. */
  readonly unfinished: Set<Undertaking>;
  readonly platform: Platform;
  /** How this program is started, see `startOf` of `command_lines.ts`. */
  readonly start: string;
}

/** What a process gives to a command: the first stop signal ends the command. */
export function commandIo(
  process: ProcessIo,
  { platform, start }: Pick<CommandIo, "platform" | "start">,
  values: StatusValues,
): CommandIo {
  const ending = new AbortController();
  const say = statusWriter(values, (line) => process.status(line));
  process.stops.next().then(() => ending.abort());
  process.stops.onIgnored((ignored) =>
    say({ level: "info", kind: "ignored", text: describeIgnored(ignored) })
  );
  const { signal } = ending;
  const isPlain = !values.quiet && !values.json;
  return {
    input: process.input,
    // A write to a pipe that nobody reads ends with the command.
    output: (bytes) => abortable(process.output(bytes), signal),
    closeOutput: () => process.closeOutput(),
    isTerminal: (stream) => process.isTerminal(stream),
    inputBytes: () => process.inputBytes(),
    restore: (bytes) => process.output(bytes),
    say,
    foot: (text) => process.foot(text),
    // The last column is left free: some terminals go to the next line when it is written.
    footColumns: () => isPlain ? (process.terminalSize("status")?.columns ?? 1) - 1 : 0,
    terminalSize: () => process.terminalSize("output"),
    signal,
    unfinished: new Set(),
    platform,
    start,
  };
}
