import { assertEquals } from "@std/assert";
import { ROOT, sourceFiles } from "../support/source_files.ts";
import { codeBlock, headings, readDocument, section } from "./markdown.ts";

const DOCUMENTS = [
  "README.md",
  "CHANGELOG.md",
  "docs/OPERATIONS.md",
  "docs/ARCHITECTURE.md",
  "docs/PROTOCOL.md",
];
const HOUSE = housePaths(
  codeBlock(section(readDocument("docs/ARCHITECTURE.md"), "The house"), "text"),
);

/** Targets of links that lead to no file, or to no heading of it. */
function brokenLinks(path: string): string[] {
  const targets = [...readDocument(path).matchAll(/\]\(([^)]+)\)/g)].map(([, target]) => target);
  return targets.filter((target) =>
    !target.startsWith("https://") && !leadsSomewhere(path, target)
  );
}

function leadsSomewhere(from: string, target: string): boolean {
  const url = new URL(target, new URL(from, ROOT));
  const path = url.href.slice(ROOT.href.length).replace(/#.*/, "");
  try {
    const text = readDocument(path);
    return url.hash === "" || anchors(text).includes(url.hash.slice(1));
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    throw error;
  }
}

/** As web pages make them of headings. */
function anchors(markdown: string): string[] {
  return headings(markdown).map(({ words }) =>
    words.toLowerCase().replace(/[^\w\- ]/g, "").replaceAll(" ", "-")
  );
}

for (const path of DOCUMENTS) {
  Deno.test(`every link of ${path} leads somewhere`, () => {
    assertEquals(brokenLinks(path), []);
  });
}

Deno.test("the house in docs/ARCHITECTURE.md names files that exist", () => {
  assertEquals(HOUSE.filter((path) => !exists(path)), []);
});

Deno.test("the house in docs/ARCHITECTURE.md has every room, and every module outside of one", () => {
  const expected = [...sourceFiles().keys()].map((path) => path.replace(/(?<=.\/.*\/)[^/]*$/, ""));
  assertEquals([...new Set(expected)].filter((path) => !HOUSE.includes(path)), []);
});

/** The paths of a tree that is drawn with two spaces for each level. */
function housePaths(house: string): string[] {
  const parents: string[] = [];
  return house.split("\n").filter((line) => /^ *[\w.]/.test(line)).map((line) => {
    const [, indent, name] = /^( *)(\S+)/.exec(line) as RegExpExecArray;
    parents.length = indent.length / 2;
    parents.push(name);
    return parents.join("");
  });
}

function exists(path: string): boolean {
  try {
    Deno.statSync(new URL(path, ROOT));
    return true;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    throw error;
  }
}
