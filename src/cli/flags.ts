/**
 * Flags as values: what each is called in the usage, what it accepts, and what it is when absent.
 *
 * @module
 */

/** A whole number within a range. */
export interface IntegerFlag {
  readonly kind: "int";
  readonly help: string;
  readonly min: number;
  readonly max: number;
  readonly initial: number;
}

/** How often a text may or must be given. */
export type Presence = "required" | "optional" | "repeated";

/** A text that `parse` turns into a value; `undefined` means that it is not one. */
export interface TextFlag<Value, P extends Presence> {
  readonly kind: "text";
  readonly presence: P;
  /** What the value is called in the usage, e.g. `IP`. */
  readonly valueName: string;
  readonly help: string;
  /** What `parse` accepts, in words: "expected ..." */
  readonly expected: string;
  readonly parse: (text: string) => Value | undefined;
  /** Whether a mistake may show what was received. Default: `shown`. */
  readonly secrecy?: "shown" | "hidden";
  /**
   * Whether words that belong to no flag, with a blank between them, are its value as well; one flag
   * of a command at the most. Default: `named`.
   */
  readonly form?: "named" | "named or bare";
  /**
   * What is wrong with a text that `parse` does not take, where more can be said than what was
   * expected: the rest of a sentence that begins with the flag.
   */
  readonly refusal?: (text: string) => string;
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
export type Flag = IntegerFlag | TextFlag<any, Presence> | ChoiceFlag<any> | SwitchFlag;

/** Flags by name, in the order of the usage. */
export type Flags = Readonly<Record<string, Flag>>;

type FlagValue<F extends Flag> = F extends IntegerFlag ? number
  : F extends TextFlag<infer Value, "required"> ? Value
  : F extends TextFlag<infer Value, "repeated"> ? readonly Value[]
  : F extends TextFlag<infer Value, "optional"> ? Value | undefined
  : F extends ChoiceFlag<infer Word> ? Word
  : boolean;

/** The values of a set of flags; an absent number or word has its default. */
export type FlagValues<F extends Flags> = { readonly [Name in keyof F]: FlagValue<F[Name]> };

/** What every command answers besides its own flags, in the order of the usage. */
export const COMMON_FLAGS = {
  version: { kind: "switch", help: "Print the version and exit" },
  help: { kind: "switch", help: "Print this and exit" },
} as const satisfies Flags;

/** What the value of a flag is called in a usage, e.g. `int`; nothing for a switch. */
export function valueName(flag: Flag): string {
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

/** What a flag does, what it is when absent, and its range. */
export function describeFlag(flag: Flag): string {
  switch (flag.kind) {
    case "int":
      return `${flag.help} (default ${flag.initial}), ${flag.min} to ${flag.max}`;
    case "choice":
      return `${flag.help} (default ${flag.initial})`;
    case "text":
      return flag.presence === "required" ? `${flag.help} (required)` : flag.help;
    case "switch":
      return flag.help;
  }
}

/** What a flag accepts, in words: "expected ..." */
export function expectation(flag: Flag): string {
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

/** The value that a text stands for. @returns `undefined` when the flag does not accept it */
export function parseValue(flag: Flag, text: string): unknown {
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
  if (!/^(0|-?[1-9]\d*)$/.test(text)) return undefined;
  const value = Number(text);
  return value >= min && value <= max ? value : undefined;
}
