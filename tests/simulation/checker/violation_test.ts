import { assertEquals } from "@std/assert";
import { headings, readDocument } from "../../readme/markdown.ts";
import { CLAUSES } from "./violation.ts";

Deno.test("every rule of the checker comes from a heading of docs/PROTOCOL.md", () => {
  const words = headings(readDocument("docs/PROTOCOL.md")).map(({ words }) => words.split(":")[0]);
  assertEquals(CLAUSES.filter((clause) => !words.includes(clause)), []);
});
