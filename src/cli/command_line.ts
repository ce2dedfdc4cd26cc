/**
 * Command lines: flags in the style of the original program (`-port=1`, `-port 1`, `--port=1`,
 * `--port 1`) into checked values.
 *
 * @module
 */

import { parseArgs } from "@std/cli/parse-args";
import { expectation, type Flag, type Flags, type FlagValues, parseValue } from "./flags.ts";
import { nearMiss } from "./near_miss.ts";

/** What a command line says. */
export type CommandLine<F extends Flags> =
  | { readonly kind: "run"; readonly values: FlagValues<F> }
  | { readonly kind: "help" | "version" }
  | Mistake<F>;

/** A command line that cannot be followed, and what of it is understood nevertheless. */
export interface Mistake<F extends Flags> {
  readonly kind: "mistake";
  /** One sentence. */
  readonly message: string;
  readonly values: Partial<FlagValues<F>>;
}

/** Flags and words that ask for something in any command. */
const ASKING: ReadonlyMap<string, "help" | "version"> = new Map([
  ["h", "help"],
  ["help", "help"],
  ["version", "version"],
]);

/** Ways to ask for the usage that other programs have. */
const FOREIGN_HELP: readonly string[] = ["/?", "-?"];

/** An argument that is a flag; any other that begins with a dash may be a value, as `-5` is. */
const FLAG = /^--?([a-z][^=]*)/i;

/**
 * PowerShell takes what begins with one dash for a flag of its own, and breaks it in two at its first
 * dot: `-server=rendezvous.example.org` arrives as these two.
 */
const BROKEN = { beginning: /^-[a-z][^=.]*=[^.]*$/i, end: /^\./ };

/** What ends the flags for other programs; here nothing follows them. */
const END_OF_FLAGS = "--";

/**
 * Reads a command line. Whoever asks for the usage gets it, whatever else there is.
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
 *   values: {},
 * });
 * ```
 */
export function parseCommandLine<F extends Flags>(
  args: readonly string[],
  flags: F,
): CommandLine<F> {
  const given = readArguments(mend(args), flags);
  if (given.asked === "help") return { kind: "help" };
  const values: Record<string, unknown> = {};
  let { fault } = given;
  for (const [name, flag] of Object.entries(flags)) {
    const texts = given.texts.get(name) ?? [];
    // Whoever asks for the version needs nothing else.
    if (texts.length === 0 && given.asked !== undefined) continue;
    const read = readFlag(name, flag, texts);
    if (read.fault === undefined) values[name] = read.value;
    else fault ??= read.fault;
  }
  if (fault !== undefined) {
    return { kind: "mistake", message: fault, values: values as Partial<FlagValues<F>> };
  }
  if (given.asked === "version") return { kind: "version" };
  return { kind: "run", values: values as FlagValues<F> };
}

/** Puts together what {@linkcode BROKEN} is about; alone, no end of it would be understood. */
function mend(args: readonly string[]): string[] {
  const whole: string[] = [];
  for (const argument of args) {
    const before = whole.at(-1) ?? "";
    const isEnd = BROKEN.end.test(argument) && BROKEN.beginning.test(before);
    if (isEnd) whole[whole.length - 1] = before + argument;
    else whole.push(argument);
  }
  return whole;
}

/** A sentence that says what cannot be used, and why. */
export function mistake(what: string, expected: string, received: string | undefined): string {
  const quoted = received === undefined ? "nothing" : JSON.stringify(received);
  return `Cannot use ${what}: expected ${expected}, received ${quoted}`;
}

/** What the end of such a sentence asks when `received` is nearly one of `names`. */
export function didYouMean(received: string, names: readonly string[], dash = ""): string {
  const meant = nearMiss(received, names);
  return meant === undefined ? "" : `; did you mean ${dash}${meant}?`;
}

/** A flag's texts as they were given; one without a value is `undefined`. */
type Texts = ReadonlyMap<string, readonly (string | undefined)[]>;

interface Given {
  readonly asked: "help" | "version" | undefined;
  /** The first mistake that needs no look at values. */
  readonly fault: string | undefined;
  readonly texts: Texts;
}

function readArguments(args: readonly string[], flags: Flags): Given {
  const names = [...Object.keys(flags), ...ASKING.keys()];
  const bare = bareFlag(flags);
  const uniform = uniformArguments(args, flags, names);
  const { parsed, strangers } = parseUniform(uniform, names);
  const faults: string[] = [];
  const asked = new Set<"help" | "version">();
  const words: string[] = [];
  for (const { kind, argument } of strangers) {
    const asking = kind === "flag" || argument === "h" ? undefined : ASKING.get(argument);
    if (asking !== undefined) asked.add(asking);
    else if (kind === "flag") faults.push(unknownFlag(argument, names));
    else if (bare !== undefined && mayBeBare(argument)) words.push(argument);
    else faults.push(unexpectedWord(argument, flags, names));
  }
  const textsOf = (name: string) => {
    const texts = (parsed[name] ?? []).map((text) =>
      text === "" && uniform.includes(`--${name}`) ? undefined : text
    );
    return name === bare && words.length > 0 ? [...texts, words.join(" ")] : texts;
  };
  for (const [name, asking] of ASKING) {
    const texts = textsOf(name);
    const text = texts.find((text) => text !== undefined);
    if (text !== undefined) faults.push(mistake(`-${name}`, "no value", text));
    else if (texts.length > 0) asked.add(asking);
  }
  return {
    asked: asked.has("help") ? "help" : asked.has("version") ? "version" : undefined,
    fault: faults[0],
    texts: new Map(Object.keys(flags).map((name) => [name, textsOf(name)])),
  };
}

/** The name of the flag whose value needs none before it. */
function bareFlag(flags: Flags): string | undefined {
  const isBare = ([, flag]: [string, Flag]) =>
    flag.kind === "text" && flag.form === "named or bare";
  return Object.entries(flags).find(isBare)?.[0];
}

/** What has an equals sign was to be a flag. */
function mayBeBare(word: string): boolean {
  return word !== END_OF_FLAGS && !word.includes("=");
}

/** An argument that is no known flag and no value of one. */
interface Stranger {
  readonly kind: "flag" | "word";
  readonly argument: string;
}

/** What the parser makes of it, and the strangers in their order. */
function parseUniform(uniform: readonly string[], names: readonly string[]) {
  // The parser understands `--no-port=1` as `--port=1`; here it is an unknown flag.
  const strangers: Stranger[] = uniform
    .filter((argument) => argument.startsWith("--no-"))
    .map((argument) => ({ kind: "flag", argument }));
  // The parser leaves to others what stands behind it; here there are no others.
  const parsed = parseArgs(uniform.filter((argument) => argument !== END_OF_FLAGS), {
    // Switches too: as booleans they would take a following "true" or "false" for their value.
    string: names,
    collect: names,
    unknown: (argument: string, name: string | undefined) => {
      strangers.push({ kind: name === undefined ? "word" : "flag", argument });
      return false;
    },
  }) as Record<string, readonly string[]>;
  // What stands behind it is the mistake that was meant, if there is something.
  if (uniform.includes(END_OF_FLAGS)) strangers.push({ kind: "word", argument: END_OF_FLAGS });
  return { parsed, strangers };
}

/**
 * The parser takes one dash for a group of one-letter flags, and never takes an empty argument or
 * one with a dash for a value: here a name may have one dash or two, and such an argument belongs
 * to the flag before it, so that a mistake names the flag and a text that is hidden stays so. It
 * takes a word after a switch for the value of that: where words are values of their own, they go
 * first, in their order.
 */
function uniformArguments(
  args: readonly string[],
  flags: Flags,
  names: readonly string[],
): string[] {
  const uniform: string[] = [];
  const words: string[] = [];
  const hasBare = bareFlag(flags) !== undefined;
  for (const argument of args) {
    const before = uniform.at(-1) ?? "";
    const flag = before.startsWith("--") ? flags[before.slice(2)] : undefined;
    if (FOREIGN_HELP.includes(argument)) uniform.push("--help");
    else if (hasBare && !argument.startsWith("-") && !mayHaveValue(before, flags)) {
      words.push(argument);
    } else if (flag !== undefined && isDashedValue(argument, flag, names)) {
      uniform[uniform.length - 1] = `${before}=${argument}`;
    } else if (/^-[a-z]/i.test(argument)) uniform.push(`-${argument}`);
    else uniform.push(argument);
  }
  return [...words, ...uniform];
}

/** Whether what follows an argument may be its value: not after a value, nor after a switch. */
function mayHaveValue(argument: string, flags: Flags): boolean {
  return /^--[^=]+$/.test(argument) && flags[argument.slice(2)]?.kind !== "switch";
}

/** Whether it is a value of the flag before it that the parser would not take for one. */
function isDashedValue(argument: string, flag: Flag, names: readonly string[]): boolean {
  if (argument === "") return true;
  if (flag.kind === "switch" || !argument.startsWith("-")) return false;
  const name = FLAG.exec(argument)?.[1];
  // A mistyped flag is no value either.
  return name === undefined || !names.includes(name) && nearMiss(name, names) === undefined;
}

function unknownFlag(argument: string, names: readonly string[]): string {
  const name = FLAG.exec(argument)?.[1];
  // What follows the name may be a secret.
  const received = name === undefined ? argument.replace(/=.*$/s, "") : `-${name}`;
  return mistake("argument", "a known flag", received) +
    didYouMean(received.replace(/^-+/, ""), names, "-");
}

function unexpectedWord(word: string, flags: Flags, names: readonly string[]): string {
  const name = word.replace(/=.*$/s, "");
  const meant = flags[nearMiss(name, names) ?? ""];
  // What follows the name is the secret that it would be behind the flag.
  const received = meant !== undefined && isHidden(meant) ? name : word;
  return mistake("argument", "flags only", received) + didYouMean(name, names, "-");
}

type Read = { readonly fault?: undefined; readonly value: unknown } | { readonly fault: string };

function readFlag(name: string, flag: Flag, texts: readonly (string | undefined)[]): Read {
  if (flag.kind === "text" && flag.presence === "repeated") {
    const read = texts.map((text) => readText(name, flag, text));
    const wrong = read.find(({ fault }) => fault !== undefined);
    return wrong ?? { value: read.map((one) => "value" in one ? one.value : undefined) };
  }
  if (texts.length > 1) {
    const received = isHidden(flag)
      ? `${texts.length} texts`
      : texts.map((text) => JSON.stringify(text ?? "")).join(" and ");
    return { fault: `Cannot use -${name}: expected it once, received ${received}` };
  }
  return texts.length === 0 ? readAbsent(name, flag) : readText(name, flag, texts[0]);
}

function readAbsent(name: string, flag: Flag): Read {
  switch (flag.kind) {
    case "int":
    case "choice":
      return { value: flag.initial };
    case "text":
      return flag.presence === "required"
        ? { fault: mistake(`-${name}`, flag.expected, undefined) }
        : { value: undefined };
    case "switch":
      return { value: false };
  }
}

function readText(name: string, flag: Flag, text: string | undefined): Read {
  if (flag.kind === "switch" && text === undefined) return { value: true };
  const value = text === undefined ? undefined : parseValue(flag, text);
  if (value !== undefined) return { value };
  if (flag.kind === "text" && flag.refusal !== undefined && text !== undefined) {
    return { fault: `Cannot use -${name}: ${flag.refusal(text)}` };
  }
  if (isHidden(flag) && text) {
    return { fault: `Cannot use -${name}: expected ${expectation(flag)}, received another text` };
  }
  return { fault: mistake(`-${name}`, expectation(flag), text) };
}

/** Whether what was received is a secret: a mistake ends up on screens and in logs. */
function isHidden(flag: Flag): boolean {
  return flag.kind === "text" && flag.secrecy === "hidden";
}
