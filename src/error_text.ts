/**
 * What was thrown, in words: it need not be an error.
 *
 * @module
 */

/** What an error says. */
export function errorText(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** The same in one line: runtimes put a hint for programmers below some. */
export function errorLine(error: unknown): string {
  return errorText(error).split("\n")[0];
}
