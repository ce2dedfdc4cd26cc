/**
 * A program's page of the manual, in the macros of man(7).
 *
 * @module
 */

import { EXIT_CODES, type Program, synopses } from "./command.ts";
import { COMMON_FLAGS, describeFlag, type Flags, valueName } from "./flags.ts";
import { wrap } from "./wrap.ts";

/**
 * The page, for section 1.
 *
 * @param date day of the release, e.g. `2026-11-24`
 */
export function manPage(program: Program, date: string): string {
  const { name, summary, description, version, main, commands, examples } = program;
  const commandSections = Object.entries(commands).flatMap(([word, { summary, flags }]) => [
    macro("SS", word),
    ...prose(`${summary}.`),
    ...options(flags),
  ]);
  const lines = [
    macro("TH", name.toUpperCase(), "1", date, `${name} ${version}`),
    // Whoever copies a flag wants no hyphen of the formatter in it.
    ".nh",
    ".ad l",
    macro("SH", "NAME"),
    `${plain(name)} \\- ${plain(summary)}`,
    macro("SH", "SYNOPSIS"),
    ...synopses(program).flatMap((synopsis, i) => [...i === 0 ? [] : [".br"], literal(synopsis)]),
    macro("SH", "DESCRIPTION"),
    ...description.flatMap((paragraph, i) => [...i === 0 ? [] : [".PP"], ...prose(paragraph)]),
    macro("SH", "OPTIONS"),
    "Each flag may have one dash or two, and a blank in place of the equals sign.",
    ...options({ ...main.flags, ...COMMON_FLAGS }),
    macro("SH", "COMMANDS"),
    `Each has the flags ${literal("-version")} and ${literal("-help")} as well.`,
    ...commandSections,
    macro("SH", "EXAMPLES"),
    ...examples.flatMap((
      { args, does },
    ) => [...item(literal(`${name} ${args}`)), ...prose(`${does}.`)]),
    macro("SH", "EXIT STATUS"),
    ...Object.entries(EXIT_CODES).flatMap(([codes, meaning]) => [
      ...item(literal(codes)),
      ...prose(`${meaning}.`),
    ]),
  ];
  return lines.map((line) => `${line}\n`).join("");
}

function options(flags: Flags): string[] {
  return Object.entries(flags).flatMap(([name, flag]) => {
    const dashed = name === "help" ? `${literal("-h")}, ${literal("-help")}` : literal(`-${name}`);
    const value = valueName(flag);
    return [
      ...item(value === "" ? dashed : `${dashed}${literal("=")}\\fI${plain(value)}\\fR`),
      ...prose(`${describeFlag(flag)}.`),
    ];
  });
}

function item(tag: string): string[] {
  return [".TP", tag];
}

function macro(name: string, ...args: readonly string[]): string {
  return `.${[name, ...args.map((arg) => `"${plain(arg).replaceAll('"', "\\(dq")}"`)].join(" ")}`;
}

/** Sentences, in short lines as the formatter's own checks ask for. */
function prose(text: string): string[] {
  return wrap("", "", text).map(plain);
}

/** Text to be typed: bold, and with dashes that a person can copy. */
function literal(text: string): string {
  return `\\fB${plain(text).replaceAll("-", "\\-")}\\fR`;
}

/** No character means anything to the formatter. */
function plain(text: string): string {
  return text.replaceAll("\\", "\\e").replace(/^[.']/, "\\&$&");
}
