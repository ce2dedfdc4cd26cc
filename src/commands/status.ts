/**
 * What a command says of itself on standard error: lines for people, or JSON for programs.
 *
 * @module
 */

import type { SwitchFlag } from "../cli/flags.ts";

/** How much a line matters, from what only `-v` shows to what ends the command. */
const LEVELS = ["detail", "info", "result", "warning", "error"] as const;

/** One of {@linkcode LEVELS}. */
export type StatusLevel = typeof LEVELS[number];

/** Something that happened. */
export interface StatusLine {
  readonly level: StatusLevel;
  /** What happened, in one word for programs. */
  readonly kind: string;
  /** The same for people, in one line. */
  readonly text: string;
  /** What the text names, for programs. */
  readonly members?: Readonly<Record<string, string | number | readonly string[] | undefined>>;
}

/** Where such lines go. */
export type Say = (line: StatusLine) => void;

/** Flags of every command that says something of itself. */
export const STATUS_FLAGS = {
  quiet: { kind: "switch", help: "Say only what goes wrong, and a host the code that it made" },
  v: { kind: "switch", help: "Say more: each attempt, and the server's own words" },
  json: { kind: "switch", help: "Say it in JSON, one object a line" },
} as const satisfies Record<string, SwitchFlag>;

/** What those flags say. */
export type StatusValues = { readonly [Name in keyof typeof STATUS_FLAGS]: boolean };

/** What is wrong with those flags together. */
export function checkStatusFlags({ quiet, v }: StatusValues): string | undefined {
  return quiet && v ? "Cannot use -quiet: expected it without -v, received both" : undefined;
}

/** Lines in the form that the flags ask for. @param write takes each line */
export function statusWriter(
  { quiet, v, json }: StatusValues,
  write: (line: string) => void,
): Say {
  const least = LEVELS.indexOf(quiet ? "result" : v ? "detail" : "info");
  return (line) => {
    if (LEVELS.indexOf(line.level) >= least) write(json ? asJson(line) : line.text);
  };
}

function asJson({ level, kind, text, members }: StatusLine): string {
  return JSON.stringify({ level, kind, message: text, ...members });
}
