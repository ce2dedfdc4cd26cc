/**
 * The text that explains a command line.
 *
 * @module
 */

import { COMMON_FLAGS, type Flag, type Flags } from "./flags.ts";

/**
 * The usage text, one item a line.
 *
 * @param synopses the ways to start the program, e.g. `containment_breach [-port=PORT]`
 */
export function usage(synopses: readonly string[], flags: Flags): string[] {
  return [
    ...synopses.map((synopsis, i) => `${i === 0 ? "Usage:" : "      "} ${synopsis}`),
    "",
    ...Object.entries({ ...flags, ...COMMON_FLAGS }).flatMap(([name, flag]) => [
      `  ${name === "help" ? "-h, " : ""}-${name} ${valueName(flag)}`.trimEnd(),
      `        ${flag.help}${rangeText(flag)}`,
    ]),
  ];
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
    case "text":
      return flag.presence === "required" ? " (required)" : "";
    case "switch":
      return "";
  }
}
