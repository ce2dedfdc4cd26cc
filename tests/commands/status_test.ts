import { assertEquals, assertNotEquals } from "@std/assert";
import { checkStatusFlags, type StatusLine, statusWriter } from "../../src/commands/status.ts";

const LINES: readonly StatusLine[] = [
  { level: "detail", kind: "wording", text: "more" },
  { level: "info", kind: "connected", text: "connected to X", members: { remote: "X", ms: 1.5 } },
  { level: "result", kind: "invitation", text: "join with: X" },
  { level: "warning", kind: "dropped", text: "dropped" },
  { level: "error", kind: "no_lease", text: "no_lease: failed" },
];

function written(flags: { quiet?: true; v?: true; json?: true }): string[] {
  const lines: string[] = [];
  const values = { quiet: false, v: false, json: false, ...flags };
  const say = statusWriter(values, (line) => lines.push(line));
  for (const line of LINES) say(line);
  return lines;
}

Deno.test("-quiet says only results and what goes wrong, -v everything", () => {
  const texts = LINES.map(({ text }) => text);
  assertEquals(written({}), texts.slice(1));
  assertEquals(written({ quiet: true }), texts.slice(2));
  assertEquals(written({ v: true }), texts);
});

Deno.test("with -json each line is one object", () => {
  assertEquals(written({ json: true }).map((line) => JSON.parse(line)), [
    { level: "info", kind: "connected", message: "connected to X", remote: "X", ms: 1.5 },
    { level: "result", kind: "invitation", message: "join with: X" },
    { level: "warning", kind: "dropped", message: "dropped" },
    { level: "error", kind: "no_lease", message: "no_lease: failed" },
  ]);
});

Deno.test("-quiet and -v exclude each other", () => {
  assertNotEquals(checkStatusFlags({ quiet: true, v: true, json: false }), undefined);
  assertEquals(checkStatusFlags({ quiet: true, v: false, json: true }), undefined);
});
