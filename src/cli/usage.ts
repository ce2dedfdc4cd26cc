/**
 * The text that explains a command line.
 *
 * @module
 */

import { COMMON_FLAGS, describeFlag, type Flags, valueName } from "./flags.ts";
import { wrap } from "./wrap.ts";

/** Stands before what explains an item. */
const INDENT = " ".repeat(8);

/**
 * The usage text, one item a line, in 80 columns.
 *
 * @param synopses the ways to start the program, e.g. `containment_breach [-port=PORT]`
 * @param commands what each command does, by its name
 */
export function usage(
  synopses: readonly string[],
  flags: Flags,
  commands: Readonly<Record<string, string>> = {},
): string[] {
  const items = Object.entries({ ...flags, ...COMMON_FLAGS }).map(([name, flag]) =>
    [
      `${name === "help" ? "-h, " : ""}-${name} ${valueName(flag)}`.trimEnd(),
      describeFlag(flag),
    ] as const
  );
  return [
    ...synopses.flatMap((synopsis, i) =>
      wrap(i === 0 ? "Usage: " : "       ", INDENT + "   ", synopsis)
    ),
    "",
    ...items.flatMap(explain),
    ...Object.keys(commands).length === 0 ? [] : ["", "Commands:"],
    ...Object.entries(commands).flatMap(explain),
  ];
}

function explain([item, explanation]: readonly [item: string, explanation: string]): string[] {
  return [`  ${item}`, ...wrap(INDENT, INDENT, explanation)];
}
