import { assert, assertEquals } from "@std/assert";
import { ERROR_CODES } from "../../src/protocol/message.ts";
import { DATAGRAM_FATES } from "../../src/rendezvous/counters.ts";
import { ALL_VECTORS } from "./vectors.ts";

/** A fence such as "```jsonl vector=registration" and its one message. */
const EXAMPLE = /^```jsonl vector=(\w+)\n(.*\n)```$/gm;

const document = await Deno.readTextFile(new URL("../../docs/PROTOCOL.md", import.meta.url));
const examples = [...document.matchAll(EXAMPLE)].map(([, name, text]) => ({ name, text }));

Deno.test("every marked example in docs/PROTOCOL.md is the vector of its name", () => {
  const decoder = new TextDecoder();
  assertEquals(examples.length, document.match(/^```jsonl/gm)?.length, "unreadable examples");
  for (const { name, text } of examples) {
    const vector = ALL_VECTORS.find((vector) => vector.name === name);
    assertEquals(vector?.quoted, true, `${name} must be a vector that is marked as quoted`);
    assertEquals(text.trimEnd(), decoder.decode(vector?.bytes).trimEnd(), name);
  }
});

Deno.test("every vector that is marked as quoted stands in docs/PROTOCOL.md", () => {
  const quoted = ALL_VECTORS.filter(({ quoted }) => quoted).map(({ name }) => name);
  const shown = examples.map(({ name }) => name);
  assert(quoted.length > 0);
  assertEquals(quoted.filter((name) => !shown.includes(name)), []);
});

Deno.test("docs/PROTOCOL.md has a row for every error code and every reason to drop", () => {
  const rows = [...document.matchAll(/^\| `(\w+)` +\|/gm)].map(([, name]) => name);
  const reasons = DATAGRAM_FATES.filter((fate) => fate !== "created" && fate !== "renewed");
  assertEquals([...ERROR_CODES, ...reasons].filter((name) => !rows.includes(name)), []);
});
