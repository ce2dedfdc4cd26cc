/**
 * Command lines: flags in the style of the original program (`-port=1`, `-port 1`, `--port=1`,
 * `--port 1`) into checked values, and the usage text.
 *
 * @module
 */

import { parseArgs } from "@std/cli/parse-args";

/** A whole number within a range. */
export interface IntegerFlag {
  readonly kind: "int";
  readonly help: string;
  readonly min: number;
  readonly max: number;
  readonly initial: number;
}

/** A text that `parse` turns into a value; `undefined` means that it is not one. */
export interface TextFlag<Value> {
  readonly kind: "text";
  /** What the value is called in the usage, e.g. `IP`. */
  readonly valueName: string;
  readonly help: string;
  /** What `parse` accepts, in words: "expected ..." */
  readonly expected: string;
  readonly parse: (text: string) => Value | undefined;
}

/** One of a few words. */
export interface ChoiceFlag<Word extends string> {
  readonly kind: "choice";
  readonly help: string;
  readonly words: readonly Word[];
  readonly initial: Word;
}

/** Present or absent. */
export interface SwitchFlag {
  readonly kind: "switch";
  readonly help: string;
}

// deno-lint-ignore no-explicit-any -- the value type of a flag is inferred per flag, see FlagValue
export type Flag = IntegerFlag | TextFlag<any> | ChoiceFlag<any> | SwitchFlag;

/** Flags by name, in the order of the usage. */
export type Flags = Readonly<Record<string, Flag>>;

type FlagValue<F extends Flag> = F extends IntegerFlag ? number
  : F extends TextFlag<infer Value> ? Value | undefined
  : F extends ChoiceFlag<infer Word> ? Word
  : boolean;

/** The values of a set of flags; absent ones have their default, texts are `undefined`. */
export type FlagValues<F extends Flags> = { readonly [Name in keyof F]: FlagValue<F[Name]> };

/** What a command line says. */
export type CommandLine<F extends Flags> =
  | { readonly kind: "run"; readonly values: FlagValues<F> }
  | { readonly kind: "help" }
  | { readonly kind: "mistake"; readonly message: string };

/** Names that ask for the usage in any command. */
const HELP = ["h", "help"];

/**
 * Reads a command line.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { parseCommandLine } from "./command_line.ts";
 *
 * const flags = {
 *   port: { kind: "int", help: "Server port", min: 1, max: 65535, initial: 6969 },
 * } as const;
 * assertEquals(parseCommandLine(["-port", "7000"], flags), { kind: "run", values: { port: 7000 } });
 * assertEquals(parseCommandLine(["-port=0"], flags), {
 *   kind: "mistake",
 *   message: 'Cannot use -port: expected an integer from 1 to 65535, received "0"',
 * });
 * ```
 */
export function parseCommandLine<F extends Flags>(
  args: readonly string[],
  flags: F,
): CommandLine<F> {
  const parsed = readArguments(args, flags);
  if (parsed.kind !== "texts") return parsed;
  const values: Record<string, unknown> = {};
  for (const [name, flag] of Object.entries(flags)) {
    const text = parsed.texts[name];
    const value = text === undefined ? initialValue(flag) : parseValue(flag, text);
    if (text !== undefined && value === undefined) {
      return mistake(`-${name}`, expectation(flag), text);
    }
    values[name] = value;
  }
  return { kind: "run", values: values as FlagValues<F> };
}

/**
 * The usage text.
 *
 * @param synopsis the first line after "Usage:", e.g. `containment_breach [-port=PORT]`
 */
export function usage(synopsis: string, flags: Flags): string {
  const lines = Object.entries(flags).map(([name, flag]) =>
    `  -${name} ${valueName(flag)}`.trimEnd() + `\n        ${flag.help}${rangeText(flag)}`
  );
  return `Usage: ${synopsis}\n\n${lines.join("\n")}\n  -h, -help\n        Print this and exit`;
}

type Texts = { readonly kind: "texts"; readonly texts: Record<string, string | true> };

function readArguments(args: readonly string[], flags: Flags): Texts | CommandLine<never> {
  const dashed = args.map(withTwoDashes);
  let fault = negatedFlag(dashed);
  const parsed = parseArgs(dashed, {
    // Switches too: as booleans they would take a following "true" or "false" for their value.
    string: [...Object.keys(flags), ...HELP],
    unknown: (argument: string, name: string | undefined) => {
      fault ??= name === undefined
        ? mistake("argument", "flags only", argument)
        : mistake("argument", "a known flag", `-${name}`);
      return false;
    },
  }) as Record<string, string | undefined> & { readonly _: readonly string[] };
  if (HELP.some((name) => parsed[name] === "")) return { kind: "help" };
  const [afterTwoDashes] = parsed._;
  if (afterTwoDashes !== undefined) fault ??= mistake("argument", "flags only", afterTwoDashes);
  for (const name of HELP) {
    const value = parsed[name];
    if (value !== undefined) fault ??= mistake(`-${name}`, "no value", value);
  }
  if (fault !== undefined) return fault;
  const texts: Record<string, string | true> = {};
  for (const [name, { kind }] of Object.entries(flags)) {
    const text = parsed[name];
    const isBare = kind === "switch" && text === "" && !dashed.includes(`--${name}=`);
    if (text !== undefined) texts[name] = isBare ? true : text;
  }
  return { kind: "texts", texts };
}

/** The parser understands `--no-port=1` as `--port=1`; here it is an unknown flag. */
function negatedFlag(dashed: readonly string[]): CommandLine<never> | undefined {
  const argument = dashed.find((argument) => argument.startsWith("--no-"));
  return argument === undefined
    ? undefined
    : mistake("argument", "a known flag", argument.slice(1).replace(/=.*$/s, ""));
}

/** The parser takes one dash for a group of one-letter flags; here a name may have one or two. */
function withTwoDashes(argument: string): string {
  return /^-[a-z]/i.test(argument) ? `-${argument}` : argument;
}

function mistake(what: string, expected: string, received: string | true): CommandLine<never> {
  const message = `Cannot use ${what}: expected ${expected}, received ${JSON.stringify(received)}`;
  return { kind: "mistake", message };
}

function initialValue(flag: Flag): unknown {
  switch (flag.kind) {
    case "int":
    case "choice":
      return flag.initial;
    case "text":
      return undefined;
    case "switch":
      return false;
  }
}

function parseValue(flag: Flag, text: string | true): unknown {
  if (text === true) return flag.kind === "switch" ? true : undefined;
  switch (flag.kind) {
    case "int":
      return parseInteger(text, flag);
    case "choice":
      return flag.words.includes(text) ? text : undefined;
    case "text":
      return flag.parse(text);
    case "switch":
      return undefined;
  }
}

function parseInteger(text: string, { min, max }: IntegerFlag): number | undefined {
  if (!/^(0|[1-9]\d*)$/.test(text)) return undefined;
  const value = Number(text);
  return value >= min && value <= max ? value : undefined;
}

function expectation(flag: Flag): string {
  switch (flag.kind) {
    case "int":
      return `an integer from ${flag.min} to ${flag.max}`;
    case "choice":
      return flag.words.join(", ").replace(/, ([^,]*)$/, " or $1");
    case "text":
      return flag.expected;
    case "switch":
      return "no value";
  }
}

function valueName(flag: Flag): string {
  switch (flag.kind) {
    case "int":
      return "int";
    case "choice":
      return flag.words.join("|");
    case "text":
      return flag.valueName;
    case "switch":
      return "";
  }
}

function rangeText(flag: Flag): string {
  switch (flag.kind) {
    case "int":
      return ` (default ${flag.initial}), ${flag.min} to ${flag.max}`;
    case "choice":
      return ` (default ${flag.initial})`;
    default:
      return "";
  }
}
