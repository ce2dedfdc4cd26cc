import { assert, assertEquals } from "@std/assert";
import vectors from "./link.json" with { type: "json" };

/** A fence such as "```hex vector=fresh.psk" and its lines. */
const EXAMPLE = /^```hex vector=(\w+)\.(\w+)\n([0-9a-f\n]+)\n```$/gm;

const document = await Deno.readTextFile(new URL("../../docs/LINK.md", import.meta.url));
const groups: Readonly<Record<string, Readonly<Record<string, unknown>>>> = {
  inputs: vectors.inputs,
  fresh: vectors.fresh,
  resumed: vectors.resumed,
  text: vectors.text,
  code: vectors.code,
};

Deno.test("every example in docs/LINK.md is the vector of its name", () => {
  const examples = [...document.matchAll(EXAMPLE)];
  assertEquals(examples.length, document.match(/^```hex/gm)?.length, "unreadable examples");
  assert(examples.length > 15);
  for (const [, group, name, digits] of examples) {
    assertEquals(digits.replaceAll("\n", ""), groups[group][name], `${group}.${name}`);
  }
});

Deno.test("docs/LINK.md has every vector of a link that does not resume", () => {
  const shown = [...document.matchAll(EXAMPLE)].map(([, group, name]) => `${group}.${name}`);
  const all = Object.entries(vectors.fresh).filter(([, value]) => typeof value === "string");
  assertEquals(all.map(([name]) => `fresh.${name}`).filter((name) => !shown.includes(name)), []);
});

Deno.test("docs/LINK.md has every vector of a code", () => {
  for (const value of Object.values(vectors.code)) {
    assert(document.replaceAll("\n", "").includes(value), value);
  }
});
