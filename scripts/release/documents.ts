/**
 * What goes into a package besides the executable.
 *
 * @module
 */

import { program } from "../../main.ts";
import { completions } from "../../src/cli/completions.ts";
import { manPage } from "../../src/cli/man_page.ts";
import { PROGRAM } from "../../src/version.ts";

/** Texts by their path within an archive. */
export type Documents = ReadonlyMap<string, string>;

/** Path of the man page in an archive. */
export const MAN_PAGE = `${PROGRAM}.1`;

/** Paths of the completions in an archive, by shell, under the names that the shells look for. */
export const COMPLETIONS = {
  bash: `completions/${PROGRAM}.bash`,
  zsh: `completions/_${PROGRAM}`,
  powershell: `completions/${PROGRAM}.ps1`,
} as const;

/** Documents that lie in the repository as they go into an archive. */
const COPIED = [
  "README.md",
  "LICENSE",
  "CHANGELOG.md",
  "docs/PROTOCOL.md",
  "docs/OPERATIONS.md",
  "docs/ARCHITECTURE.md",
];

/** The repository, with a slash at the end. */
export const ROOT = new URL("../../", import.meta.url);

/** Reads a file of this repository. */
export function readFile(path: string): string {
  return Deno.readTextFileSync(new URL(path, ROOT));
}

/**
 * Everything in an archive but the executable.
 *
 * @param date day of the release, e.g. `2026-11-24`
 */
export function documents(date: string): Documents {
  const texts = new Map(COPIED.map((path) => [path, readFile(path)]));
  texts.set(MAN_PAGE, manPage(program, date));
  texts.set(COMPLETIONS.bash, completions(program, "bash"));
  texts.set(COMPLETIONS.zsh, completions(program, "zsh"));
  texts.set(COMPLETIONS.powershell, completions(program, "powershell"));
  return texts;
}
