import { assertEquals } from "@std/assert";
import { ARROWS, type Arrows } from "../../scripts/house.ts";
import { arrowsRule, covers, purityRule } from "../../scripts/lint_plugin.ts";
import { sourceFiles } from "../support/source_files.ts";

const ROOT = decodeURIComponent(new URL("../../", import.meta.url).pathname);

/** What a rule says about a module of this repository. */
function faults(rule: Deno.lint.Rule, path: string, source: string): string[] {
  const plugin = { name: "house", rules: { rule } };
  return Deno.lint.runPlugin(plugin, ROOT + path, source).map(({ message }) => message);
}

/** `row > allowance` of a table that none of the modules needed. */
function unusedAllowances(rows: readonly Arrows[], modules: ReadonlyMap<string, string>): string[] {
  const used = new Set<string>();
  for (const [path, source] of modules) faults(arrowsRule(rows, used), path, source);
  return rows
    .flatMap(({ from, to }) => to.map((place) => `${from} > ${place}`))
    .filter((allowance) => !used.has(allowance));
}

/** A table for the tests of the rule. */
const ROWS: readonly Arrows[] = [
  { from: "src/low/", to: [] },
  { from: "src/high/", to: ["src/low/a.ts", "type src/low/b.ts", "npm:c"] },
  { from: "src/high/d.ts", to: ["src/low/"] },
];

Deno.test("every form of import is seen, and no comment or text", () => {
  const allowed = [
    'import { a } from "../low/a.ts";',
    'import type { a } from "../low/a.ts";',
    'import type { b } from "../low/b.ts";',
    'import { type b } from "../low/b.ts";',
    'export type { b } from "../low/b.ts";',
    'let b: import("../low/b.ts").B;',
    'import "npm:c";',
    'import "./d.ts";',
    'import { systemClock } from "../clock.ts";',
    '// import "../low/e.ts";',
    'const text = `import { e } from "../low/e.ts"`;',
    "export const from = 1;",
  ];
  for (const line of allowed) {
    assertEquals(faults(arrowsRule(ROWS), "src/high/f.ts", line), [], line);
  }
  const refused = {
    'import { b } from "../low/b.ts";': "src/low/b.ts",
    'import { type b, c } from "../low/b.ts";': "src/low/b.ts",
    'import "../low/b.ts";': "src/low/b.ts",
    'import c from "../low/c.json" with { type: "json" };': "src/low/c.json",
    'export * from "../low/e.ts";': "src/low/e.ts",
    'export { e } from "../low/e.ts";': "src/low/e.ts",
    'const e = await import("../low/e.ts");': "src/low/e.ts",
    "const e = await import(path);": "what varies",
    'let e: typeof import("../low/e.ts");': "src/low/e.ts",
    'import "npm:d";': "npm:d",
    'import "../../main.ts";': "main.ts",
    'import "../../tests/e.ts";': "tests/e.ts",
    'import "../../scripts/e.ts";': "scripts/e.ts",
  };
  for (const [line, target] of Object.entries(refused)) {
    assertEquals(faults(arrowsRule(ROWS), "src/high/f.ts", line), [
      `Cannot import ${target} in src/high/f.ts: expected only src/address.ts, src/clock.ts, ` +
      "src/error_text.ts, src/visible_text.ts, " +
      "src/low/a.ts, type src/low/b.ts, npm:c.",
    ], line);
  }
});

Deno.test("what is loaded only when it is asked for is imported in no other way", () => {
  const rule = arrowsRule([{ from: "src/high/", to: ["dynamic src/low/a.ts"] }]);
  assertEquals(faults(rule, "src/high/f.ts", 'await import("../low/a.ts");'), []);
  assertEquals(faults(rule, "src/high/f.ts", 'import "../low/a.ts";').length, 1);
  assertEquals(faults(rule, "src/high/f.ts", 'import type { A } from "../low/a.ts";').length, 1);
  assertEquals(faults(rule, "src/high/f.ts", "await import(name);").length, 1);
});

Deno.test("the longest row that fits a module counts, and a module without a row is a fault", () => {
  const rule = arrowsRule(ROWS);
  assertEquals(faults(rule, "src/high/d.ts", 'import "../low/e.ts";'), []);
  assertEquals(faults(rule, "src/high/d.ts", 'import "./f.ts";').length, 1);
  assertEquals(faults(rule, "src/other/d.ts", ""), [
    "Cannot place src/other/d.ts: expected a row for it in scripts/house.ts.",
  ]);
  assertEquals(faults(rule, "tests/high/d.ts", 'import "../../src/low/a.ts";'), []);
});

Deno.test("a pure module mentions nothing that differs each time", () => {
  const pure = [
    "const half = Math.floor(now / 2);",
    "session.console; session.Date();",
    "const row = { Date: 1 }; interface Row { performance: number }",
    "class Table { crypto(): void {} }",
    'import { createHash, type Hash } from "node:crypto";',
  ];
  for (const line of pure) assertEquals(faults(purityRule, "src/protocol/a.ts", line), [], line);
  const impure = {
    "Deno.exit(1);": "Deno",
    "const now = Date.now();": "Date",
    "let since: Date;": "Date",
    "const a = { performance };": "performance",
    "session[crypto];": "crypto",
    "setTimeout(expire, 1);": "setTimeout",
    "Math.random();": "Math.random",
    'Math["random"]();': "Math.random",
    "const { random } = Math;": "Math.random",
    'import { randomBytes } from "node:crypto";': "randomBytes",
    'import { generateKeyPairSync as pair } from "node:crypto";': "generateKeyPairSync",
    'import * as all from "node:crypto";': "all of node:crypto",
  };
  for (const [line, name] of Object.entries(impure)) {
    const fault = `Cannot use ${name} in a pure module: expected an argument instead.`;
    assertEquals(faults(purityRule, "src/protocol/a.ts", line), [fault], line);
    assertEquals(faults(purityRule, "src/net/a.ts", line), [], line);
  }
});

Deno.test("an allowance counts as used only by an import that needs it", () => {
  const modules = new Map([
    ["src/high/f.ts", 'import { b } from "../low/b.ts"; import type { a } from "../low/a.ts";'],
    ["src/high/d.ts", 'import "./d.ts";'],
  ]);
  assertEquals(unusedAllowances(ROWS, modules), [
    "src/high/ > type src/low/b.ts",
    "src/high/ > npm:c",
    "src/high/d.ts > src/low/",
  ]);
});

Deno.test("scripts/house.ts has no row and no allowance that nobody uses", () => {
  const modules = sourceFiles();
  assertEquals(unusedAllowances(ARROWS, modules), []);
  const rows = ARROWS.map(({ from }) => from);
  const paths = [...modules.keys()];
  assertEquals(rows.filter((from) => !paths.some((path) => covers(from, path))), []);
});
