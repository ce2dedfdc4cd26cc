/**
 * Linters of files that only others can run.
 *
 * @module
 */

import { assertEquals } from "@std/assert";
import { runToEnd } from "./child_process.ts";

/** What a linter says of a text; nothing is best. */
export async function lintFaults(
  kind: "workflow" | "dockerfile",
  input: string,
): Promise<string[]> {
  const config = ["--config", "tests/linters/deno.json"];
  const { code, stdout, stderr } = await runToEnd([
    ...[
      Deno.execPath(),
      "run",
      "--quiet",
      ...config,
      "--allow-read",
      "tests/linters/lint.ts",
      kind,
    ],
  ], { input });
  assertEquals([code, stderr], [0, ""]);
  return JSON.parse(stdout);
}
