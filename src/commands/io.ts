/**
 * What a command has around it.
 *
 * @module
 */

import { abortable } from "../async/waiting.ts";
import type { ProcessIo, TerminalSize } from "../cli/process_io.ts";
import { describeIgnored } from "../cli/stop_signals.ts";
import type { Platform } from "../peer/mod.ts";
import { type Say, type StatusValues, statusWriter } from "./status.ts";

/** Input, output and an end. */
export interface CommandIo {
  /** Standard input. */
  readonly input: AsyncIterable<Uint8Array>;
  /** Writes to standard output. @throws the signal's reason once it is aborted */
  readonly output: (bytes: Uint8Array) => Promise<void>;
  /** The same after the end, too: for what a terminal must be left with. */
  readonly restore: (bytes: Uint8Array) => Promise<void>;
  /** Writes a line to standard error. */
  readonly say: Say;
  /** The size of the terminal that standard output is, or `undefined` when it is none. */
  readonly terminalSize: () => TerminalSize | undefined;
  /** Ends the command as its user wants it to end. */
  readonly signal: AbortSignal;
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
  return {
    input: process.input,
    // A write to a pipe that nobody reads ends with the command.
    output: (bytes) => abortable(process.output(bytes), signal),
    restore: (bytes) => process.output(bytes),
    say,
    terminalSize: () => process.terminalSize(),
    signal,
    platform,
    start,
  };
}
