/**
 * Text in lines that a terminal of 80 columns shows whole.
 *
 * @module
 */

/** Width of the terminals that need no more than one line for each of ours. */
export const COLUMNS = 80;

/**
 * Breaks a text at blanks into lines of {@linkcode COLUMNS}, indent included; a blank within square
 * brackets is kept, so that an optional part of a synopsis stays in one piece.
 *
 * @param first what stands before the first line
 * @param indent what stands before each further line
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { wrap } from "./wrap.ts";
 *
 * const lines = wrap("Usage: ", "       ", `program ${"[-a | -b] ".repeat(8).trim()}`);
 * assertEquals(lines[0].length <= 80, true);
 * assertEquals(lines[1], "       [-a | -b] [-a | -b]");
 * ```
 */
export function wrap(first: string, indent: string, text: string): string[] {
  const lines: string[] = [];
  let line = first;
  let isEmpty = true;
  for (const piece of text.match(/(?:\[[^\]]*\]|[^ ])+/g) ?? []) {
    const longer = isEmpty ? line + piece : `${line} ${piece}`;
    if (isEmpty || longer.length <= COLUMNS) {
      line = longer;
      isEmpty = false;
    } else {
      lines.push(line);
      line = indent + piece;
    }
  }
  return [...lines, line];
}
