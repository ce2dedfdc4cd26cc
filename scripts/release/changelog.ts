/**
 * CHANGELOG.md as values: what a release says about itself comes from there.
 *
 * @module
 */

import { wrap } from "../../src/cli/wrap.ts";

/** What one version brings. */
export interface ChangelogSection {
  readonly version: string;
  /** Day of its release, e.g. `2026-11-24`. */
  readonly date: string;
  /** Markdown. */
  readonly body: string;
}

const HEADING = /^## \[(\d+\.\d+\.\d+(?:-[\w.]+)?)\] - (\d{4}-\d{2}-\d{2})$/;

/** The released versions of a changelog in the form of Keep a Changelog, the newest first. */
export function parseChangelog(markdown: string): ChangelogSection[] {
  const sections: { version: string; date: string; lines: string[] }[] = [];
  let current: string[] | undefined;
  for (const line of markdown.split("\n")) {
    const [, version, date] = HEADING.exec(line) ?? [];
    if (version !== undefined) {
      current = [];
      sections.push({ version, date, lines: current });
    } else if (line.startsWith("## ")) current = undefined;
    else current?.push(line);
  }
  return sections.map(({ version, date, lines }) => ({
    version,
    date,
    body: lines.join("\n").trim(),
  }));
}

/**
 * The section of a version.
 *
 * @throws {Error} when there is none
 */
export function sectionOf(markdown: string, version: string): ChangelogSection {
  const section = parseChangelog(markdown).find((section) => section.version === version);
  if (section !== undefined) return section;
  throw new Error(
    `Cannot release ${version}: expected a section "## [${version}] - DATE" in CHANGELOG.md, ` +
      "received none",
  );
}

/**
 * Fails unless a tag names this version, and CHANGELOG.md says what it brings.
 *
 * @throws {Error} that says what to change
 */
export function checkTag(tag: string, version: string, markdown: string): void {
  if (tag !== `v${version}`) {
    throw new Error(
      `Cannot release the tag ${tag}: expected v${version}, the version of deno.json`,
    );
  }
  sectionOf(markdown, version);
}

/**
 * A changelog as Debian has it.
 *
 * @param maintainer name and mail address, e.g. `Somebody <somebody@example.org>`
 */
export function debianChangelog(
  sections: readonly ChangelogSection[],
  { name, maintainer }: { readonly name: string; readonly maintainer: string },
): string {
  return sections.map(({ version, date, body }) =>
    [
      `${name} (${version}) stable; urgency=medium`,
      "",
      ...entries(body).flatMap((entry) => wrap("  * ", "    ", entry)),
      "",
      ` -- ${maintainer}  ${mailDate(date)}`,
      "",
    ].join("\n")
  ).join("\n");
}

/** The list items of a Markdown text, each in one line. */
function entries(body: string): string[] {
  const items = body.split("\n").filter((line) => /^(?:- | {2})/.test(line)).join("\n");
  return items.split(/^- /m).slice(1).map((item) => item.trim().replace(/\s+/g, " "));
}

/** Midnight of a day as mail has it (RFC 5322). */
function mailDate(date: string): string {
  const [weekday, day, month, year] = new Date(date).toUTCString().replace(",", "").split(" ");
  return `${weekday}, ${day} ${month} ${year} 00:00:00 +0000`;
}
