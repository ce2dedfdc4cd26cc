import { assertEquals, assertThrows } from "@std/assert";
import config from "../../../deno.json" with { type: "json" };
import {
  checkTag,
  debianChangelog,
  parseChangelog,
  sectionOf,
} from "../../../scripts/release/changelog.ts";
import { ROOT } from "../../support/source_files.ts";

const CHANGELOG = `# Changelog

Words.

## [Unreleased]

- Nothing yet

## [1.1.0] - 2026-12-01

### Added

- One thing that takes more
  than one line.
- Another thing.

## [1.0.0] - 2026-11-24

- The first.
`;

Deno.test("the sections of a changelog are its released versions", () => {
  assertEquals(
    parseChangelog(CHANGELOG).map(({ version, date }) => [version, date]),
    [["1.1.0", "2026-12-01"], ["1.0.0", "2026-11-24"]],
  );
  assertEquals(sectionOf(CHANGELOG, "1.0.0").body, "- The first.");
});

Deno.test("a tag must be the version of deno.json and stand in the changelog", () => {
  checkTag("v1.1.0", "1.1.0", CHANGELOG);
  assertThrows(
    () => checkTag("v1.1.0", "1.0.0", CHANGELOG),
    Error,
    "Cannot release the tag v1.1.0: expected v1.0.0, the version of deno.json",
  );
  assertThrows(
    () => checkTag("v1.2.0", "1.2.0", CHANGELOG),
    Error,
    'Cannot release 1.2.0: expected a section "## [1.2.0] - DATE" in CHANGELOG.md, received none',
  );
});

Deno.test("Debian's changelog has every entry in one paragraph of 80 columns", () => {
  const maintainer = "Some Body <some@example.org>";
  assertEquals(
    debianChangelog(parseChangelog(CHANGELOG), { name: "package", maintainer }),
    `package (1.1.0) stable; urgency=medium

  * One thing that takes more than one line.
  * Another thing.

 -- Some Body <some@example.org>  Tue, 01 Dec 2026 00:00:00 +0000

package (1.0.0) stable; urgency=medium

  * The first.

 -- Some Body <some@example.org>  Tue, 24 Nov 2026 00:00:00 +0000
`,
  );
});

Deno.test("this version has a section in CHANGELOG.md", () => {
  const changelog = Deno.readTextFileSync(new URL("CHANGELOG.md", ROOT));
  checkTag(`v${config.version}`, config.version, changelog);
});
