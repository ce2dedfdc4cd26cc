/**
 * A program of several commands, and what all of them have in common: asked for help or a version
 * they print it, a mistake is one sentence and the way to the usage, anything else runs.
 *
 * @module
 */

import { type CommandLine, didYouMean, mistake, parseCommandLine } from "./command_line.ts";
import type { Flags, FlagValues } from "./flags.ts";
import type { LineOutput, ProcessIo } from "./process_io.ts";
import { usage } from "./usage.ts";

/** 0 for success, 1 for a failure, 2 for a mistake on the command line. */
export type ExitCode = 0 | 1 | 2;

/** What each {@linkcode ExitCode} means, and what a second signal makes of it. */
export const EXIT_CODES: Readonly<Record<ExitCode | "130, 143", string>> = {
  0: "It did what it was told, or a signal ended it",
  1: "It failed: the server cannot listen, a peer cannot connect, a file did not arrive",
  2: "A mistake on the command line",
  "130, 143": "A second signal (128 and its number) cut the end short",
};

/** What one command is. */
export interface Command<F extends Flags> {
  /** What it does, in one sentence without a full stop. */
  readonly summary: string;
  /** Its flags in one line, e.g. `-server=HOST [-long]`, or each of the ways to use it. */
  readonly synopsis: string | readonly string[];
  readonly flags: F;
  /** What is wrong with values each of which is fine: one sentence. */
  readonly check?: (values: FlagValues<F>) => string | undefined;
  /** Says a mistake in a way of its own; `help` names the way to the usage. */
  readonly sayMistake?: (mistake: SaidMistake<F>, lines: LineOutput) => void;
  readonly run: (values: FlagValues<F>, io: ProcessIo) => Promise<ExitCode>;
}

/** A mistake as a command says it. */
export interface SaidMistake<F extends Flags> {
  /** One sentence. */
  readonly message: string;
  /** The command line that prints the usage. */
  readonly help: string;
  /** The flags that are understood nevertheless. */
  readonly values: Partial<FlagValues<F>>;
}

// deno-lint-ignore no-explicit-any -- each command fits its own flags; together they share no type
type AnyCommand = Command<any>;

/** A command line and what it does. */
export interface Example {
  /** What follows the program's name. */
  readonly args: string;
  /** One sentence without a full stop. */
  readonly does: string;
}

/** A program. */
export interface Program {
  readonly name: string;
  /** What it is, in a few words. */
  readonly summary: string;
  /** What it is for, in paragraphs. */
  readonly description: readonly string[];
  readonly version: string;
  /** Why none of it can run here, if so: one sentence. Asked for help it still prints it. */
  readonly fault?: string | undefined;
  /** What it does when the first argument names no command. */
  readonly main: AnyCommand;
  readonly commands: Readonly<Record<string, AnyCommand>>;
  readonly examples: readonly Example[];
}

/** Does what a command line says. @returns the exit code of the process */
export async function runProgram(
  program: Program,
  args: readonly string[],
  io: ProcessIo,
): Promise<ExitCode> {
  const { name, command, commandLine } = understand(program, args);
  const synopsis = name === undefined ? program.name : `${program.name} ${name}`;
  switch (commandLine.kind) {
    case "help":
      for (const line of usageOf(program, name)) io.print(line);
      return 0;
    case "version":
      io.print(`${program.name} ${program.version}`);
      return 0;
    case "mistake": {
      const { message, values } = commandLine;
      const sayMistake = command.sayMistake ?? sayMistakeInTwoLines;
      sayMistake({ message, values, help: `${synopsis} -help` }, io);
      return 2;
    }
    case "run":
      return await command.run(commandLine.values, io);
  }
}

/** The sentence, and then the way to the usage: a whole usage would push it off the screen. */
export function sayMistakeInTwoLines(
  { message, help }: Pick<SaidMistake<Flags>, "message" | "help">,
  lines: Pick<LineOutput, "status">,
): void {
  lines.status(message);
  lines.status(`Run "${help}" for the usage`);
}

interface Understood {
  /** `undefined` for the program's main command. */
  readonly name: string | undefined;
  readonly command: AnyCommand;
  readonly commandLine: CommandLine<Flags>;
}

function understand(program: Program, args: readonly string[]): Understood {
  const [first, ...rest] = args;
  if (first === "help" && rest.length > 0 && !rest[0].startsWith("-")) {
    return understandHelp(program, rest);
  }
  const name = commandOf(program, first);
  const command = name === undefined ? program.main : program.commands[name];
  const commandLine = parseCommandLine(name === undefined ? args : rest, command.flags);
  if (name === undefined && commandLine.kind === "mistake" && isStrangeWord(first)) {
    return { name, command, commandLine: { ...commandLine, message: noCommand(program, first) } };
  }
  const message = commandLine.kind === "run"
    ? program.fault ?? command.check?.(commandLine.values)
    : undefined;
  if (commandLine.kind !== "run" || message === undefined) return { name, command, commandLine };
  return { name, command, commandLine: { kind: "mistake", message, values: commandLine.values } };
}

/** `help COMMAND` is `COMMAND -help`. */
function understandHelp(program: Program, [asked, ...rest]: readonly string[]): Understood {
  const name = commandOf(program, asked);
  const command = name === undefined ? program.main : program.commands[name];
  if (name !== undefined && rest.length === 0) {
    return { name, command, commandLine: { kind: "help" } };
  }
  const message = name === undefined
    ? mistake("help", "a command", asked) + didYouMean(asked, Object.keys(program.commands))
    : mistake("help", "one command", [asked, ...rest].join(" "));
  return { name: undefined, command, commandLine: { kind: "mistake", message, values: {} } };
}

function commandOf({ commands }: Program, argument: string | undefined): string | undefined {
  return argument !== undefined && Object.hasOwn(commands, argument) ? argument : undefined;
}

/** Whether it stands where a command does, and neither is one nor a flag without its dash. */
function isStrangeWord(argument: string | undefined): argument is string {
  return argument !== undefined && !/^-|=|^(help|version)$/.test(argument);
}

function noCommand({ commands }: Program, received: string): string {
  return mistake("argument", "a command or flags", received) +
    didYouMean(received, Object.keys(commands));
}

/**
 * The usage of a command.
 *
 * @param name of the command, or `undefined` for the program's main one
 */
export function usageOf(program: Program, name: string | undefined): string[] {
  if (name !== undefined) {
    const command = program.commands[name];
    return usage(synopsesOf(`${program.name} ${name}`, command), command.flags);
  }
  const commands = Object.entries(program.commands);
  const summaries = commands.map(([name, { summary }]) => [name, summary]);
  return usage(synopses(program), program.main.flags, Object.fromEntries(summaries));
}

/** All ways to start a program. */
export function synopses({ name, main, commands }: Program): string[] {
  return [
    ...synopsesOf(name, main),
    ...Object.entries(commands).flatMap(([word, command]) =>
      synopsesOf(`${name} ${word}`, command)
    ),
    `${name} help COMMAND`,
  ];
}

function synopsesOf(start: string, { synopsis }: AnyCommand): string[] {
  return [synopsis].flat().map((flags) => `${start} ${flags}`);
}
