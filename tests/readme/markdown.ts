/**
 * Parts of a Markdown text, as far as this project's documents use it.
 *
 * @module
 */

import { ROOT } from "../support/source_files.ts";

/** Reads a document of this repository. */
export function readDocument(path: string): string {
  return Deno.readTextFileSync(new URL(path, ROOT));
}

/**
 * The text below a heading, up to the next one of the same or a higher level.
 *
 * @param heading its words, without number signs
 * @throws {Error} when there is no such heading
 */
export function section(markdown: string, heading: string): string {
  const all = headings(markdown);
  const start = all.findIndex(({ words }) => words === heading);
  if (start < 0) throw new Error(`Cannot find a section: expected the heading ${heading}`);
  const end = all.slice(start + 1).find(({ level }) => level <= all[start].level);
  return markdown.split("\n").slice(all[start].line + 1, end?.line).join("\n");
}

/** A heading and where it stands. */
export interface Heading {
  readonly line: number;
  readonly level: number;
  readonly words: string;
}

/** The headings of a document; comments in code blocks are none. */
export function headings(markdown: string): Heading[] {
  let fenced = false;
  return markdown.split("\n").flatMap((text, line) => {
    if (/^ *```/.test(text)) fenced = !fenced;
    const match = fenced ? null : /^(#+) (.+)$/.exec(text);
    return match === null ? [] : [{ line, level: match[1].length, words: match[2] }];
  });
}

/** The contents of all fenced code blocks of a language, e.g. `python`. */
export function codeBlocks(markdown: string, language: string): string[] {
  const fenced = new RegExp(`^( *)\`\`\`${language}(?: .*)?\n([^]*?)^\\1\`\`\`$`, "gm");
  return [...markdown.matchAll(fenced)].map(([, , content]) => content);
}

/**
 * The first code block of a language.
 *
 * @throws {Error} when there is none
 */
export function codeBlock(markdown: string, language: string): string {
  const [block] = codeBlocks(markdown, language);
  if (block === undefined) throw new Error(`Cannot find a code block: expected ${language}`);
  return block;
}

/** The cells of the first table whose heading row begins with `firstHeading`, without that row. */
export function tableRows(markdown: string, firstHeading: string): string[][] {
  const lines = markdown.split("\n");
  const start = lines.findIndex((line) => cells(line)[0] === firstHeading && line[0] === "|");
  if (start < 0) throw new Error(`Cannot find a table: expected the heading ${firstHeading}`);
  const rows = lines.slice(start + 2);
  const length = rows.findIndex((line) => line[0] !== "|");
  return rows.slice(0, length < 0 ? undefined : length).map(cells);
}

function cells(row: string): string[] {
  return row.split("|").slice(1, -1).map((cell) => cell.trim());
}
